//! Which nodes of an answer lie on a cycle. Real lineage has cycles and self-loops.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

/// For each of `nodes` nodes, whether it lies on a cycle of `edges` (a self-loop is one).
pub fn in_cycles(nodes: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let mut graph = DiGraph::<(), ()>::with_capacity(nodes, edges.len());
    let index: Vec<_> = (0..nodes).map(|_| graph.add_node(())).collect();
    let mut on_cycle = vec![false; nodes];
    for &(from, to) in edges {
        graph.add_edge(index[from], index[to], ());
        if from == to {
            on_cycle[from] = true;
        }
    }
    for component in tarjan_scc(&graph) {
        if component.len() > 1 {
            for node in component {
                on_cycle[node.index()] = true;
            }
        }
    }
    on_cycle
}

#[cfg(test)]
mod tests {
    use super::in_cycles;

    #[test]
    fn finds_rings_and_self_loops() {
        let edges = [(0, 1), (1, 2), (2, 1), (2, 3), (4, 4)];
        assert_eq!(in_cycles(5, &edges), [false, true, true, false, true]);
    }
}

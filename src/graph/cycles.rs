//! Which nodes of an answer lie on a cycle. Real lineage has cycles and self-loops, and chains longer
//! than a stack is deep: the algorithm must not recurse.

use petgraph::algo::kosaraju_scc;
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
    for component in kosaraju_scc(&graph) {
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

    /// A recursive algorithm would exhaust the stack of a worker here.
    #[test]
    fn a_chain_of_200_000_nodes_is_no_cycle_until_it_is_closed() {
        let mut edges: Vec<_> = (1..200_000).map(|n| (n - 1, n)).collect();
        assert!(in_cycles(200_000, &edges).iter().all(|on| !on));
        edges.push((199_999, 0));
        assert!(in_cycles(200_000, &edges).iter().all(|on| *on));
    }

    #[test]
    fn finds_rings_and_self_loops() {
        let edges = [(0, 1), (1, 2), (2, 1), (2, 3), (4, 4)];
        assert_eq!(in_cycles(5, &edges), [false, true, true, false, true]);
    }
}

//! A catalog and the graph beside it, made of events, and what can be seen of both.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::*;
use crate::graph::{Direction, Graph, Start};
use crate::openlineage::parse_event;
use crate::store::Store;

pub struct Built {
    pub catalog: Catalog,
    pub live: Graph,
}

pub fn build(store: Arc<dyn Store>, events: &[&Vec<u8>], flush_every: usize) -> Built {
    let options = CatalogOptions {
        cached_records: 2,
        ..CatalogOptions::default()
    };
    let (catalog, opened) = Catalog::open(store, options).unwrap();
    assert_eq!(opened, Opened::Fresh);
    let mut live = Graph::default();
    for (at, bytes) in events.iter().enumerate() {
        let event = parse_event(bytes).unwrap();
        let seq = at as u64 + 1;
        let publish = |_, changes: Vec<_>, _| changes.iter().for_each(|change| live.apply(change));
        catalog
            .apply_all([(seq, &event)].into_iter(), publish)
            .unwrap();
        if at % flush_every == 0 {
            catalog.flush().unwrap();
            read_statements(&catalog, &mut live);
        }
    }
    read_statements(&catalog, &mut live);
    Built { catalog, live }
}

/// Reads what waits to be read, as a thread of its own does in the engine.
pub fn read_statements(catalog: &Catalog, live: &mut Graph) {
    loop {
        let statements = catalog.statements_to_read(3).unwrap();
        if statements.is_empty() {
            assert_eq!(catalog.statements_waiting(), 0);
            return;
        }
        let readings = statements.into_iter().map(Statement::read).collect();
        let publish = |changes: Vec<_>| changes.iter().for_each(|change| live.apply(change));
        catalog.take_in_readings(readings, publish).unwrap();
    }
}

/// Everything that the graph holds, with natural names.
pub fn picture(catalog: &Catalog, graph: &Graph) -> BTreeSet<String> {
    catalog.names(|names| {
        let mut seen = BTreeSet::new();
        let node = |node: Start| match node {
            Start::Dataset(id) => format!("{:?}", names.dataset(id)),
            Start::Job(id) => format!("job {:?}", names.job(id)),
        };
        for id in 0..names.len().0 {
            let walk = graph.walk_datasets(Start::Dataset(id), Direction::Downstream, u32::MAX);
            seen.extend(
                walk.edges
                    .iter()
                    .map(|e| format!("{} > {}", node(e.0), node(e.1))),
            );
            for ordinal in 1..32 {
                let column = crate::graph::ColumnRef {
                    dataset: id,
                    ordinal,
                };
                let walk = graph.walk_columns(column, Direction::Downstream, u32::MAX);
                seen.extend(walk.edges.iter().map(|e| {
                    format!(
                        "{:?} {:?} {} > {:?} {} {}",
                        names.dataset(id),
                        names.column(e.0),
                        names.dataset(e.0.dataset).1,
                        names.column(e.1),
                        names.dataset(e.1.dataset).1,
                        e.2
                    )
                }));
            }
        }
        seen
    })
}

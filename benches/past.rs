//! What lineage as of an earlier time costs: the first ask, and walks, beside those of now.
//!
//! `cargo bench --bench past -- L` (or `S`, `M`); figures are in `docs/BENCHMARKS.md`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater::catalog::{Catalog, CatalogOptions, Past};
use headwater::estate::generate::{GenerateSpec, generate};
use headwater::graph::{ColumnRef, Direction, Graph, Start};
use headwater::openlineage::{Event, EventTime, parse_event};
use headwater::store::SledStore;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 128;
const END_MS: i64 = 1_769_817_600_000;
const HOUR: i64 = 3600 * 1_000_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.iter().any(|arg| arg == "--bench") {
        println!("this bench is only made by `cargo bench --bench past -- L`");
        return;
    }
    let spec = match args.iter().find(|arg| ["M", "L"].contains(&arg.as_str())) {
        None => GenerateSpec::small(1, END_MS),
        Some(size) if size == "M" => GenerateSpec::medium(1, END_MS),
        Some(_) => GenerateSpec::large(1, END_MS),
    };
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (catalog, graph) = build(&spec, dir.path());
    let (first, last) = catalog.known().unwrap();
    println!("assertions: {}", catalog.counts().assertions);
    walks("now", &graph);
    for share in [99, 90, 50, 10, 0] {
        let at = EventTime(first.0 + (last.0 - first.0) / 100 * share);
        ask(&catalog, &graph, at, &format!("{share} % of the time"));
    }
    ask(
        &catalog,
        &graph,
        EventTime(last.0 + 90 * 24 * HOUR),
        "later than all",
    );
}

fn build(spec: &GenerateSpec, dir: &std::path::Path) -> (Catalog, Arc<Graph>) {
    let store = Arc::new(SledStore::open(dir).unwrap());
    let (catalog, _) = Catalog::open(store, CatalogOptions::default()).unwrap();
    let (mut batch, mut seq): (Vec<(u64, Event)>, u64) = (Vec::new(), 0);
    let apply = |batch: &mut Vec<(u64, Event)>| {
        let events = batch.iter().map(|(seq, event)| (*seq, event));
        catalog.apply_all(events, |_, _, _| {}).unwrap();
        batch.clear();
        if catalog.dirty() > 4_000 {
            catalog.flush().unwrap();
        }
    };
    generate(spec, |line| {
        seq += 1;
        batch.push((seq, parse_event(line.as_bytes()).unwrap()));
        if batch.len() == BATCH {
            apply(&mut batch);
        }
        Ok(())
    })
    .unwrap();
    apply(&mut batch);
    catalog.flush().unwrap();
    let graph = Arc::new(catalog.build_graph().unwrap());
    (catalog, graph)
}

fn ask(catalog: &Catalog, graph: &Arc<Graph>, at: EventTime, what: &str) {
    let timed = || {
        let start = Instant::now();
        let past = catalog.past(at, || Arc::clone(graph)).unwrap();
        (past, start.elapsed())
    };
    let (past, first): (Arc<Past>, Duration) = timed();
    let (_, kept) = timed();
    println!(
        "as of {what}: first ask {:.1} ms, kept {:.4} ms",
        millis(first),
        millis(kept)
    );
    walks(what, &past.graph);
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The same starts every time: every 97th dataset, and its first column.
fn walks(what: &str, graph: &Graph) {
    let starts = || (0..20_000_u32).step_by(97);
    let (mut nodes, start) = (0, Instant::now());
    for _ in 0..3 {
        for id in starts() {
            let walk = graph.walk_datasets(Start::Dataset(id), Direction::Downstream, 20);
            nodes += walk.nodes.len();
        }
    }
    let datasets = start.elapsed() / 3;
    let (mut columns, start) = (0, Instant::now());
    for _ in 0..3 {
        for dataset in starts() {
            let column = ColumnRef {
                dataset,
                ordinal: 1,
            };
            columns += graph
                .walk_columns(column, Direction::Downstream, 20)
                .nodes
                .len();
        }
    }
    println!(
        "  walks {what}: datasets {:.1} ms ({} nodes), columns {:.1} ms ({} nodes)",
        millis(datasets),
        nodes / 3,
        millis(start.elapsed() / 3),
        columns / 3
    );
}

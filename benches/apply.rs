//! What one event costs, part by part, on one thread: reading it, folding it into the catalog,
//! writing the records. Beside it the anchor: `serde_json` reading the same bytes as a `Value`.
//!
//! `cargo bench --bench apply`; figures and how to read them are in `docs/BENCHMARKS.md`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater::catalog::{Catalog, CatalogOptions};
use headwater::estate::generate::{GenerateSpec, generate};
use headwater::openlineage::{Event, parse_event};
use headwater::store::SledStore;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Events folded in under one lock, as the applier does.
const BATCH: usize = 128;
/// Records written at once, as the flusher does.
const RECORDS: usize = 4_000;

fn main() {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("this bench is only made by `cargo bench --bench apply`");
        return;
    }
    measure("runs of one dbt model", &of_one_job(60_000, ascending));
    measure("the same, random run ids", &of_one_job(60_000, random));
    measure("estate S", &of_estate());
}

/// Ids as version 7 of UUIDs makes them: a later one is greater.
fn ascending(n: u64) -> uuid::Uuid {
    uuid::Uuid::from_u64_pair(1, n)
}

/// Ids as version 4 makes them, the same in each run.
fn random(n: u64) -> uuid::Uuid {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &n.to_be_bytes())
}

/// A real dbt event of about 4 KB over and over, each time as a run of its own.
fn of_one_job(count: u64, id: fn(u64) -> uuid::Uuid) -> Vec<Vec<u8>> {
    let text = include_str!("../fixtures/recordings/dbt-build.ndjson");
    let lines = text.lines().filter(|line| line.contains("\"COMPLETE\""));
    let template = lines.min_by_key(|line| line.len().abs_diff(4096)).unwrap();
    let event: serde_json::Value = serde_json::from_str(template).unwrap();
    let old = event["run"]["runId"].as_str().unwrap();
    (0..count)
        .map(|n| template.replace(old, &id(n).to_string()).into_bytes())
        .collect()
}

fn of_estate() -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let spec = GenerateSpec::small(1, 1_769_817_600_000);
    generate(&spec, |line| {
        lines.push(line.as_bytes().to_vec());
        Ok(())
    })
    .unwrap();
    lines
}

#[allow(clippy::cast_precision_loss)]
fn each(spent: Duration, events: usize) -> f64 {
    spent.as_secs_f64() * 1e6 / events as f64
}

fn measure(what: &str, lines: &[Vec<u8>]) {
    let bytes: usize = lines.iter().map(Vec::len).sum();
    println!(
        "{what}: {} events of {} bytes",
        lines.len(),
        bytes / lines.len()
    );
    let start = Instant::now();
    for line in lines {
        std::hint::black_box(serde_json::from_slice::<serde_json::Value>(line).unwrap());
    }
    let anchor = each(start.elapsed(), lines.len());
    println!("  serde_json::Value   {anchor:>8.1} us");

    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Arc::new(SledStore::open(dir.path()).unwrap());
    let (catalog, _) = Catalog::open(store, CatalogOptions::default()).unwrap();
    let (mut parsing, mut applying, mut writing) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut seq = 0;
    for batch in lines.chunks(BATCH) {
        let start = Instant::now();
        let events: Vec<Event> = batch
            .iter()
            .map(|line| parse_event(line).unwrap())
            .collect();
        parsing += start.elapsed();
        let start = Instant::now();
        let numbered = (seq + 1..).zip(&events);
        catalog.apply_all(numbered, |_, _, _| {}).unwrap();
        applying += start.elapsed();
        seq += events.len() as u64;
        if catalog.dirty() >= RECORDS {
            let start = Instant::now();
            catalog.flush().unwrap();
            writing += start.elapsed();
        }
    }
    let start = Instant::now();
    catalog.flush().unwrap();
    catalog.sync().unwrap();
    writing += start.elapsed();
    for (part, spent) in [
        ("reading", parsing),
        ("folding in", applying),
        ("writing records", writing),
    ] {
        let micros = each(spent, lines.len());
        println!(
            "  {part:<19} {micros:>8.1} us   ratio {:.2}",
            micros / anchor
        );
    }
    println!(
        "  store               {:>8} bytes an event",
        catalog.store_bytes() / lines.len() as u64
    );
}

//! What reading one event costs: `cargo bench --bench parse` prints nanoseconds for each step on
//! the 4 KB dbt event that the load run sends too.

use std::hint::black_box;
use std::time::Instant;

use headwater::openlineage::canonical::canonicalise;
use headwater::openlineage::{content_hash, parse_event};

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The best of several rounds: the machine is shared.
fn measure(what: &str, bytes: usize, mut step: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..60 {
        let start = Instant::now();
        for _ in 0..500 {
            step();
        }
        best = best.min(start.elapsed().as_secs_f64() / 500.0 * 1e9);
    }
    #[allow(clippy::cast_precision_loss)]
    let rate = bytes as f64 / best;
    println!("{what:<34} {best:>8.0} ns  {rate:>5.2} GB/s");
}

fn main() {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("only run by `cargo bench --bench parse`");
        return;
    }
    let events = [
        (
            "dbt",
            include_str!("../fixtures/recordings/dbt-build.ndjson"),
        ),
        (
            "debezium",
            include_str!("../fixtures/recordings/debezium.ndjson"),
        ),
    ];
    for (name, text) in events {
        let lines = text
            .lines()
            .filter(|line| line.contains("\"COMPLETE\"") || name != "dbt");
        let Some(event) = lines.min_by_key(|line| line.len().abs_diff(4096)) else {
            continue;
        };
        let bytes = event.as_bytes();
        let canonical = canonicalise(bytes)
            .map(|read| read.bytes)
            .unwrap_or_default();
        println!("{name}: {} bytes", bytes.len());
        measure("  parse_event", bytes.len(), || {
            _ = black_box(parse_event(black_box(bytes)))
        });
        measure("  canonicalise", bytes.len(), || {
            _ = black_box(canonicalise(black_box(bytes)))
        });
        measure("  canonicalise what is canonical", canonical.len(), || {
            _ = black_box(canonicalise(black_box(&canonical)));
        });
        measure("  hash of the event", canonical.len(), || {
            _ = black_box(content_hash(black_box(&canonical)));
        });
        measure("  serde_json to a Value", bytes.len(), || {
            _ = black_box(serde_json::from_slice::<serde_json::Value>(black_box(
                bytes,
            )));
        });
    }
}

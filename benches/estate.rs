//! Memory and disk of a whole estate, and how soon a restart answers.
//!
//! `cargo bench --bench estate -- L` (or `S`, `M`); figures are in `docs/BENCHMARKS.md`. The estate
//! is taken in and the folder opened again in processes of their own, so that the memory of one
//! says nothing about the other. The anchor of the restart is reading the store's files once.

use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater::engine::{DataDir, Engine, EngineOptions};
use headwater::estate::generate::{GenerateSpec, generate};

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Events taken in at once.
const BATCH: usize = 500;
const END_MS: i64 = 1_769_817_600_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["take-in", size, dir] => take_in(&spec(size), dir),
        ["open", dir] => open(dir),
        _ if !args.iter().any(|arg| arg == "--bench") => {
            println!("this bench is only made by `cargo bench --bench estate -- L`");
        }
        _ => {
            let size = args.iter().find(|arg| spec_of(arg).is_some());
            whole(size.map_or("S", String::as_str));
        }
    }
}

fn spec_of(size: &str) -> Option<GenerateSpec> {
    match size {
        "S" => Some(GenerateSpec::small(1, END_MS)),
        "M" => Some(GenerateSpec::medium(1, END_MS)),
        "L" => Some(GenerateSpec::large(1, END_MS)),
        _ => None,
    }
}

fn spec(size: &str) -> GenerateSpec {
    spec_of(size).expect("S, M or L")
}

fn whole(size: &str) {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = dir.path().to_str().unwrap();
    let child = |args: &[&str]| {
        let done = Command::new(std::env::current_exe().unwrap())
            .args(args)
            .status();
        assert!(done.unwrap().success());
    };
    child(&["take-in", size, path]);
    let start = Instant::now();
    let bytes = read_all(&dir.path().join("store"));
    println!(
        "anchor: reading the store's {} MB once: {:.2} s",
        bytes >> 20,
        start.elapsed().as_secs_f64()
    );
    child(&["open", path]);
}

fn read_all(dir: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes += read_all(&path);
            continue;
        }
        let mut content = Vec::new();
        std::fs::File::open(path)
            .unwrap()
            .read_to_end(&mut content)
            .unwrap();
        bytes += content.len() as u64;
    }
    bytes
}

/// Resident memory of this process, bytes: its own now, pages of files now (the search index), and
/// all of it at its highest.
fn resident() -> (u64, u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
            .unwrap_or_default()
            << 10
    };
    (field("RssAnon:"), field("RssFile:"), field("VmHWM:"))
}

fn take_in(spec: &GenerateSpec, dir: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let engine = Arc::new(Engine::open(&DataDir(dir.into()), EngineOptions::default()).unwrap());
    let (start, mut waiting, mut events, mut bytes) = (Instant::now(), Vec::new(), 0_u64, 0_u64);
    let send = |waiting: &mut Vec<bytes::Bytes>| {
        let batch = std::mem::take(waiting);
        runtime.block_on(engine.accept(batch, 0)).unwrap();
    };
    generate(spec, |line| {
        events += 1;
        bytes += line.len() as u64;
        waiting.push(bytes::Bytes::copy_from_slice(line.as_bytes()));
        if waiting.len() == BATCH {
            send(&mut waiting);
        }
        Ok(())
    })
    .unwrap();
    send(&mut waiting);
    let taken = start.elapsed();
    assert!(engine.settle(Duration::from_secs(3600)));
    let status = engine.status();
    println!(
        "{events} events, {} MB: taken in after {:.1} s, applied and searchable after {:.1} s; resident at most {} MB",
        bytes >> 20,
        taken.as_secs_f64(),
        start.elapsed().as_secs_f64(),
        resident().2 >> 20
    );
    println!(
        "{} datasets, {} columns, {} jobs, {} runs, {} assertions",
        status.counts.datasets,
        status.counts.columns,
        status.counts.jobs,
        status.counts.runs,
        status.counts.assertions
    );
    engine.stop().unwrap();
    let status = engine.status();
    println!(
        "disk: log {} MB, store {} MB: per million events {} MB and {} MB",
        status.log.bytes >> 20,
        status.store_bytes >> 20,
        (status.log.bytes * 1_000_000 / events) >> 20,
        (status.store_bytes * 1_000_000 / events) >> 20
    );
}

#[allow(clippy::cast_precision_loss)]
fn open(dir: &str) {
    let start = Instant::now();
    let engine = Engine::open(&DataDir(dir.into()), EngineOptions::default()).unwrap();
    let ready = start.elapsed();
    assert!(engine.settle(Duration::from_secs(3600)));
    let (now, files, most) = resident();
    let (counts, graph) = (engine.status().counts, engine.graph());
    let links = graph.column_links();
    println!(
        "restart: answers after {:.2} s; resident {} MB of its own and {} MB of files, at most {} MB",
        ready.as_secs_f64(),
        now >> 20,
        files >> 20,
        most >> 20
    );
    println!(
        "{links} column edges; graph {} MB, {:.1} bytes a column edge",
        graph.base_bytes() >> 20,
        graph.base_bytes() as f64 / links as f64
    );
    for (what, count) in [
        ("dataset", counts.datasets),
        ("column", counts.columns),
        ("column edge", links as u64),
    ] {
        println!("  own memory / {what}: {} bytes", now / count.max(1));
    }
}

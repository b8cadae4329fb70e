//! Contracts over the estate that `headwater generate` makes, through the engine: what a full look
//! costs, and what a policy adds to each event.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater::engine::{DataDir, Engine, EngineOptions, Evaluated};
use headwater::estate::generate::{GenerateSpec, generate};

/// Events taken in at once.
const BATCH: usize = 500;
const END_MS: i64 = 1_769_817_600_000;
const LOOKS: usize = 7;
const ROUNDS: usize = 3;
/// Longest wait for anything.
const LIMIT: Duration = Duration::from_secs(3_600);

/// S, M or L.
pub fn spec_of(size: &str) -> Option<GenerateSpec> {
    match size {
        "S" => Some(GenerateSpec::small(1, END_MS)),
        "M" => Some(GenerateSpec::medium(1, END_MS)),
        "L" => Some(GenerateSpec::large(1, END_MS)),
        _ => None,
    }
}

/// 20 contracts of all the rules, those about tables and columns among them.
fn policy() -> String {
    let rules = [
        "consumers_read_marts",
        "no_skipped_layer",
        "no_way_back",
        "no_staging_on_staging",
        "no_direct_join_to_source",
        "source_fan_out, max: 3",
        "model_fan_out, max: 8",
        "no_rejoining_upstream",
        "no_root_model",
        "no_unused_source",
        "no_sources_joined",
        "few_joins, max: 4",
        "no_cycle",
        "classified",
        "has_owner",
        "fresh, within: 2d",
        "has_columns, columns: {id: \"*\"}",
        "has_columns, columns: {amount: \"DECIMAL*\"}, datasets: {name: \"*_1*\"}",
        "model_fan_out, max: 12, datasets: {layer: mart}",
        "few_joins, max: 6, datasets: {layer: mart}",
    ];
    super::policy_text(
        "classify:
  - {layer: raw, namespace: [\"kafka://*\", \"postgres://*\", \"s3://*\"]}
  - {layer: raw, name: \"raw.*\"}
  - {layer: staging, name: \"*.staging.*\"}
  - {layer: intermediate, name: \"*.intermediate.*\"}
  - {layer: mart, name: \"*.marts.*\"}
consumers:
  - {kind: dashboard, jobs: {type: \"*/DASHBOARD\"}}
",
        &rules,
    )
}

fn lines(spec: &GenerateSpec) -> Vec<bytes::Bytes> {
    let mut lines = Vec::new();
    generate(spec, |line| {
        lines.push(bytes::Bytes::copy_from_slice(line.as_bytes()));
        Ok(())
    })
    .unwrap();
    lines
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

fn open(dir: &Path) -> Arc<Engine> {
    Arc::new(Engine::open(&DataDir(dir.into()), EngineOptions::default()).unwrap())
}

/// What was found with the file as it stands now, with all events seen.
fn found(engine: &Engine) -> Arc<Evaluated> {
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < LIMIT, "{:?}", engine.contracts_broken());
        let (hash, head) = (
            engine.policy().unwrap().hash.clone(),
            engine.status().head_seq,
        );
        match engine.contracts() {
            Some(found) if found.policy_hash == hash && found.seq >= head => return found,
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// A full look at an estate.
pub fn look(size: &str, spec: &GenerateSpec) {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let engine = open(&dir.path().join("data"));
    let (runtime, mut waiting, mut events) = (runtime(), Vec::new(), 0_u64);
    let send = |waiting: &mut Vec<bytes::Bytes>| {
        let batch = std::mem::take(waiting);
        runtime.block_on(engine.accept(batch, 0)).unwrap();
    };
    let start = Instant::now();
    generate(spec, |line| {
        events += 1;
        waiting.push(bytes::Bytes::copy_from_slice(line.as_bytes()));
        if waiting.len() == BATCH {
            send(&mut waiting);
        }
        Ok(())
    })
    .unwrap();
    send(&mut waiting);
    assert!(engine.settle(LIMIT));
    println!(
        "estate {size}: {events} events, applied after {:.1} s",
        start.elapsed().as_secs_f64()
    );

    let file = dir.path().join("policy.yaml");
    std::fs::write(&file, policy()).unwrap();
    engine.load_policy(&file).unwrap();
    let first = found(&engine);
    let world = &first.world;
    let names: Vec<&str> = world
        .datasets()
        .filter_map(|id| Some(world.dataset(id)?.name.as_str()))
        .collect();
    let (anchor, _) = super::best(|| {
        let hashed = names
            .iter()
            .map(|name| usize::from(blake3::hash(name.as_bytes()).as_bytes()[0]));
        hashed.sum()
    });
    println!(
        "anchor: names of {} datasets hashed in {anchor:?}",
        names.len()
    );
    println!(
        "{} contracts, first look (reads the facts of all, columns and last writes of marts): {:?}, {} violations, {} contracts cut",
        world.policy.contracts.len(),
        first.took,
        first.violations.len(),
        first.cut.len()
    );
    assert!(engine.settle(LIMIT), "search was told the layers");
    let mut looks = Vec::new();
    for n in 0..LOOKS {
        // Another version of the file is another look at everything.
        std::fs::write(&file, format!("{}# {n}\n", policy())).unwrap();
        engine.load_policy(&file).unwrap();
        looks.push(found(&engine).took);
    }
    looks.sort_unstable();
    let (best, middle) = (looks[0], looks[LOOKS / 2]);
    println!(
        "full look: best {best:?}, middle {middle:?} of {LOOKS}; ratio to the anchor {:.0}",
        ratio(best, anchor)
    );
    let mut counts = vec![0; world.policy.contracts.len()];
    first
        .violations
        .iter()
        .for_each(|one| counts[one.contract] += 1);
    for (contract, count) in world.policy.contracts.iter().zip(counts) {
        println!("  {:<26} {count:>7}", contract.rule.name.as_str());
    }
    engine.stop().unwrap();
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

/// What a policy adds to each event: the same events into fresh folders, with and without one, in
/// turn, each in a process of its own.
pub fn events(size: &str) {
    let lines = lines(&spec_of(size).expect("S, M or L"));
    let start = Instant::now();
    for line in &lines {
        std::hint::black_box(serde_json::from_slice::<serde_json::Value>(line).unwrap());
    }
    let anchor = micros(start.elapsed(), lines.len());
    println!(
        "estate {size}, {} events; anchor: serde_json::Value {anchor:.1} us each",
        lines.len()
    );
    drop(lines);
    let mut best = [[f64::MAX; 2]; 2];
    for _ in 0..ROUNDS {
        for (at, with) in ["without", "with"].into_iter().enumerate() {
            let done = Command::new(std::env::current_exe().unwrap())
                .args(["one", with, size])
                .output()
                .unwrap();
            assert!(
                done.status.success(),
                "{}",
                String::from_utf8_lossy(&done.stderr)
            );
            let text = String::from_utf8(done.stdout).unwrap();
            let mut told = text
                .split_whitespace()
                .filter_map(|one| one.parse::<f64>().ok());
            for held in &mut best[at] {
                *held = held.min(told.next().unwrap());
            }
            println!("  {with:<8} {}", text.trim());
        }
    }
    for (what, at) in [("time until applied", 0), ("processor time", 1)] {
        let (without, with) = (best[0][at], best[1][at]);
        println!(
            "{what}: {without:.1} us an event without, {with:.1} with a policy: {:+.1} us ({:+.2} of the anchor)",
            with - without,
            (with - without) / anchor
        );
    }
}

#[allow(clippy::cast_precision_loss)]
fn micros(spent: Duration, events: usize) -> f64 {
    spent.as_secs_f64() * 1e6 / events as f64
}

/// Microseconds of each event until it is applied, and of all threads of this process.
pub fn one(with: &str, size: &str) {
    let lines = lines(&spec_of(size).expect("S, M or L"));
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let engine = open(&dir.path().join("data"));
    if with == "with" {
        let file = dir.path().join("policy.yaml");
        std::fs::write(&file, policy()).unwrap();
        engine.load_policy(&file).unwrap();
    }
    let runtime = runtime();
    let (start, before) = (Instant::now(), processor());
    for batch in lines.chunks(BATCH) {
        runtime.block_on(engine.accept(batch.to_vec(), 0)).unwrap();
    }
    let head = engine.status().head_seq;
    while engine.status().applied_seq < head {
        std::thread::sleep(Duration::from_millis(2));
    }
    let (applied, spent) = (start.elapsed(), processor().saturating_sub(before));
    println!(
        "{:.2} {:.2}",
        micros(applied, lines.len()),
        micros(spent, lines.len())
    );
    engine.stop().unwrap();
}

/// Time on processors of all threads of this process so far, to 10 ms.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<u64> = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse().ok())
        .collect();
    Duration::from_millis(fields.iter().sum::<u64>() * 10)
}

//! What a full look at all contracts costs on an estate of 100,000 datasets, with 20 contracts, and
//! what a policy adds to each event.
//!
//! `cargo bench --bench contracts`: rules alone, over a made-up graph. `-- L` (or `S`, `M`): all that a
//! look does, on the estate that `headwater generate` makes. `-- events M` (or `S`, `L`): the same
//! events with and without a policy. The anchors for the machine of the run: hashing the names of all
//! datasets once, and `serde_json` reading the same events. Figures are in `docs/BENCHMARKS.md`.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater::contract::policy::Policy;
use headwater::contract::{DatasetFacts, Facts, JobFacts, World, evaluate};
use headwater::graph::{Flow, Graph};
use headwater::openlineage::EventTime;

#[path = "contracts/estate.rs"]
mod estate;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DATASETS: u32 = 100_000;
const TIMES: usize = 5;

/// 30 % raw, 30 % staging, 20 % intermediate, 20 % marts.
fn layer(id: u32) -> usize {
    match id % 10 {
        0..3 => 0,
        3..6 => 1,
        6..8 => 2,
        _ => 3,
    }
}

const NAMES: [&str; 4] = [
    "RAW.SHOP.T",
    "ANALYTICS.STAGING.STG_",
    "ANALYTICS.INT.INT_",
    "ANALYTICS.MARTS.FCT_",
];

/// A policy of four layers with these contracts.
fn policy_text(selectors: &str, rules: &[&str]) -> String {
    let mut text = String::from(
        "version: 1
layers:
  - {name: raw}
  - {name: staging}
  - {name: intermediate, reads: [staging, intermediate]}
  - {name: mart, reads: [staging, intermediate, mart]}
",
    );
    text.push_str(selectors);
    text.push_str("contracts:\n");
    for (at, rule) in rules.iter().enumerate() {
        writeln!(text, "  - {{name: c{at}, rule: {rule}}}").unwrap();
    }
    text
}

const SELECTORS: &str = "classify:
  - {layer: raw, namespace: [\"kafka://*\", \"postgres://*\"]}
  - {layer: raw, name: \"RAW.*\"}
  - {layer: staging, name: \"*.STAGING.*\"}
  - {layer: intermediate, name: \"*.INT.*\"}
  - {layer: mart, name: \"*.MARTS.*\"}
consumers:
  - {kind: dashboard, jobs: {name: \"dash_*\"}}
";

fn policy() -> Policy {
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
        "source_fan_out, max: 5, datasets: {name: \"RAW.SHOP.*\"}",
        "model_fan_out, max: 12, datasets: {layer: mart}",
        "few_joins, max: 6, datasets: {layer: mart}",
        "no_skipped_layer, datasets: {name: \"*_9\"}",
        "no_cycle, severity: info",
    ];
    Policy::read(&policy_text(SELECTORS, &rules)).expect("the bench's policy is right")
}

/// Most flows go one layer down; one in fifty takes a shortcut.
fn flows() -> Vec<Flow> {
    let mut seed = 42_u64;
    let mut next = move |below: u32| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((seed >> 33) % u64::from(below)).unwrap_or_default()
    };
    let mut flows = Vec::new();
    for output in (0..DATASETS).filter(|id| layer(*id) > 0) {
        let mut inputs = Vec::new();
        for _ in 0..=next(3) {
            let wanted = if next(50) == 0 {
                next(4) as usize
            } else {
                layer(output) - 1
            };
            let mut input = next(DATASETS);
            while layer(input) != wanted {
                input = (input + 1) % DATASETS;
            }
            inputs.push(input);
        }
        inputs.sort_unstable();
        inputs.dedup();
        flows.push(Flow {
            id: output,
            job: Some(output),
            declared: true,
            explicit: false,
            inputs,
            outputs: vec![output],
        });
    }
    for dashboard in 0..5_000 {
        let id = DATASETS + dashboard;
        let inputs = vec![next(DATASETS)];
        flows.push(Flow {
            id,
            job: Some(id),
            declared: false,
            explicit: false,
            inputs,
            outputs: Vec::new(),
        });
    }
    flows
}

fn facts() -> Facts {
    let dataset = |id: u32| {
        Arc::new(DatasetFacts {
            namespace: "snowflake://acme-prod".to_owned(),
            name: format!("{}{id}", NAMES[layer(id)]),
            tags: vec!["domain=shop".to_owned()],
            owners: vec!["team:shop".to_owned()],
            ..DatasetFacts::default()
        })
    };
    let job = |id: u32| {
        let kind = if id >= DATASETS { "dash" } else { "build" };
        Arc::new(JobFacts {
            namespace: "airflow".to_owned(),
            name: format!("{kind}_{id}"),
            ..JobFacts::default()
        })
    };
    Facts {
        datasets: (0..DATASETS).map(|id| Some(dataset(id))).collect(),
        jobs: (0..DATASETS + 5_000).map(|id| Some(job(id))).collect(),
        ..Facts::default()
    }
}

fn best(mut work: impl FnMut() -> usize) -> (Duration, usize) {
    let mut shortest = (Duration::MAX, 0);
    for _ in 0..TIMES {
        let start = Instant::now();
        let count = work();
        shortest = shortest.min((start.elapsed(), count));
    }
    shortest
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let size = args.iter().find(|arg| estate::spec_of(arg).is_some());
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["one", with, size] => estate::one(with, size),
        _ if !args.iter().any(|arg| arg == "--bench") => {
            println!("this bench is only made by `cargo bench --bench contracts`");
        }
        _ if args.iter().any(|arg| arg == "events") => {
            estate::events(size.map_or("M", String::as_str));
        }
        _ => match size.and_then(|size| Some((size, estate::spec_of(size)?))) {
            Some((size, spec)) => estate::look(size, &spec),
            None => made_up(),
        },
    }
}

fn made_up() {
    let (policy, facts) = (Arc::new(policy()), facts());
    let graph = Graph::build(&vec![0; DATASETS as usize], &flows(), &[]);
    let (anchor, _) = best(|| {
        let names = facts.datasets.iter().flatten();
        names
            .map(|facts| usize::from(blake3::hash(facts.name.as_bytes()).as_bytes()[0]))
            .sum()
    });
    let world = || World::new(Arc::clone(&policy), facts.clone(), &graph, EventTime(0));
    let (prepared, _) = best(|| world().consumers.len());
    let ready = world();
    let (looked, found) = best(|| evaluate(&ready).violations.len());
    println!("anchor: names of {DATASETS} datasets hashed in {anchor:?}");
    println!("layers, consumers and rows: {prepared:?}");
    println!(
        "{} contracts: {looked:?}, {found} violations",
        policy.contracts.len()
    );
    println!("a full look: {:?}", prepared + looked);
}

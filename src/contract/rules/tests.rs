use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

mod marts;

use super::evaluate;
use super::reference::{Broken, Dataset, Flow, Small};
use crate::contract::policy::Policy;
use crate::contract::{DatasetFacts, Facts, JobFacts, Subject, World};
use crate::graph::{self, Graph};
use crate::openlineage::EventTime;

const LAYERS: &str = r#"
version: 1
layers:
  - {name: raw}
  - {name: staging}
  - {name: intermediate, reads: [staging, intermediate]}
  - {name: mart, reads: [staging, intermediate, mart]}
classify:
  - {layer: raw, name: ["raw_*", "rep_raw_*"]}
  - {layer: staging, name: ["stg_*", "rep_stg_*"]}
  - {layer: intermediate, name: ["int_*", "rep_int_*"]}
  - {layer: mart, name: ["mart_*", "rep_mart_*"]}
consumers:
  - {kind: dashboard, jobs: {name: "dash_*"}}
  - {kind: report, datasets: {name: "rep_*"}}
"#;

/// Rules that the reference knows; those about marts are tested by themselves.
fn of_the_graph() -> impl Iterator<Item = &'static crate::contract::policy::rules::RuleShape> {
    let marts = [
        "has_owner",
        "fresh",
        "has_columns",
        "columns_classified",
        "tested",
        "compatible",
        "keeps_columns",
    ];
    let rules = crate::contract::policy::rules::RULES.iter();
    rules.filter(move |rule| !marts.contains(&rule.name))
}

/// A policy with one contract for each rule.
fn all_rules(max: usize) -> String {
    let mut text = format!("{LAYERS}contracts:\n");
    for rule in of_the_graph() {
        let needs_max = rule.keys.iter().any(|key| key.name == "max");
        let max = if needs_max {
            format!(", max: {max}")
        } else {
            String::new()
        };
        let name = rule.name;
        text.push_str(&["  - {name: ", name, ", rule: ", name, &max, "}\n"].concat());
    }
    text
}

/// The world of a small estate, its datasets, jobs and flows numbered by `order` (a permutation
/// that is cut to size).
fn world(small: &Small, policy: &str, order: &[usize], now: i64) -> World {
    let policy = Policy::read(policy).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let number = |count: usize| -> Vec<usize> {
        let mut places: Vec<usize> = (0..count).collect();
        places.sort_by_key(|at| order.get(*at).copied().unwrap_or(*at));
        // places[n] is who has number n; invert it.
        let mut numbers = vec![0; count];
        for (number, who) in places.into_iter().enumerate() {
            numbers[who] = number;
        }
        numbers
    };
    let datasets = number(small.datasets.len());
    let jobs = number(small.jobs.len());
    let flows = number(small.flows.len());
    let small_number = |n: usize| u32::try_from(n).unwrap();
    let mut facts = Facts {
        datasets: vec![None; datasets.len()],
        jobs: vec![None; jobs.len()],
        ..Facts::default()
    };
    for (id, dataset) in small.datasets.iter().enumerate() {
        facts.datasets[datasets[id]] = dataset.there.then(|| {
            Arc::new(DatasetFacts {
                namespace: "ns".into(),
                name: small.dataset_name(id),
                ..DatasetFacts::default()
            })
        });
    }
    for job in 0..small.jobs.len() {
        facts.jobs[jobs[job]] = Some(Arc::new(JobFacts {
            namespace: "ns".into(),
            name: small.job_name(job),
            ..JobFacts::default()
        }));
    }
    let ends = |set: &BTreeSet<usize>| set.iter().map(|id| small_number(datasets[*id])).collect();
    let all: Vec<graph::Flow> = small
        .flows
        .iter()
        .enumerate()
        .map(|(at, flow)| graph::Flow {
            id: small_number(flows[at]),
            job: Some(small_number(jobs[flow.job])),
            declared: false,
            explicit: false,
            inputs: ends(&flow.inputs),
            outputs: ends(&flow.outputs),
        })
        .collect();
    let graph = Graph::build(&vec![0; datasets.len()], &all, &[]);
    World::new(Arc::new(policy), facts, &graph, EventTime(now))
}

fn found(world: &World) -> Broken {
    let found = evaluate(world);
    assert!(found.cut.is_empty());
    let names = found.violations.iter().map(|one| {
        let rule = world.policy.contracts[one.contract].rule.name.as_str();
        let object = one
            .object
            .map(|id| world.name(Subject::Dataset(id)).1.to_owned());
        (
            rule,
            world.name(one.subject).1.to_owned(),
            object,
            one.count,
        )
    });
    let set: Broken = names.collect();
    assert_eq!(set.len(), found.violations.len(), "something is told twice");
    set
}

fn some(count: usize) -> impl Strategy<Value = BTreeSet<usize>> {
    proptest::collection::btree_set(0..count, 0..4)
}

fn small() -> impl Strategy<Value = Small> {
    let dataset = (
        proptest::option::weighted(0.85, 0..4_usize),
        0..10_u8,
        0..10_u8,
    );
    let dataset = dataset.prop_map(|(layer, consumer, there)| Dataset {
        layer,
        consumer: consumer == 0,
        there: there != 0,
    });
    (2..9_usize, 1..4_usize).prop_flat_map(move |(datasets, jobs)| {
        let flow = (0..jobs, some(datasets), some(datasets));
        let flow = flow.prop_map(|(job, inputs, outputs)| Flow {
            job,
            inputs,
            outputs,
        });
        (
            proptest::collection::vec(dataset.clone(), datasets),
            proptest::collection::vec(proptest::bool::weighted(0.3), jobs),
            proptest::collection::vec(flow, 0..9),
        )
            .prop_map(|(datasets, jobs, flows)| Small {
                datasets,
                jobs,
                flows,
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Each rule finds what its definition says, on any estate.
    #[test]
    fn rules_find_what_their_definitions_say(small in small(), max in 0..3_usize) {
        let world = world(&small, &all_rules(max), &[], 0);
        prop_assert_eq!(found(&world), small.broken(max));
    }

    /// Numbers are given in order of arrival and play no part: ids, messages and steps are the same.
    #[test]
    fn what_is_found_does_not_hang_on_numbers(
        small in small(),
        order in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let told = |world: &World| -> BTreeSet<String> {
            let all = evaluate(world).violations;
            all.iter().map(|one| {
                let steps: Vec<String> = one.steps.iter().map(|step| {
                    let jobs: BTreeSet<&str> = step.flows.iter()
                        .filter_map(|flow| world.links.job_of(*flow))
                        .map(|job| world.name(Subject::Job(job)).1).collect();
                    format!("{} {} {jobs:?}", world.name(Subject::Dataset(step.from)).1, world.name(step.to).1)
                }).collect();
                format!("{} {} {} {steps:?}", one.id, one.need, world.message(one))
            }).collect()
        };
        let policy = all_rules(1);
        prop_assert_eq!(told(&world(&small, &policy, &[], 0)), told(&world(&small, &policy, &order, 0)));
    }

    /// What a violation rests on is there: each step is lineage, and there are enough of them.
    #[test]
    fn steps_are_lineage(small in small()) {
        let world = world(&small, &all_rules(1), &[], 0);
        for one in evaluate(&world).violations {
            prop_assert!(one.steps.len() >= one.need, "{one:?}");
            for step in &one.steps {
                prop_assert!(!step.flows.is_empty());
                for flow in &step.flows {
                    prop_assert!(world.links.inputs.row(*flow).contains(&step.from));
                    match step.to {
                        Subject::Dataset(to) => prop_assert!(world.links.outputs.row(*flow).contains(&to)),
                        Subject::Job(job) => prop_assert_eq!(world.links.job_of(*flow), Some(job)),
                    }
                }
            }
        }
    }
}

/// The estates above are such that each rule is broken now and then: otherwise they would show nothing.
#[test]
fn each_rule_is_broken_by_some_estate() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for _ in 0..1_000 {
        let small = small().new_tree(&mut runner).unwrap().current();
        seen.extend(small.broken(1).into_iter().map(|found| found.0));
    }
    let all: BTreeSet<&str> = of_the_graph().map(|rule| rule.name).collect();
    assert_eq!(seen, all);
}

/// A raw dataset, a mart that is made from it, and a dashboard that reads both.
fn skipping() -> Small {
    let dataset = |layer| Dataset {
        layer: Some(layer),
        consumer: false,
        there: true,
    };
    let flow = |job, inputs: &[usize], outputs: &[usize]| Flow {
        job,
        inputs: inputs.iter().copied().collect(),
        outputs: outputs.iter().copied().collect(),
    };
    Small {
        datasets: vec![dataset(0), dataset(3)],
        jobs: vec![false, true],
        flows: vec![flow(0, &[0], &[1]), flow(1, &[0, 1], &[])],
    }
}

#[test]
fn messages_say_who_and_what() {
    let policy = format!(
        "{LAYERS}contracts:\n  - {{name: m, rule: consumers_read_marts}}\n  - {{name: s, rule: no_skipped_layer}}\n"
    );
    let world = world(&skipping(), &policy, &[], 0);
    let found = evaluate(&world).violations;
    let told: Vec<String> = found.iter().map(|one| world.message(one)).collect();
    assert_eq!(
        told,
        [
            "dash_1 reads raw_0 (raw), which is no mart",
            "mart_1 (mart) is made from raw_0 (raw): a layer is skipped",
        ]
    );
}

#[test]
fn an_exception_holds_until_its_last_day_has_ended() {
    let policy = format!(
        "{LAYERS}contracts:\n  - {{name: m, rule: consumers_read_marts}}\nexceptions:\n  - {{contract: m, subject: {{name: \"dash_*\"}}, object: {{name: raw_0}}, reason: r, owner: o, approved_by: b, until: 1970-01-02}}\n"
    );
    let day = 24 * 3600 * 1_000_000;
    let excepted = |now| evaluate(&world(&skipping(), &policy, &[], now)).violations[0].excepted;
    assert_eq!(excepted(2 * day - 1), Some(0));
    assert_eq!(excepted(2 * day), None);
    let other = policy.replace("name: raw_0}", "name: raw_1}");
    let world = world(&skipping(), &other, &[], 0);
    assert_eq!(evaluate(&world).violations[0].excepted, None);
}

#[test]
fn a_contract_is_about_what_it_selects() {
    let about = |selector: &str| {
        let policy = format!(
            "{LAYERS}contracts:\n  - {{name: m, rule: consumers_read_marts, {selector}}}\n"
        );
        evaluate(&world(&skipping(), &policy, &[], 0))
            .violations
            .len()
    };
    assert_eq!(about("jobs: {name: \"dash_*\"}"), 1);
    assert_eq!(about("jobs: {name: \"other_*\"}"), 0);
    assert_eq!(about("datasets: {layer: raw}"), 1);
    assert_eq!(about("datasets: {layer: [staging, mart]}"), 0);
    assert_eq!(about("allow: raw"), 0);
}

/// What a contract of each rule about one dataset says, and how much it is about, when it selects jobs.
#[test]
fn a_contract_about_datasets_is_about_what_its_jobs_write() {
    let rules = [
        ("has_owner", ""),
        ("fresh", "within: 1h, "),
        ("has_columns", "columns: {id: \"*\"}, "),
        ("tested", "kinds: [volume], "),
    ];
    for (rule, more) in rules {
        let about = |jobs: &str| {
            let policy = format!(
                "{LAYERS}contracts:\n  - {{name: c, rule: {rule}, {more}jobs: {{name: \"{jobs}\"}}}}\n"
            );
            let mut world = world(&skipping(), &policy, &[], 0);
            world.told.columns.insert(1, Arc::default());
            let about = super::selected(&world, &world.policy.contracts[0]);
            (evaluate(&world).violations.len(), about.count())
        };
        assert_eq!(about("job_0"), (1, 1), "{rule}");
        assert_eq!(about("dash_*"), (0, 0), "{rule}: it writes nothing");
        assert_eq!(about("other"), (0, 0), "{rule}");
    }
}

#[test]
fn what_is_to_be_classified_may_be_known_by_who_reads_it() {
    let mut small = skipping();
    small.datasets[0].layer = None;
    let about = |jobs: &str| {
        let policy = format!(
            "{LAYERS}contracts:\n  - {{name: c, rule: classified, jobs: {{name: \"{jobs}\"}}}}\n"
        );
        let world = world(&small, &policy, &[], 0);
        let about = super::selected(&world, &world.policy.contracts[0]);
        (evaluate(&world).violations.len(), about.count())
    };
    // The mart that it reads too has a layer.
    assert_eq!(about("dash_*"), (1, 2));
    assert_eq!(about("other"), (0, 0));
}

#[test]
fn roots_and_unused_sources_are_known_by_who_writes_them() {
    let dataset = |layer| Dataset {
        layer: Some(layer),
        consumer: false,
        there: true,
    };
    let small = Small {
        datasets: vec![dataset(0), dataset(3)],
        jobs: vec![false, false],
        flows: vec![
            Flow {
                job: 0,
                inputs: BTreeSet::new(),
                outputs: BTreeSet::from([0]),
            },
            Flow {
                job: 1,
                inputs: BTreeSet::new(),
                outputs: BTreeSet::from([1]),
            },
        ],
    };
    for (rule, own, other) in [
        ("no_unused_source", "job_0", "job_1"),
        ("no_root_model", "job_1", "job_0"),
    ] {
        let about = |job: &str| {
            let policy = format!(
                "{LAYERS}contracts:\n  - {{name: c, rule: {rule}, jobs: {{name: {job}}}}}\n"
            );
            let world = world(&small, &policy, &[], 0);
            let about = super::selected(&world, &world.policy.contracts[0]);
            (evaluate(&world).violations.len(), about.count())
        };
        assert_eq!(about(own), (1, 1), "{rule}");
        assert_eq!(about(other), (0, 0), "{rule}");
    }
}

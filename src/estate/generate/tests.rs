//! The generated events, read as a consumer reads them.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::plan::Plan;
use super::{DatasetName, GenerateError, GenerateSpec, Shape, Truth, generate};

const END: i64 = 1_795_000_000_000;

fn hash_of(spec: &GenerateSpec) -> (u64, Truth) {
    // FNV-1a over all bytes.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let truth = generate(spec, |line| {
        for byte in line.bytes().chain([b'\n']) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    });
    (hash, truth.unwrap())
}

/// Small enough to be quick, with everything in it.
fn tiny(seed: u64) -> GenerateSpec {
    GenerateSpec {
        datasets: 200,
        layers: 5,
        widest: 300,
        chain_length: 12,
        runs_per_job: 3,
        failed_per_mille: 100,
        late_per_mille: 50,
        ..GenerateSpec::small(seed, END)
    }
}

#[test]
fn a_seed_means_the_same_bytes_and_another_seed_others() {
    let (first, truth) = hash_of(&tiny(1));
    assert_eq!((first, truth), hash_of(&tiny(1)));
    assert_ne!(first, hash_of(&tiny(2)).0);
}

/// Counts made from the events alone.
#[derive(Default)]
struct Count {
    columns: HashSet<(String, String)>,
    datasets: HashSet<String>,
    jobs: HashSet<String>,
    runs: HashSet<(String, String)>,
    column_edges: HashSet<[String; 4]>,
    dataset_edges: HashSet<(String, String)>,
    states: HashMap<String, u64>,
    times: Vec<String>,
    self_loops: u64,
    consumers: u64,
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn identity(value: &Value) -> String {
    let (namespace, name) = (text(value, "namespace"), text(value, "name"));
    assert!(!namespace.is_empty() && !name.is_empty());
    format!("{namespace} {name}")
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl Count {
    fn line(&mut self, line: &str) {
        let event: Value = serde_json::from_str(line).unwrap();
        for member in ["eventTime", "producer", "schemaURL"] {
            assert!(!text(&event, member).is_empty(), "{member} of {line}");
        }
        self.times.push(text(&event, "eventTime"));
        let kind = text(&event, "schemaURL")
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        assert_eq!(event.get("run").is_some(), kind == "RunEvent");
        assert_eq!(event.get("job").is_some(), kind != "DatasetEvent");
        assert_eq!(event.get("dataset").is_some(), kind == "DatasetEvent");
        if let Some(job) = event.get("job") {
            self.jobs.insert(identity(job));
            self.consumers += u64::from(kind == "JobEvent");
            if let Some(run) = event.get("run") {
                let id = text(run, "runId");
                assert!(uuid::Uuid::parse_str(&id).is_ok());
                self.runs.insert((identity(job), id));
                *self.states.entry(text(&event, "eventType")).or_default() += 1;
            }
        }
        let outputs = items(&event["outputs"]);
        for dataset in items(&event["inputs"])
            .iter()
            .chain(outputs)
            .chain(event.get("dataset"))
        {
            self.dataset(dataset);
        }
        for output in outputs {
            for input in items(&event["inputs"]) {
                let edge = (identity(input), identity(output));
                self.self_loops += u64::from(edge.0 == edge.1);
                self.dataset_edges.insert(edge);
            }
        }
    }

    fn dataset(&mut self, dataset: &Value) {
        let name = identity(dataset);
        self.datasets.insert(name.clone());
        for facet in dataset["facets"].as_object().unwrap().values() {
            assert!(text(facet, "_producer").starts_with("https://"));
            assert!(text(facet, "_schemaURL").starts_with("https://openlineage.io/spec/facets/"));
        }
        for field in items(&dataset["facets"]["schema"]["fields"]) {
            self.columns.insert((name.clone(), text(field, "name")));
        }
        let lineage = &dataset["facets"]["columnLineage"]["fields"];
        for (column, uses) in lineage.as_object().into_iter().flatten() {
            for used in items(&uses["inputFields"]) {
                let edge = [
                    identity(used),
                    text(used, "field"),
                    name.clone(),
                    column.clone(),
                ];
                self.columns.insert((edge[0].clone(), edge[1].clone()));
                self.columns.insert((edge[2].clone(), edge[3].clone()));
                self.column_edges.insert(edge);
            }
        }
    }

    fn truth(&self, hub: DatasetName) -> Truth {
        Truth {
            datasets: self.datasets.len() as u64,
            columns: self.columns.len() as u64,
            jobs: self.jobs.len() as u64,
            runs: self.runs.len() as u64,
            events: self.times.len() as u64,
            column_edges: self.column_edges.len() as u64,
            dataset_edges: self.dataset_edges.len() as u64,
            hub,
        }
    }
}

fn count(spec: &GenerateSpec) -> (Count, Truth) {
    let mut count = Count::default();
    let truth = generate(spec, |line| {
        count.line(line);
        Ok(())
    });
    (count, truth.unwrap())
}

#[test]
fn the_summary_of_the_small_preset_is_what_its_events_tell() {
    let spec = GenerateSpec::small(7, END);
    let (count, truth) = count(&spec);
    assert_eq!(count.truth(truth.hub.clone()), truth);
    assert_eq!(truth.datasets, 1_000);
    assert_eq!(count.consumers, 40);
    assert!(count.self_loops > 0);
    let started = count.states["START"];
    assert!(started > truth.runs * 3 / 4 && started < truth.runs);
    assert_eq!(count.states["COMPLETE"] + count.states["FAIL"], truth.runs);
    assert!(count.states["FAIL"] > truth.runs / 100);
    // Times are equally long, so they compare as text.
    let end = chrono::DateTime::from_timestamp_millis(END).unwrap();
    let end = end.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    assert!(count.times.iter().all(|time| *time <= end));
    let day_of = |time: &String| time[..10].to_owned();
    assert!(count.times.iter().map(day_of).collect::<HashSet<_>>().len() >= 7);
    let mut latest = &count.times[0];
    let mut hours_late = 0;
    for time in &count.times {
        hours_late += u64::from(time[..13] < latest[..13]);
        latest = latest.max(time);
    }
    assert!(hours_late > 10, "some events come hours late");
}

#[test]
fn everything_of_a_small_estate_with_other_options_is_counted_too() {
    for seed in 0..3 {
        let (count, truth) = count(&tiny(seed));
        assert_eq!(count.truth(truth.hub.clone()), truth);
    }
    let layered = GenerateSpec {
        datasets: 300,
        layers: 6,
        ..GenerateSpec::layered(3, END)
    };
    let (count, truth) = count(&layered);
    assert_eq!(count.truth(truth.hub.clone()), truth);
    assert_eq!(truth.dataset_edges, 250 * 3);
    assert_eq!(truth.column_edges, 250 * 3 * 5);
}

#[test]
fn names_are_fit_for_search() {
    let (count, truth) = count(&tiny(5));
    let has = |word: &str| count.datasets.iter().any(|name| name.contains(word));
    assert!(has("orders") && has("customers") && has("stg_"));
    assert!(
        count
            .datasets
            .contains(&format!("{} {}", truth.hub.namespace, truth.hub.name))
    );
}

/// Datasets that can be reached downstream of `from`, without itself.
fn reached(plan: &Plan, from: u32) -> usize {
    let mut readers: Vec<Vec<u32>> = vec![Vec::new(); plan.datasets.len()];
    for (made, dataset) in (0_u32..).zip(&plan.datasets) {
        for &input in &dataset.inputs {
            readers[input as usize].push(made);
        }
    }
    let mut seen = HashSet::from([from]);
    let mut queue = VecDeque::from([from]);
    while let Some(next) = queue.pop_front() {
        for &reader in &readers[next as usize] {
            if seen.insert(reader) {
                queue.push_back(reader);
            }
        }
    }
    seen.len() - 1
}

#[test]
fn the_layered_preset_has_its_exact_shape_and_reach() {
    for seed in 1..4 {
        let plan = Plan::new(&GenerateSpec::layered(seed, END));
        assert_eq!(plan.datasets.len(), 20_000);
        for (index, dataset) in (0_u32..).zip(&plan.datasets) {
            let level = index / 1000;
            let inputs: HashSet<u32> = dataset.inputs.iter().copied().collect();
            assert_eq!(inputs.len(), if level == 0 { 0 } else { 3 });
            assert!(inputs.iter().all(|input| input / 1000 + 1 == level));
        }
        let reach = reached(&plan, 0);
        assert!((16_500..17_500).contains(&reach), "{reach}");
    }
}

/// What the large preset comes to, without writing its events.
#[test]
fn the_large_preset_has_its_size_and_features() {
    let spec = GenerateSpec::large(1, END);
    let plan = Plan::new(&spec);
    assert_eq!(plan.datasets.len(), 100_000);
    let columns: u64 = plan.datasets.iter().map(|d| u64::from(d.columns)).sum();
    assert!((950_000..1_150_000).contains(&columns), "{columns}");
    assert_eq!(plan.datasets.iter().map(|d| d.columns).max(), Some(10_000));
    let fan_in = plan.datasets.iter().map(|d| d.inputs.len()).max().unwrap();
    assert!((15..40).contains(&fan_in), "{fan_in}");
    let mut readers = vec![0_u32; plan.datasets.len()];
    for input in plan.datasets.iter().flat_map(|d| &d.inputs) {
        readers[*input as usize] += 1;
    }
    assert!(readers[0] > 2_000, "the hub has {} readers", readers[0]);
    let names: HashSet<&str> = plan.datasets.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names.len(), plan.datasets.len());
    // The edges of each 50th job stand for all.
    let (mut pairs, mut edges) = (0, super::edges::JobEdges::default());
    for &job in plan.jobs().iter().step_by(50) {
        edges.derive(&spec, &plan, job);
        pairs += 50 * edges.pairs(plan.datasets[job as usize].columns);
    }
    assert!((2_600_000..3_400_000).contains(&pairs), "{pairs}");
}

#[test]
fn impossible_specs_are_refused_with_the_field_named() {
    let good = GenerateSpec::small(1, END);
    let layered = GenerateSpec::layered(1, END);
    let cases = [
        (
            "layers",
            GenerateSpec {
                layers: 3,
                ..good.clone()
            },
        ),
        (
            "datasets",
            GenerateSpec {
                datasets: 50,
                ..good.clone()
            },
        ),
        (
            "columns",
            GenerateSpec {
                columns: 0,
                ..good.clone()
            },
        ),
        (
            "days",
            GenerateSpec {
                runs_per_job: 0,
                ..good.clone()
            },
        ),
        (
            "end_ms",
            GenerateSpec {
                end_ms: i64::MIN,
                ..good.clone()
            },
        ),
        (
            "shape",
            GenerateSpec {
                shape: Shape::Layered { inputs: 0 },
                ..layered.clone()
            },
        ),
        (
            "shape",
            GenerateSpec {
                cycles: 1,
                ..layered
            },
        ),
    ];
    for (expected, spec) in cases {
        match generate(&spec, |_| Ok(())) {
            Err(GenerateError::Spec { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn a_sink_that_fails_ends_the_generation() {
    let mut taken = 0;
    let result = generate(&GenerateSpec::medium(1, END), |_| {
        taken += 1;
        if taken > 5 {
            return Err(std::io::Error::other("full"));
        }
        Ok(())
    });
    assert!(matches!(result, Err(GenerateError::Sink(_))));
    assert_eq!(taken, 6);
}

//! Where each record stands in the store. Numbers are big-endian, so scans follow their order.

use uuid::Uuid;

use crate::openlineage::EventTime;

use super::names::{DatasetId, JobId};
use super::records::Owner;

/// Version of the layout of keys and records; another version in the store means rebuild.
pub const LAYOUT: u32 = 17;

/// The one record of [`super::records::Meta`].
pub const META: &[u8] = b"!meta";

/// Interned strings.
pub const STRINGS: u8 = b's';
/// Dataset names.
pub const DATASETS: u8 = b'd';
/// Columns of datasets.
pub const COLUMNS: u8 = b'c';
/// Times, producers and facets of datasets.
pub const DATASET_META: u8 = b'D';
/// Job names.
pub const JOBS: u8 = b'j';
/// Times, producers and facets of jobs.
pub const JOB_META: u8 = b'J';
/// Times of a job's runs that decide which of its edges are current, and how many runs it has.
pub const ACTIVITY: u8 = b'A';
/// Assertions.
pub const ASSERTIONS: u8 = b'a';
/// Column edges of assertions.
pub const MAPPINGS: u8 = b'M';
/// Other names of datasets, as told.
pub const CLAIMS: u8 = b'l';
/// Datasets of which a drop was told.
pub const DROPS: u8 = b'k';
/// Datasets of places that a name does not tell, and who uses them.
pub const UNLOCATED: u8 = b'g';
/// Datasets that are known as other names of some dataset alone.
pub const ONLY_NAMED: u8 = b'n';
/// Latest schema by dataset and source.
pub const SCHEMAS: u8 = b'q';
/// When a source told a schema that is not its latest, by dataset, source and hash.
pub const SCHEMAS_TOLD: u8 = b'h';
/// What static events declared, by owner, latest first.
pub const STATICS: u8 = b'S';
/// Which exposures a source told of a dataset, by dataset and source, latest first.
pub const EXPOSURES: u8 = b'e';
/// Runs by job, latest first.
pub const RUNS: u8 = b'r';
/// Where a run stands in its job's history, by run id and job.
pub const RUN_IDS: u8 = b'x';
/// Jobs and datasets that were ever told to be retired; without a value.
pub const RETIRED: u8 = b't';
/// Run ids that are not UUIDs, by the UUID that stands for each.
pub const RUN_TEXTS: u8 = b'u';
/// Jobs that a job starts, by both numbers; without a value.
pub const CHILD_JOBS: u8 = b'i';
/// Runs that a run started, some in each record.
pub const CHILD_RUNS: u8 = b'I';
/// Tests that were told of datasets, by dataset, name and column.
pub const TESTS: u8 = b'T';
/// When datasets were written, by dataset and span of time, the latest first.
pub const WRITES: u8 = b'w';
/// Bodies, by content hash, of the facets that are read while applying and searching.
pub const FACETS: u8 = b'F';

/// A record by its number.
pub fn by_id(kind: u8, id: u32) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(&id.to_be_bytes());
    key
}

/// The number in a key made by [`by_id`].
pub fn id_of(key: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(key.get(1..5)?.try_into().ok()?))
}

/// Schema of a dataset as one source tells it.
pub fn schema(dataset: DatasetId, source: u64) -> Vec<u8> {
    let mut key = by_id(SCHEMAS, dataset);
    key.extend_from_slice(&source.to_be_bytes());
    key
}

/// The source in a key made by [`schema`], [`schema_told`] or [`exposures`].
pub fn source_of(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(5..13)?.try_into().ok()?))
}

/// All schemas of a dataset that one source told before its latest.
pub fn schemas_told(dataset: DatasetId, source: u64) -> Vec<u8> {
    let mut key = by_id(SCHEMAS_TOLD, dataset);
    key.extend_from_slice(&source.to_be_bytes());
    key
}

/// One of them, by the hash of its body.
pub fn schema_told(dataset: DatasetId, source: u64, hash: &[u8; 16]) -> Vec<u8> {
    let mut key = schemas_told(dataset, source);
    key.extend_from_slice(hash);
    key
}

/// The hash in a key made by [`schema_told`].
pub fn schema_hash_of(key: &[u8]) -> Option<[u8; 16]> {
    key.get(13..29)?.try_into().ok()
}

/// A test of a dataset. Names of any length are told apart by their hash.
pub fn test(dataset: DatasetId, name: &str, column: Option<&str>) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(&[u8::from(column.is_some())]);
    hasher.update(column.unwrap_or_default().as_bytes());
    let mut key = by_id(TESTS, dataset);
    key.extend_from_slice(&hasher.finalize().as_bytes()[..16]);
    key
}

/// All static events of an owner.
pub fn statics_of(owner: Owner) -> Vec<u8> {
    let (kind, id) = match owner {
        Owner::Job(id) => (0, id),
        Owner::Dataset(id) => (1, id),
    };
    let mut key = vec![STATICS, kind];
    key.extend_from_slice(&id.to_be_bytes());
    key
}

/// A static event of an owner; the later (time, hash) comes first.
pub fn statics(owner: Owner, time: EventTime, hash: &[u8; 16]) -> Vec<u8> {
    let mut key = statics_of(owner);
    key.extend_from_slice(&descending(time.0));
    key.extend(hash.iter().map(|byte| !byte));
    key
}

/// Owner, time and hash in a key made by [`statics`].
pub fn statics_in(key: &[u8]) -> Option<(Owner, EventTime, [u8; 16])> {
    let id = u32::from_be_bytes(key.get(2..6)?.try_into().ok()?);
    let owner = match key.get(1)? {
        0 => Owner::Job(id),
        _ => Owner::Dataset(id),
    };
    let (time, hash) = told_in(key.get(6..)?)?;
    Some((owner, time, hash))
}

/// Time and hash of an event at the end of a key.
fn told_in(end: &[u8]) -> Option<(EventTime, [u8; 16])> {
    let time = u64::from_be_bytes(end.get(..8)?.try_into().ok()?);
    let time = EventTime((!time ^ (1 << 63)).cast_signed());
    let mut hash: [u8; 16] = end.get(8..24)?.try_into().ok()?;
    for byte in &mut hash {
        *byte = !*byte;
    }
    Some((time, hash))
}

/// All that a source told of the exposures of a dataset.
pub fn exposures_of(dataset: DatasetId, source: u64) -> Vec<u8> {
    let mut key = by_id(EXPOSURES, dataset);
    key.extend_from_slice(&source.to_be_bytes());
    key
}

/// One telling of them; the later (time, hash) comes first.
pub fn exposures(dataset: DatasetId, source: u64, time: EventTime, hash: &[u8; 16]) -> Vec<u8> {
    let mut key = exposures_of(dataset, source);
    key.extend_from_slice(&descending(time.0));
    key.extend(hash.iter().map(|byte| !byte));
    key
}

/// Time and hash in a key made by [`exposures`].
pub fn exposures_in(key: &[u8]) -> Option<(EventTime, [u8; 16])> {
    told_in(key.get(13..)?)
}

/// A time so that later ones sort first.
fn descending(time: i64) -> [u8; 8] {
    (!time.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

/// When a dataset was written within a span; later spans come first.
pub fn writes(dataset: DatasetId, span: i64) -> Vec<u8> {
    let mut key = by_id(WRITES, dataset);
    key.extend_from_slice(&descending(span));
    key
}

/// A run in its job's history; later first events come first.
pub fn run(job: JobId, first: i64, run: Uuid) -> Vec<u8> {
    let mut key = by_id(RUNS, job);
    key.extend_from_slice(&descending(first));
    key.extend_from_slice(run.as_bytes());
    key
}

/// The first event time in a key made by [`run`].
pub fn began(key: &[u8]) -> Option<i64> {
    let time = u64::from_be_bytes(key.get(5..13)?.try_into().ok()?);
    Some((!time ^ (1 << 63)).cast_signed())
}

/// The run id in a key made by [`run`].
pub fn run_of(key: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(key.get(13..29)?).ok()
}

/// Where a run of this id and job stands; the value is its first event time (i64, big-endian).
pub fn run_id(run: Uuid, job: JobId) -> Vec<u8> {
    let mut key = vec![RUN_IDS];
    key.extend_from_slice(run.as_bytes());
    key.extend_from_slice(&job.to_be_bytes());
    key
}

/// The job in a key made by [`run_id`].
pub fn job_of_run_id(key: &[u8]) -> Option<JobId> {
    Some(u32::from_be_bytes(key.get(17..21)?.try_into().ok()?))
}

/// That a job (kind 0) or dataset (1) was told to be retired.
pub fn retired(id: u32, kind: u8) -> Vec<u8> {
    let mut key = by_id(RETIRED, id);
    key.push(kind);
    key
}

/// The text for which a run id stands.
pub fn run_text(run: Uuid) -> Vec<u8> {
    let mut key = vec![RUN_TEXTS];
    key.extend_from_slice(run.as_bytes());
    key
}

/// That a job starts another one.
pub fn child_job(parent: JobId, child: JobId) -> Vec<u8> {
    let mut key = by_id(CHILD_JOBS, parent);
    key.extend_from_slice(&child.to_be_bytes());
    key
}

/// The started job in a key made by [`child_job`].
pub fn child_of_job(key: &[u8]) -> Option<JobId> {
    Some(u32::from_be_bytes(key.get(5..9)?.try_into().ok()?))
}

/// What the keys of the runs start with that a run started.
pub fn child_runs(parent: (JobId, Uuid)) -> Vec<u8> {
    let mut key = by_id(CHILD_RUNS, parent.0);
    key.extend_from_slice(parent.1.as_bytes());
    key
}

/// Runs that a run started, as they were found between two writes to the store; `seq` tells the
/// writes apart.
pub fn some_child_runs(parent: (JobId, Uuid), seq: u64) -> Vec<u8> {
    let mut key = child_runs(parent);
    key.extend_from_slice(&seq.to_be_bytes());
    key
}

/// A facet body.
pub fn facet(hash: &[u8; 16]) -> Vec<u8> {
    let mut key = vec![FACETS];
    key.extend_from_slice(hash);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_share_a_letter() {
        let source = include_str!("keys.rs");
        let letter = |line: &str| Some(line.split_once("u8 = b'")?.1.chars().next());
        let letters: Vec<_> = source.lines().filter_map(letter).collect();
        let different: std::collections::BTreeSet<_> = letters.iter().collect();
        assert!(letters.len() > 10);
        assert_eq!(different.len(), letters.len(), "{letters:?}");
    }

    #[test]
    fn later_static_events_come_first() {
        let times = [i64::MAX, 5, 0, -5, i64::MIN].map(EventTime);
        let keys: Vec<_> = times
            .iter()
            .flat_map(|&time| {
                [[9; 16], [3; 16]].map(|hash| statics(Owner::Dataset(7), time, &hash))
            })
            .collect();
        assert!(keys.is_sorted());
        assert!(
            keys.iter()
                .all(|key| key.starts_with(&statics_of(Owner::Dataset(7))))
        );
        let read: Vec<_> = keys.iter().filter_map(|key| statics_in(key)).collect();
        assert!(
            read.iter()
                .map(|one| one.1)
                .eq(times.iter().flat_map(|&time| [time, time]))
        );
        assert_eq!((read[0].0, read[0].2), (Owner::Dataset(7), [9; 16]));
    }

    #[test]
    fn later_tellings_of_exposures_come_first() {
        let times = [7, 0, -7].map(EventTime);
        let keys = times.map(|time| exposures(3, 1 << 32, time, &[4; 16]));
        assert!(keys.is_sorted());
        assert!(
            keys.iter()
                .all(|key| key.starts_with(&exposures_of(3, 1 << 32)))
        );
        let read = keys.each_ref().map(|key| exposures_in(key));
        assert_eq!(read, times.map(|time| Some((time, [4; 16]))));
        assert_eq!(source_of(&keys[0]), Some(1 << 32));
    }

    #[test]
    fn later_runs_come_first() {
        let id = Uuid::from_u128(7);
        let times = [i64::MAX, 5, 0, -5, i64::MIN];
        let keys: Vec<_> = times.iter().map(|&t| run(3, t, id)).collect();
        assert!(keys.is_sorted());
        assert!(keys.iter().all(|key| run_of(key) == Some(id)));
        assert!(keys.iter().map(|key| began(key)).eq(times.map(Some)));
        assert_eq!(job_of_run_id(&run_id(id, 9)), Some(9));
        assert_eq!(child_of_job(&child_job(3, 4)), Some(4));
    }
}

//! Logs of every released format version can be read. Never regenerate a
//! sample: a new format version gets a new folder.

use super::*;

const EVENTS: u64 = 40;

fn sample(version: u32) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/log/v{version}"))
}

#[test]
fn version_1_opens_reads_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    copy_dir(&sample(1), dir.path());
    let (log, recovery) = open(dir.path(), tiny()).unwrap();
    assert_eq!(recovery.events, EVENTS);
    assert!(recovery.segments >= 3);
    assert_eq!(recovery.truncated, None);
    assert_eq!(recovery.rebuilt, [] as [std::path::PathBuf; 0]);
    assert_holds(&log, EVENTS);
    assert_eq!(append_one(&log, event(0)).unwrap(), duplicate(1));
    let next = append_one(&log, event(EVENTS)).unwrap();
    assert_eq!(next, accepted(EVENTS + 1));
}

/// Writes the sample of the current version into an empty folder, when a new
/// version needs one: `SAMPLE_DIR=… cargo test write_sample -- --ignored`.
#[test]
#[ignore = "writes a new sample"]
fn write_sample() {
    let dir = std::env::var("SAMPLE_DIR").expect("SAMPLE_DIR names an empty folder");
    let options = LogOptions {
        segment_bytes: 1200,
        ..tiny()
    };
    let (log, recovery) = open(Path::new(&dir), options).unwrap();
    assert_eq!(recovery.events, 0, "the folder is not empty");
    for batch in 0..EVENTS / 4 {
        let events = (batch * 4..batch * 4 + 4).map(event).collect();
        append(&log, events).unwrap();
    }
    log.close().unwrap();
}

//! Opening a log whose last segment was damaged: it is refused, or what is read back is a prefix of
//! what was written. The input is a list of edits: position (2 bytes), what (1 byte), value.
#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use headwater_fuzz::log::{EventLog, LogOptions, LoggedEvent, SegmentLog};
use libfuzzer_sys::fuzz_target;

struct Sample {
    segment: Vec<u8>,
    events: Vec<LoggedEvent>,
}

const NAME: &str = "00000000000000000001.seg";

fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/log/v1").join(NAME);
        let segment = std::fs::read(path).expect("the committed sample");
        let dir = folder();
        std::fs::write(dir.path().join(NAME), &segment).expect("writing");
        Sample { events: read_all(dir.path()).expect("the sample opens"), segment }
    })
}

fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

fn read_all(dir: &Path) -> Option<Vec<LoggedEvent>> {
    let (log, recovery) = SegmentLog::open(dir, LogOptions::default()).ok()?;
    let events: Result<Vec<_>, _> = log.read_from(1).ok()?.collect();
    let events = events.ok()?;
    assert_eq!(recovery.events, events.len() as u64);
    Some(events)
}

fuzz_target!(|data: &[u8]| {
    let sample = sample();
    let mut bytes = sample.segment.clone();
    for edit in data.chunks_exact(4).take(16) {
        if bytes.is_empty() {
            break;
        }
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % bytes.len();
        match edit[2] % 4 {
            0 => bytes[at] ^= edit[3],
            1 => bytes.truncate(at),
            2 => _ = bytes.splice(at..at, [edit[3]; 7]),
            _ => bytes[at] = edit[3],
        }
    }
    let dir = folder();
    std::fs::write(dir.path().join(NAME), &bytes).expect("writing");
    if let Some(events) = read_all(dir.path()) {
        assert!(events.len() <= sample.events.len());
        assert_eq!(events[..], sample.events[..events.len()]);
    }
});

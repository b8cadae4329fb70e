//! The one thread that writes what changed in the catalog to the store, beside the applier.
//!
//! Writing takes no lock of the catalog. But sled lets nobody read while it applies a batch, and the
//! applier looks up each run that it does not know: so batches are small, some 20 ms each. The more
//! records are written together, the more of them share a page of the store.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{EngineError, Shared};

/// Changed records that are written at once.
const RECORDS: usize = 4_000;
/// How long changed records may wait.
const EVERY: Duration = Duration::from_millis(500);
/// How often the thread looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// The applier writes itself, and so waits, when more than this is changed and not written.
const TOO_MANY: usize = 100_000;

pub(super) fn run(shared: &Shared) -> Result<(), EngineError> {
    let mut flushed = Instant::now();
    while !shared.stopping.load(Ordering::SeqCst) {
        let dirty = shared.catalog.dirty();
        if dirty >= RECORDS || (dirty > 0 && flushed.elapsed() >= EVERY) {
            shared.catalog.flush()?;
            flushed = Instant::now();
        } else {
            std::thread::sleep(LOOK_EVERY);
        }
    }
    Ok(())
}

/// Keeps what waits to be written within bounds.
pub(super) fn hold_back(shared: &Shared) -> Result<(), EngineError> {
    if shared.catalog.dirty() > TOO_MANY {
        shared.catalog.flush()?;
    }
    Ok(())
}

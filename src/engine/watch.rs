//! The one thread that looks after what nobody waits for: whether a full disk has room again, and
//! the totals by producer.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::openlineage::parse_event;

use super::{DataDir, EngineError, Shared};

/// How often the thread looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often changed totals are written; after a crash so much is counted again from the log.
const SAVE_EVERY: Duration = Duration::from_secs(5);

pub(super) fn run(shared: &Shared, dir: &DataDir) {
    if let Err(error) = count_missing(shared, dir) {
        tracing::error!(%error, "the totals by producer stay incomplete until the next start");
    }
    let mut saved = Instant::now();
    while !shared.stopping.load(Ordering::SeqCst) {
        shared.health.try_room(&dir.0);
        if saved.elapsed() >= SAVE_EVERY {
            save(shared);
            saved = Instant::now();
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Writes the totals. When that fails they are written later, or counted again at the next start.
pub(super) fn save(shared: &Shared) {
    if let Err(error) = shared.emitters.save() {
        tracing::debug!(%error, "the totals by producer could not be written");
    }
}

/// Counts the events that the kept totals lack and that the applier does not see again.
fn count_missing(shared: &Shared, dir: &DataDir) -> Result<(), EngineError> {
    let Some((first, last)) = shared.emitters.missing() else {
        return Ok(());
    };
    for logged in shared.log.read_from(first)? {
        let logged = logged?;
        if shared.stopping.load(Ordering::SeqCst) {
            return Ok(());
        }
        // This may take minutes, and room is waited for.
        shared.health.try_room(&dir.0);
        if logged.seq > last {
            break;
        }
        if let Ok(event) = parse_event(&logged.payload) {
            shared.emitters.found(&event);
        }
    }
    shared.emitters.all_found();
    Ok(())
}

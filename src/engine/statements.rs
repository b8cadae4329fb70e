//! The one thread that reads lineage from the SQL that jobs send. Nobody waits for it: the applier
//! takes in what it has read between two batches of events.
//!
//! It needs no deadline: what one statement may cost is bounded by counts ([`crate::sql::Limits`]),
//! so that the same events give the same lineage on any machine.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{EngineError, Shared};

/// Statements that are taken at once.
const BATCH: usize = 32;
/// How often the thread looks when there is nothing to read.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Readings that may wait for the applier.
const MAX_READY: usize = 512;

pub(super) fn run(shared: &Shared) -> Result<(), EngineError> {
    while !shared.stopping.load(Ordering::SeqCst) {
        let room = shared.readings.lock().len() < MAX_READY;
        let statements = if room {
            shared.catalog.statements_to_read(BATCH)?
        } else {
            Vec::new()
        };
        if statements.is_empty() {
            std::thread::sleep(LOOK_EVERY);
            continue;
        }
        for statement in statements {
            if shared.stopping.load(Ordering::SeqCst) {
                return Ok(());
            }
            let reading = statement.read();
            shared.readings.lock().push(reading);
        }
    }
    Ok(())
}

//! Holding the live state against one that is rebuilt from the log beside it.

use std::sync::Arc;

use crate::catalog::{Catalog, CatalogOptions, Digest};
use crate::log::EventLog;
use crate::openlineage::parse_event;
use crate::store::MemoryStore;

use super::{Engine, EngineError};

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The last event that both cover.
    pub seq: u64,
    /// Digest of the live state.
    pub live: Digest,
    /// Digest of the state rebuilt from the log.
    pub rebuilt: Digest,
}

impl Verified {
    /// Both are the same.
    pub fn holds(&self) -> bool {
        self.live == self.rebuilt
    }
}

/// The digest of the state that the first `seq` events of a log lead to, built in memory.
///
/// # Errors
/// When the log cannot be read.
pub fn rebuilt_digest(
    log: &dyn EventLog,
    seq: u64,
    options: CatalogOptions,
) -> Result<Digest, EngineError> {
    let (catalog, _) = Catalog::open(Arc::new(MemoryStore::default()), options)?;
    for logged in log.read_from(1)? {
        let logged = logged?;
        if logged.seq > seq {
            break;
        }
        if let Ok(event) = parse_event(&logged.payload) {
            catalog.apply_all([(logged.seq, &event)].into_iter(), |_, _, _| {})?;
        }
        if logged.seq % 4096 == 0 {
            catalog.flush()?;
        }
    }
    Ok(catalog.digest()?.0)
}

impl Engine {
    /// Rebuilds beside the live state and compares digests. Takes as long as a replay; the server
    /// goes on meanwhile.
    ///
    /// # Errors
    /// When the log or the store cannot be read.
    pub fn verify(&self) -> Result<Verified, EngineError> {
        let (live, seq) = self.catalog().digest()?;
        let rebuilt = rebuilt_digest(&**self.log(), seq, self.catalog().options())?;
        Ok(Verified { seq, live, rebuilt })
    }
}

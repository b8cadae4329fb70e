//! Entities and their evidence: what all events so far say, as records that can be rebuilt.
//!
//! Every stored fact is a join, so that any order, duplication and split of the same events gives
//! the same digest: facets are last-writer-wins registers on (event time, content hash); runs
//! accumulate sets; counts are counts of distinct runs. What needs the whole picture (settled
//! states, current edges) is derived from those facts. Walking the graph is [`crate::graph`];
//! this module tells it which flows are current.

mod activity;
mod aliases;
mod apply;
mod assertion;
mod body;
mod cache;
mod claims;
mod columns;
mod declared;
mod derived;
mod digest;
mod edge_view;
mod evidence;
mod exposures;
mod families;
mod handle;
mod hierarchy;
mod identity;
mod keys;
mod life;
mod link_view;
mod looked_at;
mod metas;
mod namer;
mod names;
mod ordinals;
mod past;
mod persist;
mod reading;
mod records;
mod regroup;
mod retired;
mod run_view;
mod runs;
mod schemas;
mod spelling;
mod standing;
mod state;
mod statement_view;
mod statements;
mod tested;
mod timeline;
mod told;
mod uses;
mod view;
mod written;

pub use aliases::{DoubtReason, DoubtView, NameView, TieView};
pub use columns::NOW;
pub use digest::Digest;
pub use edge_view::{Detail, EdgeEvidence};
pub use evidence::Evidence;
pub use families::FamilyView;
pub use handle::Catalog;
pub use hierarchy::ParentJobView;
pub use looked_at::{LOOKED_AT, LookedAt, Present};
pub use namer::Namer;
pub use names::{DatasetId, JobId};
pub use past::Past;
pub use reading::{Gap, Reading, Statement};
pub use records::{FacetRegister, RunRecord};
pub use retired::RetirementView;
pub use run_view::RunView;
pub use schemas::teller;
pub use standing::Standing;
pub use state::{CatalogOptions, Counts, Entity, Opened};
pub use statement_view::{ReadState, StatementView};
pub use tested::{COLUMN_METRICS, DatasetTest, LAST_UPDATED, ROW_COUNT};
pub use timeline::{ListedColumn, SchemaVersion, Timeline, ToldBy, compared};
pub use view::{
    ChangeView, ColumnView, DatasetView, FacetRef, FacetView, JobView, description, owners, tags,
};

#[cfg(test)]
mod tests;

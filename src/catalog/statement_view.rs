//! Statements as readers see them: how far each could be read.

use super::names::{DatasetId, JobId};
use super::reading::Gap;
use super::state::State;

/// How far a statement could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadState {
    /// Not read yet.
    Waiting,
    /// Wholly.
    Whole,
    /// In part; the gaps say what is missing.
    Partly,
    /// Not at all; the gaps say why.
    Unknown,
}

/// A statement that made a dataset, as readers see it.
#[derive(Debug, Clone)]
pub struct StatementView {
    /// Whose it is.
    pub job: Option<JobId>,
    /// What it made.
    pub output: DatasetId,
    /// How far it could be read.
    pub state: ReadState,
    /// Which SQL it was read as; `None` until it is.
    pub dialect: Option<&'static str>,
    /// Column edges that were read from it.
    pub column_edges: usize,
    /// What could not be read, and why.
    pub gaps: Vec<Gap>,
    /// Runs and times of it.
    pub evidence: super::Evidence,
}

impl State {
    /// The current statements of a job, or those that made a dataset; ascending by what they made.
    pub fn statement_views(&self, ids: impl Iterator<Item = u32>) -> Vec<StatementView> {
        let mut views: Vec<StatementView> = ids.filter_map(|id| self.statement_view(id)).collect();
        views.sort_by_key(|view| (view.output, std::cmp::Reverse(view.evidence.last_seen)));
        views
    }

    fn statement_view(&self, id: u32) -> Option<StatementView> {
        let assertion = self.assertions.get(id as usize)?.as_ref()?;
        if assertion.sql.is_none() || !self.live[id as usize] {
            return None;
        }
        let derived = self.statements.derived.get(&id);
        let state = match derived {
            None => ReadState::Waiting,
            Some(derived) if derived.gaps.is_empty() => ReadState::Whole,
            Some(derived) if derived.mappings.is_empty() => ReadState::Unknown,
            Some(_) => ReadState::Partly,
        };
        Some(StatementView {
            job: assertion.owner.job(),
            output: self.identity.canonical(*assertion.outputs.first()?),
            state,
            dialect: derived.map(|derived| derived.dialect),
            column_edges: derived.map_or(0, |derived| derived.mappings.len()),
            gaps: derived
                .map(|derived| derived.gaps.clone())
                .unwrap_or_default(),
            evidence: assertion.evidence()?,
        })
    }

    /// Numbers of the statements of a job.
    pub fn statements_of_job(&self, job: JobId) -> Vec<u32> {
        let job = self.jobs.get(job as usize);
        job.map(|job| job.assertions.clone()).unwrap_or_default()
    }

    /// Numbers of the statements that made a dataset, by any of its names.
    pub fn statements_into(&self, dataset: DatasetId) -> Vec<u32> {
        let canonical = self.identity.canonical(dataset);
        let names = self.identity.members(&canonical).iter();
        let mut ids: Vec<u32> = names
            .filter_map(|name| self.statements.by_dataset.get(name))
            .flatten()
            .copied()
            .filter(|&id| {
                let assertion = self.assertions.get(id as usize);
                let assertion = assertion.and_then(|a| a.as_ref());
                assertion.is_some_and(|a| {
                    a.outputs
                        .iter()
                        .any(|&output| self.identity.canonical(output) == canonical)
                })
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

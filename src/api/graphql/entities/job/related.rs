//! What a job may be or belong to: an exposure of dbt, a family of jobs that are alike, those that
//! start it.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use super::Job;

/// An exposure of dbt, as the latest event that lists it tells it.
#[derive(SimpleObject)]
pub struct DbtExposure {
    /// Its name in the project.
    pub name: String,
    /// What it is: `dashboard`, `notebook`, `analysis`, `ml` or `application`.
    #[graphql(name = "type")]
    pub kind: Option<String>,
    /// Where it is to be seen, as the project says. It may be any text.
    pub url: Option<String>,
}

/// Jobs of a namespace whose names differ only by an id.
#[derive(SimpleObject)]
pub struct JobFamily {
    /// The name with a star for each id.
    pub pattern: String,
    /// How many jobs.
    pub count: usize,
}

/// A job whose runs start runs of another one.
#[derive(SimpleObject)]
pub struct ParentJob {
    /// The job that starts.
    pub job: Job,
    /// Time of the first event that told so.
    pub first_told: Option<DateTime<Utc>>,
    /// Time of the last event that told so.
    pub last_told: Option<DateTime<Utc>>,
}

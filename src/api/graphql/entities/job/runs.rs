//! The history of a job's runs, by pages.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Object, Result, SimpleObject};
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::api::graphql::refs::{coded, engine, internal};
use crate::api::graphql::search::page_size;
use crate::catalog::JobId;
use crate::openlineage::EventTime;

use super::super::{Run, charge_entities};

/// A run on a page.
#[derive(SimpleObject)]
pub struct RunEdge {
    /// Where it stands, for `after`; good while runs come in.
    pub cursor: String,
    /// The run.
    pub node: Run,
}

/// A page of the runs of a job.
pub struct RunConnection {
    job: JobId,
    edges: Vec<RunEdge>,
    page_info: PageInfo,
}

impl RunConnection {
    /// The runs of a job after a cursor; without one, from `begun` on into the past.
    pub fn page(
        ctx: &Context<'_>,
        job: JobId,
        begun: Option<(EventTime, Uuid)>,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self> {
        let engine = engine(ctx)?;
        let limit = page_size(first)?;
        charge_entities(ctx, limit)?;
        let at = after.map(read_cursor).transpose()?.or(begun);
        let found = block_in_place(|| engine.catalog().runs_of(job, at, limit + 1));
        let mut runs = found.map_err(internal)?;
        let more = runs.len() > limit;
        runs.truncate(limit);
        let edge = |run: Run| RunEdge {
            cursor: write_cursor(run.place()),
            node: run,
        };
        let edges: Vec<RunEdge> = Run::list(runs).into_iter().map(edge).collect();
        Ok(Self {
            job,
            page_info: PageInfo {
                has_previous_page: after.is_some(),
                has_next_page: more,
                start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            edges,
        })
    }
}

/// A page of the runs of a job.
#[Object]
impl RunConnection {
    /// The runs of this page with their cursors.
    async fn edges(&self) -> &[RunEdge] {
        &self.edges
    }

    /// The runs of this page.
    async fn nodes(&self) -> Vec<&Run> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many runs there are on all pages, and with `asOf` those that began later.
    async fn total(&self, ctx: &Context<'_>) -> Result<u64> {
        Ok(engine(ctx)?.catalog().run_count(self.job))
    }
}

/// Cursors name a run by its place in the history, so they stay good while runs come in.
fn write_cursor((first, id): (EventTime, Uuid)) -> String {
    format!("{}.{id}", first.0)
}

fn read_cursor(cursor: &str) -> Result<(EventTime, Uuid)> {
    let parsed = cursor
        .split_once('.')
        .and_then(|(time, run)| Some((EventTime(time.parse().ok()?), Uuid::parse_str(run).ok()?)));
    parsed.ok_or_else(|| {
        coded(
            "BAD_INPUT",
            format!("after: {cursor:?} is no cursor of this connection"),
        )
    })
}

//! `check` and `checks`: reports that `headwater check --store` sent.

use async_graphql::connection::PageInfo;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::checks::{Cursor, Head};

use super::impact::{ImpactReport, ImpactSummary, Verdict, affected_limit};
use super::refs::{coded, engine, internal};
use super::request::{budget, rows_of};
use super::search::page_size;

/// A check that was stored.
pub struct StoredCheck(Head);

/// The report of a `headwater check --store`, as it was when it was made.
#[Object]
impl StoredCheck {
    /// The same for good. It is made from what was sent, so the same check sent twice has one.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// When it was made, by the clock of who made it.
    async fn checked_at(&self) -> DateTime<Utc> {
        self.0.checked_at
    }

    /// When it was stored.
    async fn stored_at(&self) -> DateTime<Utc> {
        self.0.stored_at
    }

    /// Title of the pull request, or what the client called it.
    async fn title(&self) -> Option<&str> {
        self.0.context.title.as_deref()
    }

    /// The repository.
    async fn repository(&self) -> Option<&str> {
        self.0.context.repository.as_deref()
    }

    /// The branch that is to be merged.
    async fn branch(&self) -> Option<&str> {
        self.0.context.branch.as_deref()
    }

    /// The commit, or another ref of what was checked.
    async fn commit(&self) -> Option<&str> {
        self.0.context.commit.as_deref()
    }

    /// Where the pull request or the job is; `https` or `http`.
    async fn url(&self) -> Option<&str> {
        self.0.context.url.as_deref()
    }

    /// What followed.
    async fn verdict(&self) -> Verdict {
        self.0.verdict.into()
    }

    /// What the command exited with: 0 it may go in, 1 it should not, 2 it could not be told.
    async fn exit_code(&self) -> u8 {
        self.0.exit
    }

    /// Where the changes came from: `dbt`, `sql`, `openlineage`, `changes`.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// In figures.
    async fn summary(&self) -> ImpactSummary {
        self.0.summary.clone().into()
    }

    /// The whole report; null when it was deleted meanwhile to make room.
    #[graphql(complexity = "1_000 + rows_of(limit.unwrap_or(100)) * child_complexity")]
    async fn report(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "List at most this many affected for each change, 1 to 500; 100 unless given. Totals count all."
        )]
        limit: Option<i32>,
    ) -> Result<Option<ImpactReport>> {
        let limit = affected_limit(limit)?;
        let checks = engine(ctx)?.checks();
        let report = block_in_place(|| checks.report(&self.0.id)).map_err(internal)?;
        let report = report.map(|report| ImpactReport::new(report, limit));
        budget(ctx)?.charge(report.as_ref().map_or(0, ImpactReport::rows))?;
        Ok(report)
    }
}

/// A check with its cursor.
#[derive(SimpleObject)]
pub struct StoredCheckEdge {
    /// The check.
    pub node: StoredCheck,
    /// Its place.
    pub cursor: String,
}

/// A page of checks.
#[derive(SimpleObject)]
pub struct StoredCheckConnection {
    /// The checks of this page, the one stored last first.
    pub nodes: Vec<StoredCheck>,
    /// The same with their cursors.
    pub edges: Vec<StoredCheckEdge>,
    /// How many there are on all pages.
    pub total: usize,
    /// How many are kept at most (`checks.keep` of the settings); older ones were deleted.
    pub keep: usize,
    /// Where this page stands.
    pub page_info: PageInfo,
}

/// One check; none when its id is not there.
pub fn check(ctx: &Context<'_>, id: &str) -> Result<Option<StoredCheck>> {
    Ok(engine(ctx)?.checks().head(id).map(StoredCheck))
}

/// A page of checks.
///
/// # Errors
/// `BAD_INPUT` for what is no cursor or page size.
pub fn checks(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<StoredCheckConnection> {
    let first = page_size(first)?;
    let bad = |text: &str| {
        let message = format!("after: {text:?} is no cursor of this connection");
        coded("BAD_INPUT", message)
    };
    let after = after
        .map(|text| text.parse::<Cursor>().map_err(|()| bad(text)))
        .transpose()?;
    let checks = engine(ctx)?.checks();
    let page = checks.page(after, first);
    budget(ctx)?.charge(page.heads.len())?;
    let cursor = |head: &Head| head.cursor().to_string();
    Ok(StoredCheckConnection {
        page_info: PageInfo {
            has_previous_page: after.is_some(),
            has_next_page: page.more,
            start_cursor: page.heads.first().map(cursor),
            end_cursor: page.heads.last().map(cursor),
        },
        edges: page
            .heads
            .iter()
            .map(|head| StoredCheckEdge {
                cursor: cursor(head),
                node: StoredCheck(head.clone()),
            })
            .collect(),
        nodes: page.heads.into_iter().map(StoredCheck).collect(),
        total: page.total,
        keep: checks.limits().keep,
    })
}

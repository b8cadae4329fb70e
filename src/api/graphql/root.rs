//! The root of what can be asked.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::catalog::NOW;
use crate::openlineage;

use super::as_of::as_of_time;
use super::checks::{StoredCheck, StoredCheckConnection, check, checks};
use super::contracts::{
    self, ConsumerConnection, Contract, ExceptionRule, Layer, Violation, ViolationConnection,
    ViolationFilter, ViolationHistory,
};
use super::entities::{Dataset, Job, Page, RetiredEntities, Run};
use super::impact::{ChangeInput, ImpactReport, impact};
use super::ingest::{EMITTERS, Emitter, LoggedEvent};
use super::lineage::{
    Lineage, LineageDiff, Question, depth, lineage, lineage_diff, list_cost, node_limit, path,
    row_limit,
};
use super::neighbourhood::{Expansion, GraphPart, Neighbourhood, neighbourhood};
use super::refs::{Direction, JobRef, NodeRef, coded, engine, internal};
use super::request::{list_complexity, rows_of};
use super::search::{SearchConnection, SearchFilterInput, run};
use super::search_counts::{SearchCounts, search_counts};
use super::status::{Status, status};
use super::summary::{GraphSummary, graph_summary};

/// What can be asked.
pub struct Query;

/// What can be asked. A list is whole unless `limit` or `first` cuts it, and its count stands beside
/// it. Errors have a `code`: `BAD_INPUT`, `NOT_FOUND`, `RETIRED`, `INTERNAL`, and where there is no data beside
/// the error, `TOO_LARGE` (the answer would hold too much: set limits) and `DEADLINE` (it took too
/// long).
#[Object]
impl Query {
    /// A dataset by any of its names; null when no event has named it, or none by `asOf`.
    async fn dataset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Namespace, as sent by the producer.")] namespace: String,
        #[graphql(desc = "Name, as sent by the producer.")] name: String,
        #[graphql(
            desc = "Its columns and neighbours as of this event time, and theirs; those of now unless given."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Option<Dataset>> {
        let engine = engine(ctx)?;
        let catalog = engine.catalog();
        let as_of = as_of_time(catalog, as_of)?;
        let Some(id) = catalog.dataset_id(&namespace, &name) else {
            return Ok(None);
        };
        if let Some(at) = as_of {
            let since = block_in_place(|| catalog.dataset_since(id)).map_err(internal)?;
            if since.is_some_and(|since| since > at) {
                return Ok(None);
            }
        }
        Ok(Dataset::new(engine, id).map(|found| found.seen_as_of(as_of)))
    }

    /// Datasets of which it is in doubt what is another name of them (`Dataset.identity` says why),
    /// by namespace and name; all unless `limit` is given.
    #[graphql(complexity = "list_complexity(rows_of(limit.unwrap_or(1_000)), child_complexity)")]
    async fn ambiguous_datasets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many.")] limit: Option<i32>,
        #[graphql(desc = "Leave out this many at the start.")] offset: Option<i32>,
    ) -> Result<Vec<Dataset>> {
        let ids = engine(ctx)?.catalog().in_doubt();
        Dataset::list(ctx, &Page { limit, offset }.cut(ids)?, None)
    }

    /// How many datasets `ambiguousDatasets` has.
    async fn ambiguous_dataset_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(engine(ctx)?.catalog().in_doubt().len())
    }

    /// What was retired (`POST /api/v1/retire`): it is in no search and has no current lineage.
    async fn retired(&self) -> RetiredEntities {
        RetiredEntities
    }

    /// A job by its name; null when no event has named it, or none by `asOf`.
    async fn job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Namespace of the job.")] namespace: String,
        #[graphql(desc = "Name of the job.")] name: String,
        #[graphql(
            desc = "What it read and wrote as of this event time, and its runs that had begun; those of now unless given."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Option<Job>> {
        let catalog = engine(ctx)?.catalog();
        let as_of = as_of_time(catalog, as_of)?;
        let Some(id) = catalog.job_id(&namespace, &name) else {
            return Ok(None);
        };
        if let Some(at) = as_of {
            let seen = block_in_place(|| catalog.job(id)).map_err(internal)?.seen;
            if seen.is_some_and(|seen| seen.0 > at) {
                return Ok(None);
            }
        }
        Ok(Some(Job::named(id, namespace, name).seen_as_of(as_of)))
    }

    /// The runs with an id; one id may be shared by several jobs.
    #[graphql(complexity = "list_complexity(25, child_complexity)")]
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A UUID, or what the producer named the run instead.")]
        run_id: async_graphql::ID,
    ) -> Result<Vec<Run>> {
        let (id, _) = openlineage::run_id(&run_id);
        let catalog = engine(ctx)?.catalog();
        let runs = block_in_place(|| catalog.runs_with_id(id)).map_err(internal)?;
        Ok(Run::list(runs))
    }

    /// Finds datasets, columns and jobs by parts of names, prefixes, with typing mistakes.
    #[graphql(complexity = "list_complexity(rows_of(first.unwrap_or(20)), child_complexity)")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Plain words; no query language.")] query: String,
        #[graphql(desc = "Narrows the search.")] filter: Option<SearchFilterInput>,
        #[graphql(desc = "How many, 1 to 500; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to go on.")] after: Option<String>,
    ) -> Result<SearchConnection> {
        let engine = engine(ctx)?;
        block_in_place(|| {
            run(
                engine,
                &query,
                filter.unwrap_or_default(),
                first,
                after.as_deref(),
            )
        })
    }

    /// How the hits of a search split up by kind, layer, namespace, owner and tag. Values of a list
    /// that `filter` narrows are counted without that list, so that one sees what else there is.
    #[graphql(complexity = "1_000 + child_complexity")]
    async fn search_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Plain words; no query language.")] query: String,
        #[graphql(desc = "Narrows the search.")] filter: Option<SearchFilterInput>,
    ) -> Result<SearchCounts> {
        let engine = engine(ctx)?;
        block_in_place(|| search_counts(engine, &query, filter.unwrap_or_default()))
    }

    /// A part of the graph as it is drawn: datasets, and jobs that have only inputs or only
    /// outputs, with all edges among them and among their columns.
    #[graphql(complexity = "list_cost(Some(limit.unwrap_or(2_000)), child_complexity)")]
    async fn neighbourhood(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where to draw how far, 6,000 at most.", default)] expand: Vec<
            Expansion,
        >,
        #[graphql(desc = "Draw all datasets of a part of the graph too.")] part: Option<GraphPart>,
        #[graphql(desc = "At most this many nodes, 1 to 20,000; 2,000 unless given.")]
        limit: Option<i32>,
        #[graphql(
            desc = "The lineage that was current at this event time; that of now unless given."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Neighbourhood> {
        block_in_place(|| {
            let as_of = as_of_time(engine(ctx)?.catalog(), as_of)?;
            neighbourhood(ctx, &expand, part.as_ref(), limit, as_of)
        })
    }

    /// The whole graph in groups by layer and namespace.
    #[graphql(complexity = "10_000 + child_complexity")]
    async fn graph_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The lineage that was current at this event time; that of now unless given."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<GraphSummary> {
        block_in_place(|| {
            let as_of = as_of_time(engine(ctx)?.catalog(), as_of)?;
            graph_summary(ctx, as_of)
        })
    }

    /// Everything upstream or downstream of a node. Lineage of a dataset or job holds datasets and
    /// the jobs between them; lineage of a column holds columns.
    #[graphql(complexity = "list_cost(limit, child_complexity)")]
    async fn lineage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to start.")] node: NodeRef,
        #[graphql(desc = "Which way to walk.")] direction: Direction,
        #[graphql(desc = "Hops from dataset to dataset, or column to column; all unless given.")]
        max_depth: Option<i32>,
        #[graphql(desc = "List at most this many nodes; total counts all the same.")] limit: Option<
            i32,
        >,
        #[graphql(
            desc = "The lineage that was current at this event time; that of now unless given."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Lineage> {
        let (depth, limit) = (depth(max_depth)?, node_limit(limit)?);
        block_in_place(|| {
            let engine = engine(ctx)?;
            let as_of = as_of_time(engine.catalog(), as_of)?;
            let start = node.find(engine)?;
            lineage(ctx, start, direction.into(), depth, limit, as_of)
        })
    }

    /// What differs between the lineage of a node at two times: nodes, edges with the reason, and
    /// columns of the datasets that are there at both. Lists are cut at `limit`; their totals are
    /// not.
    #[graphql(complexity = "list_cost(limit.or(Some(1_000)), child_complexity)")]
    #[allow(clippy::too_many_arguments)] // they are the arguments of the query
    async fn lineage_diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to start.")] node: NodeRef,
        #[graphql(desc = "Which way to walk.")] direction: Direction,
        #[graphql(desc = "The earlier event time.")] from: DateTime<Utc>,
        #[graphql(desc = "The later event time; now unless given.")] to: Option<DateTime<Utc>>,
        #[graphql(desc = "Hops from dataset to dataset, or column to column; all unless given.")]
        max_depth: Option<i32>,
        #[graphql(desc = "List at most this many in each list, 1 to 10,000; 1,000 unless given.")]
        limit: Option<i32>,
    ) -> Result<LineageDiff> {
        let (max_depth, limit) = (depth(max_depth)?, row_limit(limit)?);
        block_in_place(|| {
            let engine = engine(ctx)?;
            let from = as_of_time(engine.catalog(), Some(from))?.unwrap_or(NOW);
            let ask = Question {
                start: node.find(engine)?,
                direction: direction.into(),
                max_depth,
                limit,
                from,
                to: as_of_time(engine.catalog(), to)?,
            };
            lineage_diff(ctx, &ask)
        })
    }

    /// A shortest path along the flow of data, both ends included; no nodes when there is none.
    /// Between a column and a dataset or job, the column's dataset is taken. Where none is found
    /// between two columns, `boundary` lists where column lineage ends downstream of the first: there
    /// may be a path beyond. Where one is found, `boundary` is empty.
    #[graphql(complexity = "list_cost(Some(1_000), child_complexity)")]
    async fn path(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The upstream end.")] from: NodeRef,
        #[graphql(desc = "The downstream end.")] to: NodeRef,
        #[graphql(
            desc = "The lineage that was current at this event time; that of now unless given."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Lineage> {
        block_in_place(|| {
            let engine = engine(ctx)?;
            let as_of = as_of_time(engine.catalog(), as_of)?;
            let (from, to) = (from.find(engine)?, to.find(engine)?);
            path(ctx, from, to, as_of)
        })
    }

    /// What changes would do to who is observed to depend on what they change: the findings, the
    /// worst first, and a verdict by the section `check` of the server's policy, or by its
    /// defaults. Nothing is changed by asking.
    #[graphql(complexity = "1_000 + rows_of(limit.unwrap_or(100)) * child_complexity")]
    async fn impact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes, 1 to 1,000, that go in together.")] changes: Vec<
            ChangeInput,
        >,
        #[graphql(
            desc = "Jobs that are changed along with them, so that what they read today does not count."
        )]
        adapted: Option<Vec<JobRef>>,
        #[graphql(
            desc = "List at most this many affected for each change, 1 to 500; 100 unless given. Totals count all."
        )]
        limit: Option<i32>,
    ) -> Result<ImpactReport> {
        block_in_place(|| impact(ctx, changes, adapted.unwrap_or_default(), limit))
    }

    /// A stored check by its id; null when it is not there: it was never stored here, or was deleted
    /// when there were too many.
    #[graphql(complexity = "1_000 + child_complexity")]
    async fn check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id, the end of its link.")] id: async_graphql::ID,
    ) -> Result<Option<StoredCheck>> {
        check(ctx, &id)
    }

    /// The stored checks, the one stored last first.
    #[graphql(complexity = "list_complexity(rows_of(first.unwrap_or(20)), child_complexity)")]
    async fn checks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 500; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to go on.")] after: Option<String>,
    ) -> Result<StoredCheckConnection> {
        checks(ctx, first, after.as_deref())
    }

    /// An event of the log with its receipt; null when there is none of that number.
    #[graphql(complexity = "1_000 + child_complexity")]
    async fn event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its place in the log, the seq of its receipt.")] seq: u64,
    ) -> Result<Option<LoggedEvent>> {
        let engine = engine(ctx)?;
        let receipt = block_in_place(|| engine.stored_receipt(seq)).map_err(internal)?;
        Ok(receipt.map(Into::into))
    }

    /// Totals by producer, most events first. How many there are, and whether all events are
    /// counted, stands in `status`.
    #[graphql(complexity = "list_complexity(rows_of(limit.unwrap_or(100)), child_complexity)")]
    async fn emitters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "List at most this many; 100 unless given.")] limit: Option<i32>,
    ) -> Result<Vec<Emitter>> {
        let limit = limit.map_or(Ok(EMITTERS), usize::try_from);
        let limit = limit.map_err(|_| coded("BAD_INPUT", "limit: must not be negative"))?;
        let emitters = engine(ctx)?.emitters().emitters.into_iter();
        Ok(emitters.take(limit).map(Into::into).collect())
    }

    /// How the server stands.
    #[graphql(complexity = "1_000 + child_complexity")]
    async fn status(&self, ctx: &Context<'_>) -> Result<Status> {
        Ok(status(engine(ctx)?))
    }

    /// The layers of the policy in order of flow, then the unclassified. Without a policy this and
    /// what follows is the error `NO_POLICY`.
    #[graphql(complexity = "list_complexity(20, child_complexity)")]
    async fn layers(&self, ctx: &Context<'_>) -> Result<Vec<Layer>> {
        contracts::layers(ctx)
    }

    /// When violations were opened and closed, as this server saw it: of one, or of all.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn violation_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The violation; all of them unless given.")] id: Option<async_graphql::ID>,
        #[graphql(desc = "How many; 25 unless given.")] first: Option<i32>,
        #[graphql(desc = "Leave out this many of the latest.")] offset: Option<i32>,
    ) -> Result<ViolationHistory> {
        contracts::history(ctx, id.as_ref(), first, offset)
    }

    /// What the policy lets break contracts for a while, in its order, those that ended among them.
    #[graphql(complexity = "50 + 50 * child_complexity")]
    async fn exceptions(&self, ctx: &Context<'_>) -> Result<Vec<ExceptionRule>> {
        contracts::exceptions(ctx)
    }

    /// The contracts of the policy, in its order.
    #[graphql(complexity = "list_complexity(100, child_complexity)")]
    async fn contracts(&self, ctx: &Context<'_>) -> Result<Vec<Contract>> {
        contracts::contracts(ctx)
    }

    /// Who only reads: by entries of the policy, by their own facet, and exposures of dbt.
    #[graphql(complexity = "list_complexity(rows_of(first.unwrap_or(20)), child_complexity)")]
    async fn consumers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 500; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to go on.")] after: Option<String>,
    ) -> Result<ConsumerConnection> {
        let held = contracts::evaluated(ctx, None)?;
        ConsumerConnection::page(ctx, &held, first, after.as_deref())
    }

    /// What breaks contracts, the gravest first. With `asOf` the lineage of then is held against the
    /// policy, facets and names of now.
    #[graphql(complexity = "list_complexity(rows_of(first.unwrap_or(20)), child_complexity)")]
    async fn violations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the list.")] filter: Option<ViolationFilter>,
        #[graphql(desc = "How many, 1 to 500; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to go on.")] after: Option<String>,
        #[graphql(desc = "What was broken at this event time; now unless given.")] as_of: Option<
            DateTime<Utc>,
        >,
    ) -> Result<ViolationConnection> {
        let held = contracts::evaluated(ctx, as_of)?;
        contracts::page(
            ctx,
            &held,
            &filter.unwrap_or_default(),
            first,
            after.as_deref(),
        )
    }

    /// One violation by its id; null when it is not there.
    #[graphql(complexity = "1_000 + child_complexity")]
    async fn violation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: async_graphql::ID,
        #[graphql(desc = "As it was at this event time; now unless given.")] as_of: Option<
            DateTime<Utc>,
        >,
    ) -> Result<Option<Violation>> {
        contracts::one(&contracts::evaluated(ctx, as_of)?, &id)
    }
}

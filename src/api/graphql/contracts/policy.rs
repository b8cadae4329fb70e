//! The policy as it holds, its layers, contracts and consumers.

use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::{ComplexObject, Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::task::block_in_place;

use crate::contract::policy::{NameSelector, Patterns};
use crate::contract::{self, Told};
use crate::engine::{Engine, Evaluated};

use super::super::refs::coded;
use super::super::request::budget;
use super::super::search::page_size;
use super::violation::{Severity, Subject};

/// The policy of the server.
#[derive(SimpleObject)]
pub struct PolicyStatus {
    /// The file that it was read from.
    pub file: String,
    /// Tells versions of the file apart.
    pub hash: String,
    /// When it was read.
    pub loaded_at: DateTime<Utc>,
    /// What is wrong with the file as it stands now, each with its place; then the policy is that of
    /// before. Empty when all is well.
    pub problems: Vec<String>,
    /// The last event that contracts have seen; null until they were looked at.
    pub evaluated_seq: Option<u64>,
    /// How long the last look took, milliseconds.
    pub evaluation_ms: Option<f64>,
    /// Why contracts were not looked at the last time; null when all is well.
    pub broken: Option<String>,
}

/// Of the policy that holds; none without one.
pub fn policy_status(engine: &Engine) -> Option<PolicyStatus> {
    let loaded = engine.policy()?;
    let found = engine.contracts();
    Some(PolicyStatus {
        file: loaded.file.display().to_string(),
        hash: loaded.hash.clone(),
        loaded_at: loaded.at.into(),
        problems: engine
            .policy_failure()
            .map(|failure| failure.problems)
            .unwrap_or_default(),
        evaluated_seq: found.as_ref().map(|found| found.seq),
        evaluation_ms: found
            .as_ref()
            .map(|found| found.took.as_secs_f64() * 1_000.0),
        broken: engine.contracts_broken(),
    })
}

/// A layer of the policy.
#[derive(SimpleObject)]
pub struct Layer {
    /// Its name; null for what no entry of `classify` matches.
    pub name: Option<String>,
    /// `raw`, `staging`, `intermediate`, `mart` or `other`; null for the unclassified.
    pub kind: Option<&'static str>,
    /// Layers that its datasets may be made from.
    pub reads: Vec<String>,
    /// What it is for.
    pub doc: Option<String>,
    /// How many datasets are in it, consumers left out.
    pub dataset_count: usize,
}

impl Layer {
    /// All of the policy in order of flow, then the unclassified.
    pub fn all(held: &Evaluated) -> Vec<Self> {
        let world = &held.world;
        let mut counts = vec![0; world.policy.layers.len()];
        let mut unclassified = 0;
        for id in world.datasets() {
            if world.is_consumer(contract::Subject::Dataset(id)) {
                continue;
            }
            match world
                .layer(id)
                .and_then(|layer| counts.get_mut(usize::from(layer)))
            {
                Some(count) => *count += 1,
                None => unclassified += 1,
            }
        }
        let layers = world.policy.layers.iter().zip(counts);
        let named = |id: &u16| world.policy.layer(*id).map(|layer| layer.name.clone());
        let layers = layers.map(|(layer, dataset_count)| Self {
            name: Some(layer.name.clone()),
            kind: Some(layer.kind.as_str()),
            reads: layer.reads.iter().filter_map(named).collect(),
            doc: layer.doc.clone(),
            dataset_count,
        });
        layers
            .chain([Self {
                name: None,
                kind: None,
                reads: Vec::new(),
                doc: None,
                dataset_count: unclassified,
            }])
            .collect()
    }
}

/// A contract of the policy.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Contract {
    #[graphql(skip)]
    held: Arc<Evaluated>,
    #[graphql(skip)]
    at: usize,
    /// Its name.
    pub name: String,
    /// Its rule; `docs/CONTRACTS.md` says what it means.
    pub rule: &'static str,
    /// How grave it is when it is broken.
    pub severity: Severity,
    /// Why it is there.
    pub doc: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Violations that no exception excuses.
    pub open_count: usize,
    /// Violations that an exception excuses.
    pub excepted_count: usize,
    /// There are more violations than are listed (100,000).
    pub truncated: bool,
}

impl Contract {
    /// By its place in the policy.
    pub fn new(held: &Arc<Evaluated>, at: usize) -> Self {
        let contract = &held.world.policy.contracts[at];
        let own = held.violations.iter().filter(|found| found.contract == at);
        let (excepted, open): (Vec<_>, Vec<_>) = own.partition(|found| found.excepted.is_some());
        Self {
            name: contract.name.clone(),
            rule: contract.rule.name.as_str(),
            severity: contract.severity.into(),
            doc: contract.doc.clone(),
            owner: contract.owner.clone(),
            open_count: open.len(),
            excepted_count: excepted.len(),
            truncated: held.cut.contains(&at),
            held: Arc::clone(held),
            at,
        }
    }
}

#[ComplexObject]
impl Contract {
    /// How many datasets it is about at present; of `consumers_read_marts` and `keeps_columns` how many
    /// consumers. 0 where its patterns match nothing that is known, as with a typing error, or where
    /// nothing of the kind is there yet.
    async fn selected(&self) -> usize {
        let selected = block_in_place(|| self.held.selected().get(self.at).copied());
        selected.map_or(0, contract::Selected::count)
    }
}

/// What the policy lets break contracts for a while.
#[derive(SimpleObject)]
pub struct ExceptionRule {
    /// The contracts.
    pub contracts: Vec<String>,
    /// Who may break them: patterns of namespaces and names, as the file has them.
    pub subject: NamePatterns,
    /// With what; null for anything.
    pub object: Option<NamePatterns>,
    /// Why.
    pub reason: String,
    /// Who sees to it that it ends.
    pub owner: String,
    /// Who allowed it.
    pub approved_by: String,
    /// The last day on which it holds.
    pub until: String,
    /// The end of that day: from then on it holds no more.
    pub ends: Option<DateTime<Utc>>,
    /// It holds no more.
    pub ended: bool,
    /// How many violations it excuses now; 0 where it can be taken out of the file.
    pub excuses: usize,
}

/// Patterns of namespaces and names; empty lists match all.
#[derive(SimpleObject)]
pub struct NamePatterns {
    /// Of namespaces.
    pub namespace: Vec<String>,
    /// Of names.
    pub name: Vec<String>,
}

impl From<&NameSelector> for NamePatterns {
    fn from(selector: &NameSelector) -> Self {
        let texts = |patterns: &Patterns| -> Vec<String> {
            patterns.0.iter().map(|glob| glob.text.clone()).collect()
        };
        Self {
            namespace: texts(&selector.namespace),
            name: texts(&selector.name),
        }
    }
}

impl ExceptionRule {
    /// All of the policy, in its order.
    pub fn all(held: &Evaluated) -> Vec<Self> {
        let policy = &held.world.policy;
        let mut excuses = vec![0; policy.exceptions.len()];
        for at in held.violations.iter().filter_map(|one| one.excepted) {
            if let Some(count) = excuses.get_mut(at) {
                *count += 1;
            }
        }
        let named = |at: &usize| policy.contracts.get(*at).map(|one| one.name.clone());
        let all = policy.exceptions.iter().zip(excuses);
        all.map(|(one, excuses)| Self {
            contracts: one.contracts.iter().filter_map(named).collect(),
            subject: (&one.subject).into(),
            object: one.object.as_ref().map(NamePatterns::from),
            reason: one.reason.clone(),
            owner: one.owner.clone(),
            approved_by: one.approved_by.clone(),
            until: one.until_day.clone(),
            ends: one.ends.to_utc(),
            ended: one.ends <= held.world.now,
            excuses,
        })
        .collect()
    }
}

/// Columns of a dataset that a consumer depends on.
#[derive(SimpleObject)]
pub struct ColumnsUsed {
    /// The dataset.
    pub dataset: Subject,
    /// The columns, by name.
    pub columns: Vec<String>,
}

/// How it is known that something is a consumer.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsumerSource {
    /// An entry of `consumers` in the policy.
    Policy,
    /// Its own facet `headwater_consumer`.
    Facet,
    /// The `dbt_exposures` facet of what it reads.
    Dbt,
}

/// Who only reads: a dashboard, a report, an export …
pub struct Consumer {
    held: Arc<Evaluated>,
    at: usize,
}

/// Who only reads: a dashboard, a report, an export …
#[Object]
impl Consumer {
    /// Who.
    async fn subject(&self) -> Subject {
        Subject::new(&self.held, self.consumer().who)
    }

    /// What it is: dashboard, report …
    async fn kind(&self) -> &str {
        &self.consumer().kind
    }

    /// How that is known.
    async fn source(&self) -> ConsumerSource {
        match self.consumer().told {
            Told::Policy(_) => ConsumerSource::Policy,
            Told::Facet => ConsumerSource::Facet,
            Told::Dbt => ConsumerSource::Dbt,
        }
    }

    /// Whose it is.
    async fn owners(&self) -> Vec<String> {
        let owners = self.held.world.owners(self.consumer().who);
        owners.into_iter().map(str::to_owned).collect()
    }

    /// Datasets that it reads, by namespace and name.
    async fn reads(&self, ctx: &Context<'_>) -> Result<Vec<Subject>> {
        let reads = self.held.world.reads(self.consumer().who);
        budget(ctx)?.charge(reads.len())?;
        let there = reads.into_iter().map(|(id, _)| id);
        let there = there.filter(|id| self.held.world.dataset(*id).is_some());
        Ok(self
            .by_name(there)
            .into_iter()
            .map(|id| Subject::new(&self.held, contract::Subject::Dataset(id)))
            .collect())
    }

    /// Columns that it depends on: those that the policy says, and those that column lineage tells.
    /// Looked at where a contract has the rule `keeps_columns`, otherwise empty; datasets of which
    /// no column is known to be read are left out.
    async fn depends_on(&self, ctx: &Context<'_>) -> Result<Vec<ColumnsUsed>> {
        let world = &self.held.world;
        let mut used = Vec::new();
        let reads = world.reads(self.consumer().who).into_iter();
        for id in self.by_name(reads.map(|(id, _)| id)) {
            let columns = world.depends_on(self.consumer(), id);
            budget(ctx)?.charge(columns.len() + 1)?;
            if !columns.is_empty() && world.told.columns.contains_key(&id) {
                used.push(ColumnsUsed {
                    dataset: Subject::new(&self.held, contract::Subject::Dataset(id)),
                    columns: columns.into_iter().collect(),
                });
            }
        }
        Ok(used)
    }
}

impl Consumer {
    /// Numbers of datasets are given in order of arrival, which plays no part.
    fn by_name(&self, datasets: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut datasets: Vec<u32> = datasets.collect();
        let world = &self.held.world;
        datasets.sort_by_key(|id| world.name(contract::Subject::Dataset(*id)));
        datasets
    }

    fn consumer(&self) -> &contract::Consumer {
        &self.held.world.consumers[self.at]
    }
}

/// A page of consumers.
#[derive(SimpleObject)]
pub struct ConsumerConnection {
    /// The consumers.
    pub nodes: Vec<Consumer>,
    /// How many there are.
    pub total: usize,
    /// Where the page ends.
    pub page_info: PageInfo,
}

impl ConsumerConnection {
    /// A page, by namespace and name.
    ///
    /// # Errors
    /// `BAD_INPUT` for what is no cursor or no page size.
    pub fn page(
        ctx: &Context<'_>,
        held: &Arc<Evaluated>,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self> {
        let first = page_size(first)?;
        let world = &held.world;
        let mut order: Vec<usize> = (0..world.consumers.len()).collect();
        order.sort_by_key(|&at| (world.name(world.consumers[at].who), world.consumers[at].who));
        let from = match after {
            None => 0,
            Some(cursor) => cursor_of(cursor)? + 1,
        };
        let places: Vec<usize> = order.iter().copied().skip(from).take(first).collect();
        budget(ctx)?.charge(places.len())?;
        let end = from + places.len();
        let node = |&at: &usize| Consumer {
            held: Arc::clone(held),
            at,
        };
        Ok(Self {
            nodes: places.iter().map(node).collect(),
            total: order.len(),
            page_info: PageInfo {
                has_previous_page: from > 0,
                has_next_page: end < order.len(),
                start_cursor: (!places.is_empty()).then(|| from.to_string()),
                end_cursor: (!places.is_empty()).then(|| (end - 1).to_string()),
            },
        })
    }
}

fn cursor_of(text: &str) -> Result<usize> {
    let place = text.parse::<usize>().ok().filter(|place| *place < 1 << 40);
    place.ok_or_else(|| {
        let message = format!("after: {text:?} is no cursor of this connection");
        coded("BAD_INPUT", message)
    })
}

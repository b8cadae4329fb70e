//! The schemas of one dataset over time, read into memory to be looked at.

use std::collections::BTreeSet;

use ahash::{HashMap, HashSet};

use crate::openlineage::facets::{self, Field};
use crate::openlineage::{ContentHash, EventTime};
use crate::project::schema::{ComparedColumn, SchemaChanges, ToldSchema, changes, compare};
use crate::store::StoreError;

use super::names::DatasetId;
use super::state::State;

/// Changes of a dataset's schema that are looked at; older ones are told as left out.
const MAX_CHANGES: usize = 2_000;

/// A column as schemas list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedColumn {
    /// Its path.
    pub name: String,
    /// Its type.
    pub data_type: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// What schemas say at one time.
#[derive(Debug, Default)]
pub struct Listed {
    /// The columns that there are, in order.
    pub columns: Vec<ListedColumn>,
    /// Columns that were listed once and that no source lists any more.
    pub removed: HashSet<String>,
}

/// The schema of a dataset from one time to another, as all its sources tell it together.
#[derive(Debug, Clone)]
pub struct SchemaVersion {
    /// Since when.
    pub from: EventTime,
    /// When the next one began; `None` while it holds.
    pub to: Option<EventTime>,
    /// Its columns in order.
    pub columns: Vec<ListedColumn>,
    /// What differs from the version before; in the first one all columns are added.
    pub changes: SchemaChanges,
    /// The sources whose telling began it.
    pub sources: Vec<ToldBy>,
}

/// A source that began to tell another schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldBy {
    /// Which (see [`super::schemas::teller`]).
    pub source: u64,
    /// What differs from what it told itself before; in what it told first all columns are added.
    pub changes: SchemaChanges,
}

struct Line {
    source: u64,
    schemas: Vec<ToldSchema>,
    /// Times with the schema from then on, ascending.
    changes: Vec<(EventTime, usize)>,
}

impl Line {
    /// The schema at a time: its rank among the sources (the least is asked first), and its place.
    ///
    /// A source that changed what it tells knows more than one that never did, and the latest
    /// change most; among those that never changed the one that spoke first. So a type does not
    /// change because one more reader of a table spells it otherwise.
    fn at(&self, time: EventTime) -> Option<((bool, i64, ContentHash), usize)> {
        let at = self.changes.partition_point(|change| change.0 <= time);
        let (since, schema) = *self.changes.get(at.checked_sub(1)?)?;
        let hash = self.schemas[schema].0;
        let rank = match at {
            1 => (true, since.0, hash),
            _ => (false, since.0.saturating_neg(), hash),
        };
        Some((rank, schema))
    }
}

/// All schemas that were ever told of a dataset.
pub struct Timeline {
    lines: Vec<Line>,
    bodies: HashMap<ContentHash, Vec<Field>>,
}

impl Timeline {
    /// Columns and their order, types and descriptions at a time. Where sources disagree the one
    /// that changed last counts.
    pub fn at(&self, time: EventTime) -> Listed {
        let mut current: Vec<_> = self
            .lines
            .iter()
            .filter_map(|line| {
                let (rank, schema) = line.at(time)?;
                Some((rank, line.schemas[schema].0))
            })
            .collect();
        current.sort_unstable();
        let mut listed = Listed::default();
        let mut places: HashMap<&str, usize> = HashMap::default();
        let mut read = HashSet::default();
        for field in current
            .iter()
            .filter(|(_, hash)| read.insert(*hash))
            .flat_map(|(_, hash)| self.fields(hash))
        {
            let Some(&at) = places.get(&*field.path) else {
                places.insert(&field.path, listed.columns.len());
                listed.columns.push(ListedColumn {
                    name: field.path.clone(),
                    data_type: field.data_type.clone(),
                    description: field.description.clone(),
                });
                continue;
            };
            let column = &mut listed.columns[at];
            if column.data_type.is_none() {
                column.data_type.clone_from(&field.data_type);
            }
            if column.description.is_none() {
                column.description.clone_from(&field.description);
            }
        }
        for (hash, told) in self.lines.iter().flat_map(|line| &line.schemas) {
            if told.whole().first > time || !read.insert(*hash) {
                continue;
            }
            let gone = self.fields(hash).iter().map(|field| &field.path);
            let gone = gone.filter(|path| !places.contains_key(path.as_str()));
            listed.removed.extend(gone.cloned());
        }
        listed
    }

    /// Whether a source told several schemas in turn, so that which of them held is a convention.
    #[cfg(test)]
    pub fn takes_turns(&self) -> bool {
        self.lines.iter().any(|line| {
            let all = line.schemas.iter().enumerate();
            let spans: Vec<_> = all
                .flat_map(|(at, schema)| schema.1.iter().map(move |span| (at, span)))
                .collect();
            spans.iter().any(|(a, one)| {
                let mut others = spans.iter().filter(|(b, _)| a != b);
                others.any(|(_, two)| two.first <= one.last && one.first <= two.last)
            })
        })
    }

    fn fields(&self, hash: &ContentHash) -> &[Field] {
        self.bodies.get(hash).map(Vec::as_slice).unwrap_or_default()
    }

    /// When the last source stopped listing a column, by a time.
    pub fn removed_at(&self, column: &str, time: EventTime) -> Option<EventTime> {
        let lists = |line: &Line, schema: usize| {
            let fields = self.fields(&line.schemas[schema].0);
            fields.iter().any(|field| field.path == column)
        };
        let left = self.lines.iter().filter_map(|line| {
            let known = line.changes.partition_point(|change| change.0 <= time);
            let known = &line.changes[..known];
            let last = known.iter().rposition(|&(_, schema)| lists(line, schema))?;
            Some(known.get(last + 1)?.0)
        });
        left.max()
    }

    /// All versions, the first first, and whether older ones were left out.
    pub fn versions(&self) -> (Vec<SchemaVersion>, bool) {
        let mut times = self.times_of_change();
        let cut = times.len().saturating_sub(MAX_CHANGES);
        let mut versions: Vec<SchemaVersion> = Vec::new();
        for (time, sources) in times.drain(cut..) {
            let columns = self.at(time).columns;
            let before = versions.last().map(|last| last.columns.as_slice());
            if before == Some(&columns) {
                continue;
            }
            let sources = sources.into_iter().map(|source| self.told_by(source, time));
            let sources: Vec<ToldBy> = sources.collect();
            let mut changes = compare(&compared(before.unwrap_or_default()), &compared(&columns));
            // A column that only others list any more goes to the end; that is no other order.
            changes.reordered = before.is_some() && sources.iter().any(|one| one.changes.reordered);
            if let Some(last) = versions.last_mut() {
                last.to = Some(time);
            }
            versions.push(SchemaVersion {
                from: time,
                to: None,
                columns,
                changes,
                sources,
            });
        }
        (versions, cut > 0)
    }

    /// What a source told otherwise at a time than before.
    fn told_by(&self, source: u64, time: EventTime) -> ToldBy {
        let mut changes = SchemaChanges::default();
        for line in self.lines.iter().filter(|line| line.source == source) {
            let Ok(at) = line.changes.binary_search_by_key(&time, |change| change.0) else {
                continue;
            };
            let of = |at: usize| fields_compared(self.fields(&line.schemas[line.changes[at].1].0));
            let before = at.checked_sub(1).map(of).unwrap_or_default();
            changes = compare(&before, &of(at));
        }
        ToldBy { source, changes }
    }

    /// Times at which the columns may have changed, ascending, and the sources that changed then. A
    /// source that begins with what another one is telling already changes nothing.
    fn times_of_change(&self) -> Vec<(EventTime, Vec<u64>)> {
        let mut first: HashMap<ContentHash, EventTime> = HashMap::default();
        let mut once: HashMap<ContentHash, bool> = HashMap::default();
        for line in &self.lines {
            for (at, &(time, schema)) in line.changes.iter().enumerate() {
                let hash = line.schemas[schema].0;
                let held = first.entry(hash).or_insert(time);
                *held = (*held).min(time);
                // Told from then on, by somebody who told nothing else.
                let stays = at == 0 && line.changes.len() == 1;
                *once.entry(hash).or_insert(true) &= stays;
            }
        }
        let mut times: Vec<(EventTime, u64)> = Vec::new();
        for line in &self.lines {
            for (at, &(time, schema)) in line.changes.iter().enumerate() {
                let hash = &line.schemas[schema].0;
                let echo = at == 0 && once[hash] && first[hash] < time;
                if !echo {
                    times.push((time, line.source));
                }
            }
        }
        times.sort_unstable();
        let groups = times.chunk_by(|a, b| a.0 == b.0);
        groups
            .map(|group| (group[0].0, group.iter().map(|one| one.1).collect()))
            .collect()
    }
}

/// Columns in the form in which they are compared.
pub fn compared(columns: &[ListedColumn]) -> Vec<ComparedColumn<'_>> {
    let columns = columns.iter().map(|column| ComparedColumn {
        name: &column.name,
        data_type: column.data_type.as_deref(),
        description: column.description.as_deref(),
    });
    columns.collect()
}

fn fields_compared(fields: &[Field]) -> Vec<ComparedColumn<'_>> {
    let columns = fields.iter().map(|field| ComparedColumn {
        name: &field.path,
        data_type: field.data_type.as_deref(),
        description: field.description.as_deref(),
    });
    columns.collect()
}

impl State {
    /// The schemas of a dataset over time. With `older` all of them, else the latest of each source
    /// and of those sources that changed, what they told before.
    pub fn timeline(&self, id: DatasetId) -> Result<Timeline, StoreError> {
        let (mut lines, mut hashes) = (Vec::new(), BTreeSet::new());
        let id = self.identity.canonical(id);
        let mut sources = Vec::new();
        for &member in self.identity.members(&id) {
            let told = self.schema_sources(member)?;
            sources.extend(
                told.into_iter()
                    .map(|(source, latest)| (member, source, latest)),
            );
        }
        for (member, source, latest) in sources {
            let mut schemas = vec![(latest.hash, latest.told)];
            if latest.others > 0 {
                schemas.extend(self.older_schemas(member, source)?);
            }
            hashes.extend(schemas.iter().map(|schema| schema.0));
            let changes = changes(&schemas);
            lines.push(Line {
                source,
                schemas,
                changes,
            });
        }
        let mut bodies = HashMap::default();
        for hash in hashes {
            if let Some(body) = self.facet_body(&hash)? {
                bodies.insert(hash, facets::schema(&body));
            }
        }
        Ok(Timeline { lines, bodies })
    }
}

//! Reading a statement: from what the catalog knows of its datasets to the edges between their
//! columns. A function of its argument alone, so that it can be done beside the catalog's lock.

use crate::openlineage::{ContentHash, content_hash};

use super::names::DatasetId;

/// Gaps of one statement that are kept.
#[cfg(feature = "sql")]
const MAX_GAPS: usize = 50;

/// A statement, and everything that it is read with.
#[derive(Debug)]
pub struct Statement {
    pub(super) id: u32,
    pub(super) content: ContentHash,
    /// Hash of all that it is read with.
    pub(super) fingerprint: ContentHash,
    /// Its text; `None` when it was too long to be kept.
    pub(super) query: Option<String>,
    pub(super) dialect: Option<String>,
    pub(super) relations: Vec<Relation>,
    /// The place in `relations` of what it made.
    pub(super) target: usize,
}

/// A dataset that a statement may name.
#[derive(Debug)]
pub(super) struct Relation {
    pub dataset: DatasetId,
    /// Namespace and name of each of its names.
    pub names: Vec<(String, String)>,
    pub columns: Vec<String>,
}

impl Relation {
    pub fn shown(&self) -> &str {
        self.names.first().map_or("", |(_, name)| name)
    }
}

/// Something that could not be read from a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// A short word for programs.
    pub code: String,
    /// What is missing, and why.
    pub message: String,
}

impl Gap {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }

    pub(super) fn column(dataset: &str, column: &str) -> Self {
        let message = format!(
            "no event names a column {column} of {dataset}, so no edge is drawn to it; a schema facet of {dataset} would make it known"
        );
        Self::new("UNLISTED_COLUMN", message)
    }
}

/// An edge that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadEdge {
    /// Place of the source in the statement's relations.
    pub relation: usize,
    pub from: String,
    /// `None` for all columns of what was made.
    pub to: Option<String>,
    pub transformations: Vec<String>,
    pub direct: bool,
    pub indirect: bool,
}

/// What came of a statement.
#[derive(Debug)]
pub struct Reading {
    pub(super) statement: Statement,
    pub(super) dialect: &'static str,
    pub(super) edges: Vec<ReadEdge>,
    pub(super) gaps: Vec<Gap>,
}

impl Statement {
    pub(super) fn hash(&self) -> ContentHash {
        let mut bytes = self.fingerprint.to_vec();
        let mut text = |text: &str| {
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        };
        for relation in &self.relations {
            text(&relation.dataset.to_string());
            text(&relation.names.len().to_string());
            for (namespace, name) in &relation.names {
                text(namespace);
                text(name);
            }
            text(&relation.columns.len().to_string());
            relation.columns.iter().for_each(|column| text(column));
        }
        text(&self.target.to_string());
        content_hash(&bytes)
    }

    /// Reads it.
    #[cfg(not(feature = "sql"))]
    pub fn read(self) -> Reading {
        Reading {
            statement: self,
            dialect: "",
            edges: Vec::new(),
            gaps: vec![Gap::new(
                "NOT_BUILT",
                "this server was built without the feature sql; SQL is not read",
            )],
        }
    }
}

#[cfg(feature = "sql")]
mod with_sql {
    use super::{Gap, MAX_GAPS, ReadEdge, Reading, Relation, Statement};
    use crate::sql::{Context, Dialect, StatementLineage, Target, Use, Verb, read};

    impl Statement {
        /// Reads it.
        pub fn read(self) -> Reading {
            let dialect = self.read_as();
            let mut reading = Reading {
                dialect: dialect.name(),
                edges: Vec::new(),
                gaps: Vec::new(),
                statement: self,
            };
            let Some(query) = reading.statement.query.clone() else {
                let message = "the statement was too long to be kept, and is not read";
                reading.gaps.push(Gap::new("TOO_LARGE", message));
                return reading;
            };
            let context = Context {
                dialect,
                relations: reading.statement.relations.iter().map(known).collect(),
                ..Context::default()
            };
            let target = reading.statement.target;
            for statement in made(&query, context, target) {
                note(&mut reading, &statement, target);
            }
            reading.gaps.sort();
            reading.gaps.dedup();
            let more = reading.gaps.len().saturating_sub(MAX_GAPS);
            if more > 0 {
                reading.gaps.truncate(MAX_GAPS);
                let message = format!("{more} more gaps of this statement are not listed");
                reading.gaps.push(Gap::new("MORE_GAPS", message));
            }
            reading
        }

        /// The dialect that is told, else that of the datasets.
        fn read_as(&self) -> Dialect {
            let told = self.dialect.as_deref().and_then(Dialect::named);
            let target = self.relations.get(self.target).into_iter();
            let names = target
                .chain(&self.relations)
                .flat_map(|relation| &relation.names);
            let mut of_names = names.filter_map(|(namespace, _)| Dialect::of_namespace(namespace));
            told.or_else(|| of_names.next()).unwrap_or_default()
        }
    }

    /// The statements of a text that made the target: those that name it, or, where none writes
    /// anything, its one query. Others that could not be read may have, so they count too.
    fn made(query: &str, mut context: Context, target: usize) -> Vec<StatementLineage> {
        let all = read(query, &context);
        let writes = |s: &StatementLineage| s.target.is_some();
        let queries = all.iter().filter(|s| s.verb == Verb::Query).count();
        if queries == 1 && !all.iter().any(writes) {
            context.target = Some(target);
            return read(query, &context);
        }
        let telling = |s: &StatementLineage| {
            s.target == Some(Target::Known(target)) || s.target.is_none() && !s.gaps.is_empty()
        };
        let (told, others): (Vec<_>, Vec<_>) = all.into_iter().partition(telling);
        if told.iter().any(writes) {
            return told;
        }
        let elsewhere = others.into_iter().filter(writes).map(|mut statement| {
            statement.columns.clear();
            statement.indirect.clear();
            statement
        });
        told.into_iter().chain(elsewhere).collect()
    }

    fn note(reading: &mut Reading, statement: &StatementLineage, target: usize) {
        let told = statement.gaps.iter();
        reading.gaps.extend(told.map(|gap| {
            let message = format!("line {}: {gap}", statement.line);
            Gap::new(gap.code(), message)
        }));
        match &statement.target {
            Some(Target::Known(written)) if *written == target => {}
            Some(_) => {
                let shown = reading.statement.relations[target].shown();
                let message = format!(
                    "line {}: no statement writes {shown} by a name that is known here",
                    statement.line
                );
                reading.gaps.push(Gap::new("OTHER_TARGET", message));
                return;
            }
            None => return,
        }
        if statement.more_columns && statement.gaps.is_empty() {
            let message = format!(
                "line {}: a star over columns that are not all known",
                statement.line
            );
            reading.gaps.push(Gap::new("UNKNOWN_POSITIONS", message));
        }
        for column in &statement.columns {
            let sources = column.sources.iter();
            reading
                .edges
                .extend(sources.map(|source| edge(source, Some(column.name.clone()))));
        }
        reading
            .edges
            .extend(statement.indirect.iter().map(|source| edge(source, None)));
    }

    fn edge(source: &Use, to: Option<String>) -> ReadEdge {
        let words = source.kinds.words();
        ReadEdge {
            relation: source.relation,
            from: source.column.clone(),
            to,
            transformations: words
                .map(|(kind, subtype)| format!("{kind}/{subtype}"))
                .collect(),
            direct: source.kinds.is_direct(),
            indirect: source.kinds.is_indirect(),
        }
    }

    /// A dataset as SQL may name it. Paths are no names: a statement over files names a view.
    fn known(relation: &Relation) -> crate::sql::Relation {
        let names = relation.names.iter().map(|(_, name)| name);
        let names = names.filter(|name| !name.contains('/'));
        crate::sql::Relation {
            names: names.map(|name| parts(name)).collect(),
            columns: relation.columns.clone(),
            complete: false,
        }
    }

    /// The parts of a dataset's name, without quotes.
    fn parts(name: &str) -> Vec<String> {
        let (mut parts, mut part, mut quote) = (Vec::new(), String::new(), None);
        for c in name.chars() {
            match (quote, c) {
                (Some(end), c) if c == end => quote = None,
                (None, '"' | '`') => quote = Some(c),
                (None, '[') if part.is_empty() => quote = Some(']'),
                (None, '.') => parts.push(std::mem::take(&mut part)),
                (_, c) => part.push(c),
            }
        }
        parts.push(part);
        parts
    }
}

#[cfg(all(test, feature = "sql"))]
mod tests {
    use super::*;

    #[test]
    fn gaps_that_are_not_listed_are_counted() {
        let unknown: Vec<String> = (0..60).map(|n| format!("unknown_{n}")).collect();
        let relation = |dataset, name: &str| Relation {
            dataset,
            names: vec![("ns".to_owned(), name.to_owned())],
            columns: vec!["id".to_owned()],
        };
        let statement = Statement {
            id: 0,
            content: ContentHash::default(),
            fingerprint: ContentHash::default(),
            query: Some(format!("select t.id from t, {}", unknown.join(", "))),
            dialect: None,
            relations: vec![relation(0, "out"), relation(1, "t")],
            target: 0,
        };
        let reading = statement.read();
        let last = reading.gaps.last().unwrap();
        assert_eq!(reading.gaps.len(), MAX_GAPS + 1);
        assert_eq!(last.code, "MORE_GAPS");
        assert!(last.message.starts_with("10 more"), "{}", last.message);
    }
}

//! The demo estate as it is used: every reference of the description resolved
//! and checked, landed tables and topics made from their sources.
//!
//! Nothing here knows of events or of days.

use std::collections::{BTreeMap, BTreeSet};

use super::describe::{
    Arrival, ColumnEntry, DashboardEntry, Description, Engine, ExposureEntry, JoinKind, Layer,
    ModelEntry, SourceEntry, Story, TestEntry,
};
use super::error::EstateError;
use super::expr::references;
use super::names::{Names, converted, load_time};
use super::types::{connect_type, landed_name, snowflake_type};

/// The checked estate.
#[derive(Debug)]
pub(super) struct Estate {
    pub(super) company: String,
    pub(super) days: usize,
    /// By `system.table`.
    pub(super) datasets: BTreeMap<String, Dataset>,
    /// Sources that something loads, in the order described.
    pub(super) loads: Vec<Load>,
    /// Every model after all that it reads.
    pub(super) models: Vec<Model>,
    pub(super) story: Story,
    pub(super) dashboards: Vec<DashboardEntry>,
    pub(super) exposures: Vec<ExposureEntry>,
}

/// One dataset: its identity and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Dataset {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) layer: Layer,
    pub(super) about: String,
    /// The owner as it is told, such as `team:finance`.
    pub(super) owner: String,
    /// Rows on the first day.
    pub(super) rows: u64,
    pub(super) columns: Vec<ColumnEntry>,
}

/// How a source gets into its RAW table.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) source: String,
    pub(super) by: Arrival,
    /// Debezium only.
    pub(super) topic: Option<String>,
    pub(super) lands_in: String,
}

/// One job that computes one dataset.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) dataset: String,
    pub(super) engine: Engine,
    pub(super) plain_lineage: bool,
    /// What it reads; the first is the FROM.
    pub(super) inputs: Vec<Input>,
    pub(super) filter: Option<String>,
    pub(super) group_by: Option<String>,
    pub(super) having: Option<String>,
    pub(super) tests: Vec<TestEntry>,
}

/// One dataset that a model reads.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) dataset: String,
    pub(super) alias: String,
    /// Kind and condition, of all but the first.
    pub(super) join: Option<(JoinKind, String)>,
}

impl Model {
    /// The dataset that `alias` stands for.
    pub(super) fn input(&self, alias: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.alias == alias)
    }
}

impl Estate {
    /// Resolves and checks a description.
    pub(super) fn new(description: Description) -> Result<Self, EstateError> {
        let file = description.estate;
        let mut estate = Self {
            company: file.company.name,
            days: file.company.days,
            datasets: BTreeMap::new(),
            loads: Vec::new(),
            models: Vec::new(),
            story: file.story,
            dashboards: file.dashboard,
            exposures: file.exposure,
        };
        let names = Names {
            systems: &file.systems,
            teams: &file.teams,
        };
        for source in description.sources {
            estate.add_source(&names, source)?;
        }
        for model in description.models {
            estate.add_model(&names, model)?;
        }
        for dashboard in &mut estate.dashboards {
            let place = format!("dashboard `{}`", dashboard.name);
            dashboard.owner = names.team(&dashboard.owner, &place)?;
            for read in &dashboard.reads {
                known(&estate.datasets, read, &place)?;
            }
        }
        for exposure in &mut estate.exposures {
            let place = format!("exposure `{}`", exposure.name);
            exposure.owner = names.team(&exposure.owner, &place)?;
            for read in &exposure.reads {
                let mut models = estate.models.iter();
                if !models.any(|model| model.engine == Engine::Dbt && &model.dataset == read) {
                    let problem = format!("`{read}` is no dbt model");
                    return Err(EstateError::invalid(place, problem));
                }
            }
        }
        estate.check_story()?;
        Ok(estate)
    }

    /// The dataset that the (checked) key names.
    pub(super) fn dataset(&self, key: &str) -> Result<&Dataset, EstateError> {
        known(&self.datasets, key, "a reference")
    }

    fn add(&mut self, key: &str, dataset: Dataset, place: &str) -> Result<(), EstateError> {
        let mut seen = BTreeSet::new();
        for column in &dataset.columns {
            if !seen.insert(column.name.as_str()) {
                let problem = format!("column `{}` stands there twice; keep one", column.name);
                return Err(EstateError::invalid(place, problem));
            }
        }
        if self.datasets.insert(key.to_owned(), dataset).is_some() {
            let problem = format!("`{key}` is described twice; remove one");
            return Err(EstateError::invalid(place, problem));
        }
        Ok(())
    }

    fn add_source(&mut self, names: &Names<'_>, entry: SourceEntry) -> Result<(), EstateError> {
        let place = format!("source `{}`", entry.dataset);
        let source = names.dataset(
            &entry.dataset,
            &entry.about,
            &entry.owner,
            entry.rows,
            &place,
        )?;
        if let Some(column) = entry.columns.iter().find(|column| column.sql.is_some()) {
            let problem = format!("column `{}` has sql; only models compute", column.name);
            return Err(EstateError::invalid(place, problem));
        }
        let Some(lands_in) = entry.lands_in else {
            if entry.arrives != Arrival::Produced {
                return Err(EstateError::invalid(place, "it arrives, so say `lands_in`"));
            }
            return self.add(
                &entry.dataset,
                Dataset {
                    columns: entry.columns,
                    ..source
                },
                &place,
            );
        };
        if (entry.arrives == Arrival::Debezium) != entry.topic.is_some() {
            let problem = "`topic` goes with `arrives = \"debezium\"`, and only with it";
            return Err(EstateError::invalid(place, problem));
        }
        if let Some(topic) = &entry.topic {
            let about = format!("Changes of {}, as Debezium captures them.", source.name);
            let made = names.dataset(topic, &about, "platform", entry.rows, &place)?;
            let columns = converted(&entry.columns, connect_type, str::to_owned, &place)?;
            self.add(topic, Dataset { columns, ..made }, &place)?;
        }
        let about = format!("{} As landed from {}.", entry.about, source.name);
        let landed = names.dataset(&lands_in, &about, "platform", entry.rows, &place)?;
        let mut columns = converted(&entry.columns, snowflake_type, landed_name, &place)?;
        columns.push(load_time(entry.arrives));
        self.add(&lands_in, Dataset { columns, ..landed }, &place)?;
        self.add(
            &entry.dataset,
            Dataset {
                columns: entry.columns,
                ..source
            },
            &place,
        )?;
        self.loads.push(Load {
            source: entry.dataset,
            by: entry.arrives,
            topic: entry.topic,
            lands_in,
        });
        Ok(())
    }

    fn add_model(&mut self, names: &Names<'_>, entry: ModelEntry) -> Result<(), EstateError> {
        let place = format!("model `{}`", entry.dataset);
        let made = names.dataset(
            &entry.dataset,
            &entry.about,
            &entry.owner,
            entry.rows,
            &place,
        )?;
        let mut inputs = vec![Input {
            dataset: entry.from.dataset,
            alias: entry.from.alias,
            join: None,
        }];
        inputs.extend(entry.join.into_iter().map(|join| Input {
            dataset: join.dataset,
            alias: join.alias,
            join: Some((join.how, join.on)),
        }));
        let model = Model {
            dataset: entry.dataset,
            engine: entry.engine,
            plain_lineage: entry.plain_lineage,
            inputs,
            filter: entry.filter,
            group_by: entry.group_by,
            having: entry.having,
            tests: entry.tests,
        };
        self.check_expressions(&model, &entry.columns, &place)?;
        check_tests(&model, &entry.columns, self.days, &place)?;
        self.add(
            &model.dataset,
            Dataset {
                columns: entry.columns,
                ..made
            },
            &place,
        )?;
        self.models.push(model);
        Ok(())
    }

    /// Every `alias.column` of the model must be a column of an input.
    fn check_expressions(
        &self,
        model: &Model,
        columns: &[ColumnEntry],
        place: &str,
    ) -> Result<(), EstateError> {
        for input in &model.inputs {
            known(&self.datasets, &input.dataset, place)?;
            if let Some((_, on)) = &input.join {
                self.check_sql(model, on, &format!("{place}, join of `{}`", input.dataset))?;
            }
        }
        let clauses = [
            ("where", &model.filter),
            ("group_by", &model.group_by),
            ("having", &model.having),
        ];
        for (clause, sql) in clauses {
            if let Some(sql) = sql {
                self.check_sql(model, sql, &format!("{place}, {clause}"))?;
            }
        }
        for column in columns {
            let place = format!("{place}, column `{}`", column.name);
            let Some(sql) = &column.sql else {
                return Err(EstateError::invalid(place, "say its `sql`"));
            };
            self.check_sql(model, sql, &place)?;
        }
        Ok(())
    }

    fn check_sql(&self, model: &Model, sql: &str, place: &str) -> Result<(), EstateError> {
        for reference in references(sql) {
            let Some(input) = model.input(&reference.alias) else {
                let problem = format!(
                    "`{}.{}`: no input has the alias `{}`; add it to from or join",
                    reference.alias, reference.column, reference.alias
                );
                return Err(EstateError::invalid(place, problem));
            };
            let dataset = known(&self.datasets, &input.dataset, place)?;
            if !dataset
                .columns
                .iter()
                .any(|column| column.name == reference.column)
            {
                let problem = format!("`{}` has no column `{}`", input.dataset, reference.column);
                return Err(EstateError::invalid(place, problem));
            }
        }
        Ok(())
    }

    fn check_story(&self) -> Result<(), EstateError> {
        let Story {
            failure,
            rename,
            late,
        } = &self.story;
        for (place, day) in [
            ("story.failure", failure.day),
            ("story.rename", rename.day),
            ("story.late", late.day),
        ] {
            if day + 1 >= self.days {
                let last = self.days.saturating_sub(1);
                let problem = format!("day {day} must come before the last day, {last}");
                return Err(EstateError::invalid(place, problem));
            }
        }
        if !self
            .models
            .iter()
            .any(|m| m.engine == Engine::Dbt && m.dataset == failure.model)
        {
            let problem = format!("`{}` is no dbt model", failure.model);
            return Err(EstateError::invalid("story.failure", problem));
        }
        if !self
            .models
            .iter()
            .any(|m| m.engine == Engine::Spark && m.dataset == late.job)
        {
            let problem = format!("`{}` is no Spark model", late.job);
            return Err(EstateError::invalid("story.late", problem));
        }
        let dataset = known(&self.datasets, &rename.dataset, "story.rename")?;
        let has = |name: &str| dataset.columns.iter().any(|column| column.name == name);
        if !has(&rename.new) || has(&rename.old) {
            let problem = format!(
                "`{}` must be described with the new name `{}` and without `{}`",
                rename.dataset, rename.new, rename.old
            );
            return Err(EstateError::invalid("story.rename", problem));
        }
        Ok(())
    }
}

fn check_tests(
    model: &Model,
    columns: &[ColumnEntry],
    days: usize,
    place: &str,
) -> Result<(), EstateError> {
    for test in &model.tests {
        let place = format!("{place}, test `{}`", test.test);
        if let Some(name) = &test.column
            && !columns.iter().any(|column| &column.name == name)
        {
            let problem = format!("the model has no column `{name}`");
            return Err(EstateError::invalid(place, problem));
        }
        if let Some(day) = test.fails_on.iter().find(|day| **day >= days) {
            let problem = format!("it fails on day {day}, but there are {days} days from 0");
            return Err(EstateError::invalid(place, problem));
        }
    }
    Ok(())
}

fn known<'a>(
    datasets: &'a BTreeMap<String, Dataset>,
    key: &str,
    place: &str,
) -> Result<&'a Dataset, EstateError> {
    datasets.get(key).ok_or_else(|| {
        let problem = format!("no entry before this one describes `{key}`; check its spelling");
        EstateError::invalid(place, problem)
    })
}

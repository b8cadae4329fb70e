//! What contracts look at of datasets and jobs, kept in memory and read anew when it changed.

use std::sync::Arc;

use ahash::{HashMap, HashSet};

use crate::catalog::{Catalog, DatasetTest, Entity, LookedAt, NOW};
use crate::contract::{
    DatasetFacts, Facts, JobFacts, ToldColumn, ToldOf, ToldTest, ToldVersion, World,
};
use crate::openlineage::EventTime;
use crate::store::StoreError;

/// Datasets or jobs that are read under one lock.
const CHUNK: usize = 512;

/// What was read, of those that are no more too.
#[derive(Default)]
pub struct Known {
    datasets: Vec<Option<Arc<DatasetFacts>>>,
    jobs: Vec<Option<Arc<JobFacts>>>,
    columns: HashMap<u32, Arc<Vec<ToldColumn>>>,
    tests: HashMap<u32, Arc<Vec<DatasetTest>>>,
    versions: HashMap<u32, Arc<Vec<ToldVersion>>>,
}

impl Known {
    /// Facts of all that is there; what was touched is read anew.
    ///
    /// # Errors
    /// When the store fails; then what was touched has to be told again.
    pub fn refresh(
        &mut self,
        catalog: &Catalog,
        touched: &HashSet<Entity>,
    ) -> Result<Facts, StoreError> {
        let present = catalog.present();
        for entity in touched {
            match *entity {
                Entity::Dataset(id) | Entity::Columns(id) | Entity::DatasetFacts(id) => {
                    let canonical = present.canonical.get(id as usize).copied();
                    for id in [Some(id), canonical].into_iter().flatten() {
                        forget(&mut self.datasets, id);
                        self.columns.remove(&id);
                        self.tests.remove(&id);
                        self.versions.remove(&id);
                    }
                }
                Entity::Job(id) | Entity::JobFacts(id) => forget(&mut self.jobs, id),
            }
        }
        self.datasets.resize(present.datasets.len(), None);
        self.jobs.resize(present.jobs.len(), None);
        let missing = missing(&self.datasets, &present.datasets);
        for ids in missing.chunks(CHUNK) {
            for (id, read) in ids.iter().zip(catalog.datasets_looked_at(ids)?) {
                let mut facts = DatasetFacts::read(&read.namespace, &read.name, facets(&read));
                facts.since = read.since;
                self.datasets[*id as usize] = Some(Arc::new(facts));
            }
        }
        let missing = self::missing(&self.jobs, &present.jobs);
        for ids in missing.chunks(CHUNK) {
            for (id, read) in ids.iter().zip(catalog.jobs_looked_at(ids)?) {
                let facts = JobFacts::read(&read.namespace, &read.name, facets(&read));
                self.jobs[*id as usize] = Some(Arc::new(facts));
            }
        }
        Ok(Facts {
            datasets: there(&self.datasets, &present.datasets),
            jobs: there(&self.jobs, &present.jobs),
            names: Arc::new(catalog.name_rules()),
        })
    }

    /// Tells a world what its contracts ask for.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tell(&mut self, catalog: &Catalog, world: &mut World) -> Result<(), StoreError> {
        let wants = world.wants();
        let mut told = ToldOf::default();
        for &id in &wants.columns {
            let held = match self.columns.get(&id) {
                Some(held) => Arc::clone(held),
                None => columns(catalog, id, NOW)?,
            };
            self.columns.insert(id, Arc::clone(&held));
            told.columns.insert(id, held);
        }
        told.written = written(catalog, &wants.written)?;
        for &id in &wants.tests {
            let held = match self.tests.get(&id) {
                Some(held) => Arc::clone(held),
                None => Arc::new(catalog.tests_of(id)?),
            };
            told.tests.insert(id, Arc::new(tests_at(&held, NOW)));
            self.tests.insert(id, held);
        }
        for &id in &wants.versions {
            let held = match self.versions.get(&id) {
                Some(held) => Arc::clone(held),
                None => versions(catalog, id, NOW)?,
            };
            self.versions.insert(id, Arc::clone(&held));
            told.versions.insert(id, held);
        }
        world.told = told;
        Ok(())
    }
}

/// Tells a world of an earlier time what its contracts ask for.
///
/// # Errors
/// When the store fails.
pub fn tell_as_of(catalog: &Catalog, world: &mut World) -> Result<(), StoreError> {
    let wants = world.wants();
    let mut told = ToldOf::default();
    for &id in &wants.columns {
        told.columns.insert(id, columns(catalog, id, world.now)?);
    }
    for ids in wants.written.chunks(CHUNK) {
        let times = catalog.last_written_by(ids, world.now)?;
        told.written.extend(ids.iter().copied().zip(times));
    }
    for &id in &wants.tests {
        let tests = tests_at(&catalog.tests_of(id)?, world.now);
        told.tests.insert(id, Arc::new(tests));
    }
    for &id in &wants.versions {
        told.versions.insert(id, versions(catalog, id, world.now)?);
    }
    world.told = told;
    Ok(())
}

/// Tests as of a time. Of one that was told before and after it, what it found then is not known.
fn tests_at(tests: &[DatasetTest], at: EventTime) -> Vec<ToldTest> {
    let held = tests.iter().filter(|test| test.first <= at);
    held.map(|test| ToldTest {
        name: test.name.clone(),
        column: test.column.clone(),
        last: test.last.min(at),
        success: test.success.filter(|_| test.last <= at),
    })
    .collect()
}

fn versions(
    catalog: &Catalog,
    id: u32,
    at: EventTime,
) -> Result<Arc<Vec<ToldVersion>>, StoreError> {
    let (versions, _) = catalog.schema_versions(id)?;
    let mut versions: Vec<ToldVersion> = versions
        .into_iter()
        .filter(|version| version.from <= at)
        .map(|version| ToldVersion {
            from: version.from,
            columns: version
                .columns
                .into_iter()
                .map(|column| (column.name, column.data_type))
                .collect(),
        })
        .collect();
    versions.sort_by_key(|version| version.from);
    Ok(Arc::new(versions))
}

fn columns(catalog: &Catalog, id: u32, at: EventTime) -> Result<Arc<Vec<ToldColumn>>, StoreError> {
    let columns = catalog.columns_at(id, at)?.into_iter();
    let columns = columns.map(|column| ToldColumn {
        ordinal: column.ordinal,
        name: column.name,
        data_type: column.data_type,
        removed: column.removed,
        removed_at: column.removed_at,
    });
    Ok(Arc::new(columns.collect()))
}

fn written(catalog: &Catalog, ids: &[u32]) -> Result<HashMap<u32, Option<EventTime>>, StoreError> {
    let mut written = HashMap::default();
    for ids in ids.chunks(CHUNK) {
        written.extend(ids.iter().copied().zip(catalog.last_written(ids)?));
    }
    Ok(written)
}

fn forget<T>(held: &mut [Option<T>], id: u32) {
    if let Some(held) = held.get_mut(id as usize) {
        *held = None;
    }
}

fn missing<T>(held: &[Option<T>], there: &[bool]) -> Vec<u32> {
    let all = (0..).zip(held).zip(there);
    let missing = all.filter(|((_, held), there)| **there && held.is_none());
    missing.map(|((id, _), _)| id).collect()
}

fn there<T: Clone>(held: &[Option<T>], there: &[bool]) -> Vec<Option<T>> {
    let all = held.iter().zip(there);
    all.map(|(held, there)| held.clone().filter(|_| *there))
        .collect()
}

fn facets(read: &LookedAt) -> impl Iterator<Item = (&str, &[u8])> {
    read.facets
        .iter()
        .map(|(name, json)| (name.as_str(), json.as_slice()))
}

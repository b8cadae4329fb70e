//! Which tests and measurements were told of each dataset: one record for each assertion and column,
//! so that a dataset with many tests costs an event only what it tells.
//!
//! A record says when the test was told first and last, and what the last telling found. Runs keep
//! the facets themselves ([`super::uses`]); this answers "is it tested" without looking at runs.

use std::sync::Arc;

use ahash::HashMap;

use crate::openlineage::facets::{assertions, metrics};
use crate::openlineage::{ContentHash, DatasetPart, EventTime, Facet};
use crate::store::StoreError;

use super::apply::Context;
use super::cache::Cache;
use super::handle::Catalog;
use super::keys;
use super::names::{DatasetId, StringId, Strings};
use super::state::{Entity, State, decode};

/// The facet that tells of tests.
const ASSERTIONS: &str = "dataQualityAssertions";
/// Facets that tell of measurements, the standard one first.
const METRICS: [&str; 2] = ["dataQualityMetrics", "dataQuality"];

/// What a measurement of rows is called among tests.
pub const ROW_COUNT: &str = "dataQualityMetrics.rowCount";
/// What a measurement of the last change is called among tests.
pub const LAST_UPDATED: &str = "dataQualityMetrics.lastUpdated";
/// What measurements of a column are called among tests.
pub const COLUMN_METRICS: &str = "dataQualityMetrics.columnMetrics";

/// A test of a dataset as it stands in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TestRecord {
    pub name: StringId,
    pub column: Option<StringId>,
    pub first: i64,
    /// The last telling: its time, the hash of the facet (which decides between two at one time),
    /// and whether the test held then.
    pub last: (i64, [u8; 16], Option<bool>),
}

/// A test or measurement of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetTest {
    /// What is tested as the producer calls it, or [`ROW_COUNT`] and the like.
    pub name: String,
    /// The column; `None` for the whole dataset.
    pub column: Option<String>,
    /// Time of the first event that told it.
    pub first: EventTime,
    /// Time of the last one.
    pub last: EventTime,
    /// Whether it held then; `None` where that was not told, as for measurements.
    pub success: Option<bool>,
}

impl TestRecord {
    fn join(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// What one facet tells of tests, each once: where it lists a check in several ways, all have to hold.
fn told(facet: &Facet) -> Vec<(String, Option<String>, Option<bool>)> {
    if &*facet.name == ASSERTIONS {
        let mut all: Vec<_> = assertions(&facet.value)
            .into_iter()
            .map(|one| (one.assertion, one.column, one.success))
            .collect();
        all.sort();
        // `false` sorts before `true`, and not told before both.
        all.dedup_by(|later, first| {
            let same = (&later.0, &later.1) == (&first.0, &first.1);
            if same && later.2 == Some(false) {
                first.2 = Some(false);
            }
            same
        });
        return all;
    }
    let read = metrics(&facet.value);
    let whole = |name: &str, there: bool| there.then(|| (name.to_owned(), None, None));
    let columns = read.columns.into_iter();
    whole(ROW_COUNT, read.row_count.is_some())
        .into_iter()
        .chain(whole(LAST_UPDATED, read.last_updated.is_some()))
        .chain(columns.map(|one| (COLUMN_METRICS.to_owned(), Some(one.column), None)))
        .collect()
}

/// A test by its dataset, its name and its column.
pub(super) type TestKey = (DatasetId, StringId, Option<StringId>);

/// One check of a facet: its name, its column, whether it held.
type Check = (StringId, Option<StringId>, Option<bool>);

/// Checks of facets that are remembered, all together.
const REMEMBERED: usize = 65_536;

/// What is in memory of tests.
pub(super) struct Tested {
    pub records: Cache<TestKey, TestRecord>,
    /// What facets tell, by their hash: a model that is built each hour is tested in the same way
    /// each hour, and reading that anew took as long as the rest of its event. Bodies of one hash
    /// are the same, and of another name read another way.
    read: HashMap<(ContentHash, bool), Arc<[Check]>>,
    remembered: usize,
}

impl Tested {
    pub fn new(room: usize) -> Self {
        Self {
            records: Cache::new(room),
            read: HashMap::default(),
            remembered: 0,
        }
    }

    fn remember(&mut self, key: (ContentHash, bool), checks: &Arc<[Check]>) {
        if self.remembered >= REMEMBERED {
            self.read.clear();
            self.remembered = 0;
        }
        self.remembered += checks.len() + 1;
        self.read.insert(key, Arc::clone(checks));
    }
}

impl State {
    /// Takes note of the tests that an event tells of a dataset.
    pub fn told_tests(
        &mut self,
        id: DatasetId,
        part: &DatasetPart,
        context: Context,
    ) -> Result<(), StoreError> {
        let tells = |facet: &&Facet| {
            let name = &*facet.name;
            !facet.deleted && (name == ASSERTIONS || METRICS.contains(&name))
        };
        for facet in part.facets.iter().chain(&part.io_facets).filter(tells) {
            for &(name, column, success) in &*self.checks(facet) {
                let record = TestRecord {
                    name,
                    column,
                    first: context.time.0,
                    last: (context.time.0, facet.hash, success),
                };
                self.told_test((id, name, column), record)?;
            }
        }
        Ok(())
    }

    fn checks(&mut self, facet: &Facet) -> Arc<[Check]> {
        let key = (facet.hash, &*facet.name == ASSERTIONS);
        if let Some(read) = self.tested.read.get(&key) {
            return Arc::clone(read);
        }
        let checks = told(facet).into_iter().map(|(name, column, success)| {
            let column = column.as_deref().map(|column| self.string(column));
            (self.string(&name), column, success)
        });
        let checks: Arc<[Check]> = checks.collect();
        self.tested.remember(key, &checks);
        checks
    }

    fn told_test(&mut self, key: TestKey, told: TestRecord) -> Result<(), StoreError> {
        let held = self.held_test(&key)?;
        let mut record = held.unwrap_or(told);
        record.join(&told);
        if held == Some(record) {
            return Ok(());
        }
        if held.is_none() {
            self.tested.records.fill(key, record);
        }
        if let Some(held) = self.tested.records.edit(key) {
            *held = record;
        }
        self.touched.insert(Entity::DatasetFacts(key.0));
        Ok(())
    }

    fn held_test(&mut self, key: &TestKey) -> Result<Option<TestRecord>, StoreError> {
        if let Some(held) = self.tested.records.get(key) {
            return Ok(Some(*held));
        }
        let Some(bytes) = self.records.get(&stored_under(&self.strings, key))? else {
            return Ok(None);
        };
        let record = decode(&bytes)?;
        self.tested.records.fill(*key, record);
        Ok(Some(record))
    }
}

/// Where a test stands in the store.
pub(super) fn stored_under(strings: &Strings, &(id, name, column): &TestKey) -> Vec<u8> {
    let text = |id| strings.text(id);
    keys::test(id, text(name), column.map(text))
}

impl Catalog {
    /// All tests that were ever told of a dataset by any of its names, by name and column.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tests_of(&self, id: DatasetId) -> Result<Vec<DatasetTest>, StoreError> {
        let state = self.state.read();
        let canonical = state.identity.canonical(id);
        let mut records: Vec<TestRecord> = Vec::new();
        for &member in state.identity.members(&canonical) {
            for pair in state.records.scan(&keys::by_id(keys::TESTS, member), None) {
                records.push(decode(&pair?.1)?);
            }
            let changed = state.tested.records.changed();
            let changed = changed.filter(|(key, _)| key.0 == member);
            records.extend(changed.map(|(_, record)| *record));
        }
        records.sort_by_key(|record| (record.name, record.column));
        records.dedup_by(|later, first| {
            let same = (later.name, later.column) == (first.name, first.column);
            if same {
                first.join(later);
            }
            same
        });
        let text = |id: StringId| state.strings.text(id).to_owned();
        let mut tests: Vec<DatasetTest> = records
            .into_iter()
            .map(|record| DatasetTest {
                name: text(record.name),
                column: record.column.map(text),
                first: EventTime(record.first),
                last: EventTime(record.last.0),
                success: record.last.2,
            })
            .collect();
        tests.sort_by(|a, b| (&a.name, &a.column).cmp(&(&b.name, &b.column)));
        Ok(tests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(name: &str, body: &str) -> Facet {
        Facet {
            name: name.to_owned().into(),
            value: body.to_owned().into_bytes().into(),
            hash: [0; 16],
            deleted: false,
        }
    }

    #[test]
    fn a_check_made_in_several_ways_holds_when_all_hold() {
        let body = r#"{"assertions": [
            {"assertion": "a", "success": true}, {"assertion": "a", "success": false},
            {"assertion": "a", "column": "x", "success": true},
            {"assertion": "b", "success": true}, {"assertion": "b"}]}"#;
        let found = told(&facet(ASSERTIONS, body));
        let one = |name: &str, column: Option<&str>, success| {
            (name.to_owned(), column.map(str::to_owned), success)
        };
        assert_eq!(
            found,
            [
                one("a", None, Some(false)),
                one("a", Some("x"), Some(true)),
                one("b", None, None)
            ]
        );
    }

    #[test]
    fn measurements_are_told_by_what_they_measure() {
        let body = r#"{"rowCount": 3, "columnMetrics": {"x": {"nullCount": 0}}}"#;
        let found = told(&facet("dataQualityMetrics", body));
        let names: Vec<_> = found
            .iter()
            .map(|one| (&*one.0, one.1.as_deref()))
            .collect();
        assert_eq!(names, [(ROW_COUNT, None), (COLUMN_METRICS, Some("x"))]);
    }
}

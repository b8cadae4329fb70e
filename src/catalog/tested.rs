//! Which tests and measurements were told of each dataset: one record for each assertion and column,
//! so that a dataset with many tests costs an event only what it tells.
//!
//! A record says when the test was told first and last, and what the last telling found. Runs keep
//! the facets themselves ([`super::uses`]); this answers "is it tested" without looking at runs.

use crate::openlineage::facets::{assertions, metrics};
use crate::openlineage::{DatasetPart, EventTime, Facet};
use crate::store::StoreError;

use super::apply::Context;
use super::handle::Catalog;
use super::keys;
use super::names::{DatasetId, StringId};
use super::state::{Entity, State, decode, encode};

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
            for (name, column, success) in told(facet) {
                let record = TestRecord {
                    name: self.string(&name),
                    column: column.as_deref().map(|column| self.string(column)),
                    first: context.time.0,
                    last: (context.time.0, facet.hash, success),
                };
                self.told_test(id, &name, column.as_deref(), record)?;
            }
        }
        Ok(())
    }

    fn told_test(
        &mut self,
        id: DatasetId,
        name: &str,
        column: Option<&str>,
        mut record: TestRecord,
    ) -> Result<(), StoreError> {
        let key = keys::test(id, name, column);
        if let Some(bytes) = self.records.get(&key)? {
            let held: TestRecord = decode(&bytes)?;
            record.join(&held);
            if record == held {
                return Ok(());
            }
        }
        self.records.put(key, encode(&record)?);
        self.touched.insert(Entity::DatasetFacts(id));
        Ok(())
    }
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
            name: name.into(),
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

//! What kind of test an assertion is, by its name: tests of dbt and its packages, expectations of
//! Great Expectations, checks of Soda and Elementary, and what metrics facets measure.
//!
//! `docs/CONTRACTS.md` has the same table. A policy adds names of its own with `test_kinds`.

use std::sync::LazyLock;

use super::policy::{Glob, Patterns, Policy};

/// What a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TestKind {
    /// Which columns there are and of which types.
    Schema,
    /// How many rows.
    Volume,
    /// How old the newest rows are.
    Freshness,
    /// That what is referred to is there.
    Referential,
    /// How values are spread.
    Distribution,
    /// That no two rows are the same.
    Uniqueness,
    /// That values are there.
    Completeness,
    /// That values are among those allowed.
    Validity,
}

impl TestKind {
    /// All of them with their words.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Schema, "schema"),
        (Self::Volume, "volume"),
        (Self::Freshness, "freshness"),
        (Self::Referential, "referential"),
        (Self::Distribution, "distribution"),
        (Self::Uniqueness, "uniqueness"),
        (Self::Completeness, "completeness"),
        (Self::Validity, "validity"),
    ];
    /// Their words.
    pub const WORDS: [&'static str; 8] = {
        let mut words = [""; 8];
        let mut at = 0;
        while at < words.len() {
            words[at] = Self::ALL[at].1;
            at += 1;
        }
        words
    };

    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, held)| *held == word).map(|(kind, _)| *kind)
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(kind, _)| *kind == self)
            .map_or("", |(_, word)| word)
    }
}

/// Names by kind, in lower case and without the package. A name may be of several kinds.
pub const NAMES: &[(TestKind, &[&str])] = &[
    (
        TestKind::Schema,
        &[
            "expect_table_columns_to_match_*",
            "expect_table_column_count_*",
            "expect_column_to_exist",
            "expect_column_values_to_be_of_type",
            "expect_column_values_to_be_in_type_list",
            "schema",
            "schema_changes*",
            "json_schema",
            "equality",
        ],
    ),
    (
        TestKind::Volume,
        &[
            "expect_table_row_count_*",
            "expect_grouped_row_count_*",
            "row_count*",
            "equal_rowcount",
            "fewer_rows_than",
            "volume*",
            "dataqualitymetrics.rowcount",
        ],
    ),
    (
        TestKind::Freshness,
        &[
            "recency",
            "freshness*",
            "event_freshness*",
            "expect_row_values_to_have_recent_data",
            "expect_grouped_row_values_to_have_recent_data",
            "dataqualitymetrics.lastupdated",
        ],
    ),
    (
        TestKind::Referential,
        &[
            "relationships*",
            "foreign_key*",
            "cardinality_equality",
            "referential*",
            "reference*",
        ],
    ),
    (
        TestKind::Distribution,
        &[
            "accepted_range",
            "column_anomalies",
            "all_columns_anomalies",
            "dimension_anomalies",
            "expect_column_{mean,median,stdev,sum,min,max,quantile}*",
            "expect_column_values_to_be_between",
            "expect_column_values_to_be_within_n_*",
            "expect_column_{value_z_scores,kl_divergence,chisquare,distinct_values,unique_value_count,proportion}*",
            "expect_column_most_common_value_*",
            "distribution*",
            "{avg,min,max,stddev,sum}(*",
            "dataqualitymetrics.columnmetrics",
        ],
    ),
    (
        TestKind::Uniqueness,
        &[
            "unique",
            "unique_*",
            "expect_column_values_to_be_unique",
            "expect_compound_columns_to_be_unique",
            "expect_select_column_values_to_be_unique_within_record",
            "duplicate_count*",
        ],
    ),
    (
        TestKind::Completeness,
        &[
            "not_null",
            "not_null_*",
            "not_empty_string",
            "at_least_one",
            "expect_column_values_to_not_be_null",
            "missing_count*",
            "missing_percent*",
        ],
    ),
    (
        TestKind::Validity,
        &[
            "accepted_values",
            "not_accepted_values",
            "expression_is_true",
            "expect_column_values_to_be_in_set",
            "expect_column_values_to_not_be_in_set",
            "expect_column_values_to_match_*",
            "expect_column_values_to_not_match_*",
            "expect_column_pair_values_*",
            "expect_column_value_lengths_*",
            "invalid_count*",
            "invalid_percent*",
        ],
    ),
];

static KNOWN: LazyLock<Vec<(TestKind, Patterns)>> = LazyLock::new(|| {
    let patterns = |names: &&[&str]| {
        let names = names.iter().filter_map(|name| Glob::new(name).ok());
        Patterns(names.collect())
    };
    let all = NAMES.iter();
    all.map(|(kind, names)| (*kind, patterns(names))).collect()
});

/// Packages whose name some producers put before that of a test with an underscore.
const PACKAGES: [&str; 4] = ["dbt_expectations_", "dbt_utils_", "elementary_", "dbt_"];

/// Whether a test is of a kind, by the names that a policy adds and by those that are known.
pub fn is_of(policy: &Policy, test: &str, kind: TestKind) -> bool {
    let own = policy.test_kinds.iter();
    let mut own = own.filter(|(held, _)| *held == kind);
    if own.any(|(_, names)| names.matches(test)) {
        return true;
    }
    let lower = test.to_lowercase();
    let known = KNOWN.iter().filter(|(held, _)| *held == kind);
    let bare = lower.rsplit_once('.').map_or(&*lower, |(_, bare)| bare);
    let bare = PACKAGES
        .iter()
        .find_map(|package| bare.strip_prefix(package))
        .unwrap_or(bare);
    known
        .flat_map(|(_, names)| [&*lower, bare].map(|name| names.matches(name)))
        .any(|matches| matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        let policy = Policy::read("version: 1\ntest_kinds: {volume: [\"our_rows_*\"]}\n");
        let policy = policy.unwrap_or_else(|problems| panic!("{problems:?}"));
        for (name, kind) in [
            ("not_null", TestKind::Completeness),
            ("dbt_utils.recency", TestKind::Freshness),
            ("dbt_utils_recency", TestKind::Freshness),
            ("expect_table_row_count_to_be_between", TestKind::Volume),
            (
                "dbt_expectations.expect_column_mean_to_be_between",
                TestKind::Distribution,
            ),
            ("relationships", TestKind::Referential),
            ("dataQualityMetrics.rowCount", TestKind::Volume),
            ("our_rows_are_many", TestKind::Volume),
            ("schema_changes_from_baseline", TestKind::Schema),
        ] {
            let kinds: Vec<TestKind> = TestKind::ALL
                .into_iter()
                .map(|(kind, _)| kind)
                .filter(|kind| is_of(&policy, name, *kind))
                .collect();
            assert_eq!(kinds, [kind], "{name}");
        }
        let none = |(kind, _)| !is_of(&policy, "our_own_rule_7", kind);
        assert!(TestKind::ALL.into_iter().all(none));
    }

    #[test]
    fn every_known_name_is_a_pattern() {
        for name in NAMES.iter().flat_map(|(_, names)| *names) {
            assert!(Glob::new(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_table_of_the_documentation_is_that_of_the_code() {
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CONTRACTS.md");
        let docs = std::fs::read_to_string(docs).unwrap_or_else(|error| panic!("{error}"));
        for (kind, names) in NAMES {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let row = format!("| {} | {} |", kind.as_str(), names.join(", "));
            assert!(docs.contains(&row), "docs/CONTRACTS.md lacks {row}");
        }
    }
}

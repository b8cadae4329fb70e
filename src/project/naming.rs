//! What of a name is spelling: SQL quotes, partition folders, a slash at the end, case where the
//! store does not tell cases apart.
//!
//! Pure functions of the name and the configured rules. Which rule holds for which namespace, and
//! by whose documentation, is told in `docs/IDENTITY.md`. What follows for the datasets of such
//! names is [`super::identity`] and [`crate::catalog`].

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::identity::{NameKind, name_kind};

/// Raised when the same settings come to mean something else: the catalog is then rebuilt.
const VERSION: u8 = 2;

/// Which spellings are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NameRules {
    /// `"db"."t"`, `` `db`.`t` `` and `[db].[t]` are `db.t`, but in file stores.
    pub strip_quotes: bool,
    /// In file stores `/t/dt=2026-01-01` is `/t`, and so is `/t/`.
    pub drop_partitions: bool,
    /// Beginnings of namespaces of stores that fold names to lower case, quoted or not.
    pub lower_case: Vec<String>,
    /// Beginnings of namespaces of stores that fold names to upper case unless they are quoted.
    pub upper_case: Vec<String>,
}

impl Default for NameRules {
    fn default() -> Self {
        let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
        Self {
            strip_quotes: true,
            drop_partitions: true,
            lower_case: owned(&["arn:aws:glue", "awsathena", "hive", "redshift", "trino"]),
            upper_case: owned(&["oracle", "snowflake"]),
        }
    }
}

/// How a store folds the case of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Lower,
    Upper,
}

/// A rule by which a name is a spelling of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameRule {
    /// It has SQL quotes.
    Quotes,
    /// It is a partition of a folder, or a file in one.
    Partition,
    /// It ends in a slash.
    Slash,
    /// It differs in case alone.
    Case,
}

/// A part of a dotted name.
struct Part<'n> {
    text: &'n str,
    quoted: bool,
}

impl NameRules {
    fn case(&self, namespace: &str) -> Case {
        let within = |all: &[String]| {
            all.iter().any(|start| {
                let rest = namespace.strip_prefix(start.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            })
        };
        if within(&self.lower_case) {
            Case::Lower
        } else if within(&self.upper_case) {
            Case::Upper
        } else {
            Case::Kept
        }
    }

    /// Whether a store does not tell names apart that differ in case alone.
    pub fn folds(&self, namespace: &str) -> bool {
        self.case(namespace) != Case::Kept
    }

    /// The name without what is spelling alone, but for its case.
    pub fn bare<'n>(&self, namespace: &str, name: &'n str) -> Cow<'n, str> {
        match name_kind(namespace) {
            NameKind::Storage if self.drop_partitions => Cow::Borrowed(folder(name)),
            NameKind::Logical if self.strip_quotes && has_quotes(name) => {
                let stripped = unquoted(name, self.case(namespace));
                stripped.map_or(Cow::Borrowed(name), Cow::Owned)
            }
            _ => Cow::Borrowed(name),
        }
    }

    /// What spellings of a bare name in other cases have in common; `None` where the store tells
    /// cases apart.
    pub fn case_key(&self, namespace: &str, bare: &str) -> Option<String> {
        match self.case(namespace) {
            Case::Kept => None,
            Case::Lower => Some(bare.to_ascii_lowercase()),
            Case::Upper => Some(match parts(bare).filter(|_| has_quotes(bare)) {
                Some(parts) => joined(&parts, |part| {
                    if part.quoted {
                        Cow::Owned(format!("\"{}\"", part.text))
                    } else {
                        Cow::Owned(part.text.to_ascii_uppercase())
                    }
                }),
                None => bare.to_ascii_uppercase(),
            }),
        }
    }

    /// By which rule a name that is not bare is a spelling of another; case, when it is bare.
    pub fn rule(&self, namespace: &str, name: &str) -> NameRule {
        if self.bare(namespace, name) == name {
            return NameRule::Case;
        }
        match name_kind(namespace) {
            NameKind::Logical => NameRule::Quotes,
            NameKind::Storage if folder(name) == name.trim_end_matches('/') => NameRule::Slash,
            NameKind::Storage => NameRule::Partition,
        }
    }

    /// Tells sets of rules apart.
    pub fn fingerprint(&self) -> [u8; 16] {
        let mut text = format!("{VERSION} {} {}", self.strip_quotes, self.drop_partitions);
        for (mark, all) in [("lower", &self.lower_case), ("upper", &self.upper_case)] {
            let mut all = all.clone();
            all.sort_unstable();
            all.dedup();
            for one in all {
                _ = write!(text, " {mark} {one:?}");
            }
        }
        crate::openlineage::content_hash(text.as_bytes())
    }
}

fn has_quotes(name: &str) -> bool {
    name.contains(['"', '`', '['])
}

/// A dotted name without its quotes. `None` when it is none, or when a quoted part holds what would
/// be read otherwise without its quotes. Where quotes keep a name from being folded they stay.
fn unquoted(name: &str, case: Case) -> Option<String> {
    let parts = parts(name)?;
    let stripped = joined(&parts, |part| {
        let folds = case == Case::Upper && part.text.to_ascii_uppercase() != part.text;
        if part.quoted && folds {
            Cow::Owned(format!("\"{}\"", part.text))
        } else {
            Cow::Borrowed(part.text)
        }
    });
    Some(stripped)
}

fn joined<'p, 'n>(parts: &'p [Part<'n>], text: impl Fn(&'p Part<'n>) -> Cow<'p, str>) -> String {
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push('.');
        }
        out.push_str(&text(part));
    }
    out
}

/// The parts of a dotted name; `None` when quotes stand elsewhere than round whole parts, or hold
/// a dot or other quotes.
fn parts(name: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = name;
    loop {
        let close = match rest.chars().next() {
            Some('"') => Some('"'),
            Some('`') => Some('`'),
            Some('[') => Some(']'),
            _ => None,
        };
        let (text, after) = match close {
            Some(close) => rest[1..].split_once(close)?,
            None => rest.find('.').map_or((rest, ""), |dot| rest.split_at(dot)),
        };
        let strange: &[char] = match close {
            Some(_) => &['"', '`', '[', ']', '.'],
            None => &['"', '`'],
        };
        if text.contains(strange) || close.is_some() && text.is_empty() {
            return None;
        }
        parts.push(Part {
            text,
            quoted: close.is_some(),
        });
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None if after.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

/// Namespaces that name a kind of store and not a store.
const KINDS: [&str; 22] = [
    "cassandra",
    "clickhouse",
    "dataframe",
    "db2",
    "duckdb",
    "elasticsearch",
    "hive",
    "kafka",
    "memory",
    "mongodb",
    "mssql",
    "mysql",
    "oracle",
    "pandas",
    "polars",
    "postgres",
    "postgresql",
    "presto",
    "redshift",
    "snowflake",
    "sqlite",
    "trino",
];

/// Whether a name does not tell where its dataset is, so that unrelated datasets share it: what is
/// in memory, what is in some database of a kind, what is in a Postgres without port or database.
pub fn is_unlocated(namespace: &str, name: &str) -> bool {
    let (scheme, rest) = namespace.split_once("://").unwrap_or((namespace, ""));
    let scheme = scheme.trim_end_matches(':').to_ascii_lowercase();
    let place = rest.trim_matches('/');
    if scheme == "memory" || place == ":memory:" {
        return true;
    }
    if place.is_empty() || place.starts_with(':') {
        return KINDS.contains(&scheme.as_str());
    }
    let is_postgres = scheme == "postgres" || scheme == "postgresql";
    let has_port = place.rsplit_once(':').is_some_and(|(_, port)| {
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_postgres && (!has_port || name.matches('.').count() < 2)
}

/// A producer without its version, which often is a part of its URI.
pub fn producer_kind(producer: &str) -> String {
    let is_version = |part: &str| {
        let digits = part.trim_start_matches('v');
        digits.starts_with(|c: char| c.is_ascii_digit())
            && digits
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ".-_+".contains(c))
    };
    let parts = producer.split('/').filter(|part| !is_version(part));
    parts.collect::<Vec<_>>().join("/")
}

/// The folder of a table, of the path of it, of one of its partitions or of a file in one.
fn folder(path: &str) -> &str {
    let mut kept = path.trim_end_matches('/');
    if kept.is_empty() {
        return path;
    }
    // What is left may end like a file in a partition, so until nothing changes: the folder of a
    // folder is itself. Each round takes something from the end, so the whole stays linear.
    while let Some(shorter) = without_partitions(kept) {
        kept = shorter;
    }
    kept
}

/// A path without the partitions at its end, and the file in them; `None` when it has none.
fn without_partitions(path: &str) -> Option<&str> {
    let (before, last) = parent(path)?;
    let mut at = match last {
        last if is_partition(last) => path,
        last if is_file(last) => before,
        _ => return None,
    };
    let mut found = None;
    while let Some((before, _)) = parent(at).filter(|(_, segment)| is_partition(segment)) {
        found = Some(before);
        at = before;
    }
    found
}

/// The folder that something lies in, and its own name. Slashes in a row are one.
fn parent(path: &str) -> Option<(&str, &str)> {
    let (before, last) = path.rsplit_once('/')?;
    let before = before.trim_end_matches('/');
    (!before.is_empty()).then_some((before, last))
}

/// `key=value`, as Hive names the folders of partitions.
fn is_partition(segment: &str) -> bool {
    let Some((key, value)) = segment.split_once('=') else {
        return false;
    };
    let mut chars = key.chars();
    let begins = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    begins && chars.all(|c| c.is_alphanumeric() || "_-. ".contains(c)) && !value.is_empty()
}

fn is_file(segment: &str) -> bool {
    segment.starts_with("part-") || segment.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(namespace: &str, all: &[(&str, &str)]) {
        let rules = NameRules::default();
        for (name, expected) in all {
            assert_eq!(
                rules.bare(namespace, name),
                *expected,
                "{name} in {namespace}"
            );
        }
    }

    #[test]
    fn trap_6_quoted_sql_names_are_the_bare_ones() {
        let spellings = [
            (r#""db"."x"."y""#, "db.x.y"),
            (r#"db."x".y"#, "db.x.y"),
            ("`db`.`x`", "db.x"),
            ("[dbo].[Orders]", "dbo.Orders"),
            (r#""Orders""#, "Orders"),
            // Not what it seems without its quotes, or no quoted name at all.
            (r#""a.b".c"#, r#""a.b".c"#),
            (r#""a""b""#, r#""a""b""#),
            (r#"say "hi""#, r#"say "hi""#),
            (r#""""#, r#""""#),
            ("\"open", "\"open"),
            ("rows[0]", "rows[0]"),
            ("[project:set.table]", "[project:set.table]"),
            ("db..t", "db..t"),
            ("", ""),
        ];
        for namespace in ["shop", "postgres://db:5432", "mssql://db"] {
            check(namespace, &spellings);
        }
        check("file", &[(r#"/a/"b".csv"#, r#"/a/"b".csv"#)]);
        // Snowflake tells a quoted lower-case name from all others.
        check(
            "snowflake://a",
            &[(r#"DB."S"."t""#, r#"DB.S."t""#), ("`DB`", "DB")],
        );
        check("trino://t", &[(r#"hive."S".t"#, "hive.S.t")]);
    }

    #[test]
    fn trap_8_and_15_a_partition_is_its_folder() {
        let paths = [
            ("/lake/orders/dt=2026-01-01", "/lake/orders"),
            ("/lake/orders/dt=2026-01-01/", "/lake/orders"),
            (
                "lake/orders/dt=2026-01-01/hour=05/part-00000.parquet",
                "lake/orders",
            ),
            ("/lake/orders/dt=2026-01-01/part-0", "/lake/orders"),
            ("/lake/orders/", "/lake/orders"),
            ("/lake/orders/über stunden=5", "/lake/orders"),
            // A folder below a partition may be something else.
            (
                "/lake/orders/dt=2026-01-01/errors",
                "/lake/orders/dt=2026-01-01/errors",
            ),
            (
                "/lake/orders/dt=2026-01-01/errors/a=1",
                "/lake/orders/dt=2026-01-01/errors",
            ),
            (
                "/lake/orders//dt=2026-01-01//hour=05/part-0",
                "/lake/orders",
            ),
            ("/lake/orders/dt=2026-01-01/part-0/k=2", "/lake/orders"),
            ("/dt=2026-01-01", "/dt=2026-01-01"),
            ("dt=2026-01-01", "dt=2026-01-01"),
            ("/lake/orders/part-0.csv", "/lake/orders/part-0.csv"),
            ("/lake/a==/b", "/lake/a==/b"),
            ("/lake/x=", "/lake/x="),
            ("/", "/"),
            ("", ""),
        ];
        for namespace in ["file", "s3://lake", "hdfs://n:8020"] {
            check(namespace, &paths);
        }
        check("kafka://k", &[("a/dt=1", "a/dt=1")]);
    }

    #[test]
    fn trap_30_names_that_tell_no_place() {
        for (namespace, name) in [
            ("memory://pandas", "dataframe"),
            ("sqlite", "orders"),
            ("duckdb://:memory:", "t"),
            ("duckdb://", "t"),
            ("postgres", "s.t"),
            ("postgres://db.example.org", "d.s.t"),
            ("postgres://db.example.org:5432", "s.t"),
            ("Pandas", "df"),
        ] {
            assert!(is_unlocated(namespace, name), "{namespace} {name}");
        }
        for (namespace, name) in [
            ("postgres://db.example.org:5432", "d.s.t"),
            ("sqlite:///srv/shop.db", "orders"),
            ("file", "/tmp/x"),
            ("shop", "orders"),
            ("bigquery", "p.d.t"),
            ("kafka://b:9092", "t"),
        ] {
            assert!(!is_unlocated(namespace, name), "{namespace} {name}");
        }
        let spark = |version| {
            producer_kind(&format!(
                "https://github.com/OpenLineage/OpenLineage/tree/{version}/integration/spark"
            ))
        };
        assert_eq!(spark("1.40.0"), spark("1.41.0-SNAPSHOT"));
        assert_ne!(spark("1.40.0"), producer_kind("https://example.org/etl"));
    }

    #[test]
    fn case_is_folded_where_the_store_does() {
        let rules = NameRules::default();
        let key = |namespace: &str, name: &str| rules.case_key(namespace, name);
        assert_eq!(key("postgres://d", "Orders"), None);
        assert_eq!(key("bigquery", "p.d.Orders"), None);
        assert_eq!(key("hive://m:9083", "Db.Orders"), Some("db.orders".into()));
        assert_eq!(
            key("arn:aws:glue:eu:1", "table/Db/T"),
            Some("table/db/t".into())
        );
        assert_eq!(key("hived", "T"), None);
        assert_eq!(key("snowflake://a", "Db.s.T"), Some("DB.S.T".into()));
        assert_eq!(
            key("snowflake://a", r#"Db.s."t""#),
            Some(r#"DB.S."t""#.into())
        );
        assert_ne!(
            key("snowflake://a", r#"DB.S."t""#),
            key("snowflake://a", "DB.S.t")
        );
        let other = NameRules {
            lower_case: vec!["mysql".into()],
            ..NameRules::default()
        };
        assert_ne!(other.fingerprint(), rules.fingerprint());
        assert_eq!(other.case_key("hive://m", "T"), None);
    }

    proptest! {
        /// What is bare stays as it is, and its key too.
        #[test]
        fn a_bare_name_is_bare(
            namespace in prop::sample::select(vec!["n", "file", "s3://b", "snowflake://a", "trino://t"]),
            name in r#"[a-bA-B/."`=\[\]]{0,12}"#,
        ) {
            let rules = NameRules::default();
            let bare = rules.bare(namespace, &name).into_owned();
            prop_assert_eq!(rules.bare(namespace, &bare), bare.as_str());
            if let Some(key) = rules.case_key(namespace, &bare) {
                prop_assert_eq!(rules.case_key(namespace, &key), Some(key));
            }
        }
    }
}

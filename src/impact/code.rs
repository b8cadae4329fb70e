//! Lineage that the changed repository's own code tells: what each model reads before and after.

use super::{Name, Place};

/// What the code says.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// Datasets that the code makes, those that are deleted among them.
    pub models: Vec<Model>,
    /// Consumers that the code declares (exposures).
    pub consumers: Vec<Consumer>,
}

/// A dataset that the code makes.
#[derive(Debug, Clone)]
pub struct Model {
    /// The dataset.
    pub dataset: Name,
    /// What the code calls it.
    pub label: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// Whose it is.
    pub owners: Vec<String>,
    /// Its columns, before and after.
    pub columns: Vec<String>,
    /// What it reads before the change; `None` when it is new.
    pub base: Option<Reads>,
    /// What it reads after the change; `None` when it is deleted.
    pub head: Option<Reads>,
    /// Which of the observed flows into it the code takes the place of.
    pub replaces: Replaces,
    /// It was built with the change (its catalog shows it): what it reads is there, in a type that
    /// it can take.
    pub built: bool,
}

/// Which of the observed flows into a model its code takes the place of: what they read is what the
/// model read so far, and no more once the change is in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Replaces {
    /// Those that dbt told.
    Dbt,
    /// Those of a job.
    Job(Name),
    /// All: the model is defined anew as a whole (a view).
    All,
    /// None.
    #[default]
    Nothing,
}

/// What a model reads.
#[derive(Debug, Clone, Default)]
pub struct Reads {
    /// Datasets.
    pub datasets: Vec<Name>,
    /// Columns.
    pub columns: Vec<ReadColumn>,
    /// What could not be told of it; while there is something, it may read more columns.
    pub gaps: Vec<String>,
}

/// A column that a model reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadColumn {
    /// Its dataset, by place in [`Reads::datasets`].
    pub dataset: usize,
    /// The column.
    pub column: String,
    /// The model's column that it is read for; all of them when it decides which rows there are.
    pub to: Option<String>,
    /// It decides about the value without being in it.
    pub indirect: bool,
}

/// A consumer that the code declares.
#[derive(Debug, Clone)]
pub struct Consumer {
    /// What it is called.
    pub name: Name,
    /// The name by which a server knows it, where that is another one.
    pub known_as: Option<Name>,
    /// What it is (`dashboard`, `exposure` …).
    pub kind: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// Whose it is.
    pub owners: Vec<String>,
    /// What it reads before the change; `None` when it is new.
    pub base: Option<Looks>,
    /// What it reads after the change; `None` when it is removed.
    pub head: Option<Looks>,
    /// It is there to fail (a test): what it reads must be there, and other values are its matter.
    pub test: bool,
}

/// What a consumer reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    /// Datasets.
    pub datasets: Vec<Name>,
    /// Columns, each with the place of its dataset; `None` when it is not known which.
    pub columns: Option<Vec<(usize, String)>>,
}

/// Whether each value of one type is a value of the other, by families that all dialects share.
pub fn widens(from: &str, to: &str) -> bool {
    let (from, to) = (Type::of(from), Type::of(to));
    match (from.family, to.family) {
        (Family::Integer(a), Family::Integer(b)) | (Family::Float(a), Family::Float(b)) => a <= b,
        (Family::Text, Family::Text) => match (from.size, to.size) {
            (_, None) => true,
            (Some(from), Some(to)) => from <= to,
            (None, Some(_)) => false,
        },
        (Family::Decimal, Family::Decimal) => decimal_widens(&from, &to),
        _ => false,
    }
}

fn decimal_widens(from: &Type, to: &Type) -> bool {
    let parts = |kind: &Type| Some((kind.size?, kind.scale.unwrap_or(0)));
    match (parts(from), parts(to)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some((p, s)), Some((to_p, to_s))) => {
            to_s >= s && to_p.saturating_sub(to_s) >= p.saturating_sub(s)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Integer(u8),
    Float(u8),
    Decimal,
    Text,
    Other,
}

struct Type {
    family: Family,
    size: Option<u32>,
    scale: Option<u32>,
}

impl Type {
    fn of(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let (name, rest) = text.split_once('(').unwrap_or((&text, ""));
        let mut sizes = rest.trim_end_matches(')').split(',');
        let mut size = || sizes.next()?.trim().parse().ok();
        let (size, scale) = (size(), size());
        let family = match name.trim() {
            "tinyint" | "int1" | "byteint" => Family::Integer(1),
            "smallint" | "int2" => Family::Integer(2),
            "int" | "integer" | "int4" | "mediumint" => Family::Integer(4),
            "bigint" | "int8" | "int64" | "long" => Family::Integer(8),
            "hugeint" | "int128" => Family::Integer(16),
            "real" | "float4" | "float32" => Family::Float(4),
            "float" | "double" | "double precision" | "float8" | "float64" => Family::Float(8),
            "numeric" | "decimal" | "number" | "bignumeric" => Family::Decimal,
            "varchar" | "character varying" | "text" | "string" | "char varying" | "nvarchar" => {
                Family::Text
            }
            _ => Family::Other,
        };
        Self {
            family,
            size,
            scale,
        }
    }
}

/// Whether two spellings are one type.
pub fn same_type(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(' ', "");
    if plain(a) == plain(b) {
        return true;
    }
    let (x, y) = (Type::of(a), Type::of(b));
    x.family == y.family && x.family != Family::Other && x.size == y.size && x.scale == y.scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widening_is_told_from_narrowing() {
        for (from, to) in [
            ("int", "bigint"),
            ("INTEGER", "int8"),
            ("varchar(10)", "varchar(20)"),
            ("character varying(10)", "text"),
            ("real", "double precision"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
        ] {
            assert!(widens(from, to), "{from} to {to}");
        }
        for (from, to) in [
            ("bigint", "int"),
            ("text", "varchar(20)"),
            ("text", "timestamp"),
            ("numeric(10,2)", "numeric(10,4)"),
            ("int", "text"),
        ] {
            assert!(!widens(from, to), "{from} to {to}");
        }
        assert!(same_type("INT", "integer") && same_type("FLOAT64", "double"));
        assert!(!same_type("varchar(3)", "varchar(4)"));
    }
}

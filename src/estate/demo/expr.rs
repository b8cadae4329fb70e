//! Finds the column references of one SQL expression of the description, and
//! how each is used. Not a SQL parser: in the description every column of an
//! input is written `alias.column`, and that is all that is looked for.

use std::ops::Range;

/// How a column takes part in an expression, in `OpenLineage`'s words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Usage {
    Identity,
    Transformation,
    Aggregation,
    Conditional,
    Window,
    Join,
    Filter,
    GroupBy,
}

impl Usage {
    /// The `(type, subtype)` of a columnLineage transformation.
    pub(super) fn transformation(self) -> (&'static str, &'static str) {
        match self {
            Self::Identity => ("DIRECT", "IDENTITY"),
            Self::Transformation => ("DIRECT", "TRANSFORMATION"),
            Self::Aggregation => ("DIRECT", "AGGREGATION"),
            Self::Conditional => ("INDIRECT", "CONDITIONAL"),
            Self::Window => ("INDIRECT", "WINDOW"),
            Self::Join => ("INDIRECT", "JOIN"),
            Self::Filter => ("INDIRECT", "FILTER"),
            Self::GroupBy => ("INDIRECT", "GROUP_BY"),
        }
    }

    /// Whether the value of the column flows into the result.
    pub(super) fn is_direct(self) -> bool {
        self.transformation().0 == "DIRECT"
    }
}

/// One `alias.column` in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) alias: String,
    pub(super) column: String,
    pub(super) usage: Usage,
    /// Bytes of the column's name in the expression (without alias and dot).
    pub(super) span: Range<usize>,
}

/// The aggregate functions that the description uses.
const AGGREGATES: [&str; 7] = ["sum", "count", "min", "max", "avg", "min_by", "mode"];

/// All references of `sql`, in the order written.
pub(super) fn references(sql: &str) -> Vec<Reference> {
    let tokens = tokens(sql);
    let mut scan = Scan::default();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(column) = qualified(sql, &tokens[at..]) {
            found.push(Reference {
                alias: sql[tokens[at].clone()].to_owned(),
                column: sql[column.clone()].to_owned(),
                usage: scan.usage(),
                span: column,
            });
            at += 3;
            continue;
        }
        let next = tokens.get(at + 1).map(|range| &sql[range.clone()]);
        scan.step(&sql[tokens[at].clone()], next);
        at += 1;
    }
    if let [only] = found.as_mut_slice()
        && sql.trim() == format!("{}.{}", only.alias, only.column)
    {
        only.usage = Usage::Identity;
    }
    found
}

/// The column's bytes when the tokens begin with `alias . column`.
fn qualified(sql: &str, tokens: &[Range<usize>]) -> Option<Range<usize>> {
    let [alias, dot, column, ..] = tokens else {
        return None;
    };
    let is_name = |range: &Range<usize>| sql[range.clone()].starts_with(is_name_start);
    let found = is_name(alias) && &sql[dot.clone()] == "." && is_name(column);
    found.then(|| column.clone())
}

/// Where in the expression the scan is: inside which functions and clauses.
#[derive(Default)]
struct Scan {
    /// What each open parenthesis belongs to.
    open: Vec<Option<Usage>>,
    /// One entry for each open CASE: whether a condition is being read.
    cases: Vec<bool>,
    /// What the next opening parenthesis belongs to.
    pending: Option<Usage>,
}

impl Scan {
    fn usage(&self) -> Usage {
        if self.cases.contains(&true) {
            return Usage::Conditional;
        }
        if self.open.contains(&Some(Usage::Window)) {
            return Usage::Window;
        }
        if self.open.contains(&Some(Usage::Aggregation)) {
            return Usage::Aggregation;
        }
        Usage::Transformation
    }

    fn step(&mut self, token: &str, next: Option<&str>) {
        match token {
            "(" => self.open.push(self.pending.take()),
            ")" => {
                self.open.pop();
            }
            "case" => self.cases.push(false),
            "when" => self.condition(true),
            "then" | "else" => self.condition(false),
            "end" => {
                self.cases.pop();
            }
            "over" => self.pending = Some(Usage::Window),
            name if next == Some("(") && AGGREGATES.contains(&name) => {
                self.pending = Some(Usage::Aggregation);
            }
            _ => {}
        }
    }

    fn condition(&mut self, reading: bool) {
        if let Some(case) = self.cases.last_mut() {
            *case = reading;
        }
    }
}

/// Splits into names, numbers, string literals and single signs; spaces go.
fn tokens(sql: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut chars = sql.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if first.is_whitespace() {
            continue;
        }
        let mut end = start + first.len_utf8();
        if first == '\'' {
            for (at, next) in chars.by_ref() {
                end = at + next.len_utf8();
                if next == '\'' {
                    break;
                }
            }
        } else if is_name_start(first) || first.is_ascii_digit() {
            let number = first.is_ascii_digit();
            while let Some(&(at, next)) = chars.peek() {
                if !(is_name_start(next) || next.is_ascii_digit() || (number && next == '.')) {
                    break;
                }
                end = at + next.len_utf8();
                chars.next();
            }
        }
        tokens.push(start..end);
    }
    tokens
}

fn is_name_start(sign: char) -> bool {
    sign.is_ascii_alphabetic() || sign == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<(String, Usage)> {
        references(sql)
            .into_iter()
            .map(|r| (format!("{}.{}", r.alias, r.column), r.usage))
            .collect()
    }

    #[test]
    fn a_bare_column_is_an_identity() {
        assert_eq!(found("o.id"), [("o.id".to_owned(), Usage::Identity)]);
    }

    #[test]
    fn literals_and_numbers_are_no_references() {
        assert_eq!(
            found("o.cents / 100.0 || 'x.y'"),
            [("o.cents".to_owned(), Usage::Transformation)]
        );
        assert!(found("current_date").is_empty());
    }

    #[test]
    fn conditions_windows_and_aggregates_are_told_apart() {
        let sql = "sum(case when p.won then p.amount else 0 end)";
        assert_eq!(
            found(sql),
            [
                ("p.won".to_owned(), Usage::Conditional),
                ("p.amount".to_owned(), Usage::Aggregation)
            ]
        );
        assert_eq!(
            found("row_number() over (partition by l.a order by l.b)"),
            [
                ("l.a".to_owned(), Usage::Window),
                ("l.b".to_owned(), Usage::Window)
            ]
        );
        assert_eq!(
            found("greatest(a.x, max(a.y))"),
            [
                ("a.x".to_owned(), Usage::Transformation),
                ("a.y".to_owned(), Usage::Aggregation)
            ]
        );
    }

    #[test]
    fn the_span_is_the_column_name() {
        let sql = "a.x + b.long_name";
        let spans: Vec<&str> = references(sql)
            .iter()
            .map(|r| &sql[r.span.clone()])
            .collect();
        assert_eq!(spans, ["x", "long_name"]);
    }
}

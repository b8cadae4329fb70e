//! Identifiers: how a statement's name is held against the names that are known.
//!
//! Producers spell names otherwise than statements do (`TA` and `ta`, with and without quotes). So
//! case counts only where several names differ by it alone; then the rule of the dialect decides.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::Dialect;

/// An identifier as it stands in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub quoted: bool,
}

impl Name {
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            quoted: false,
        }
    }

    pub fn is(&self, other: &str) -> bool {
        same(&self.text, other)
    }
}

impl From<&Ident> for Name {
    fn from(ident: &Ident) -> Self {
        Self {
            text: ident.value.clone(),
            quoted: ident.quote_style.is_some(),
        }
    }
}

/// Whether two identifiers are one but for case.
pub fn same(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.to_lowercase() == b.to_lowercase()
}

/// The outcome of a search by name.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<T> {
    One(T),
    None,
    Several,
}

/// The one of `known` that `name` means.
pub fn find<'a, T>(
    dialect: Dialect,
    name: &Name,
    known: impl Iterator<Item = (&'a str, T)>,
) -> Found<T> {
    let mut alike: Vec<(&str, T)> = known.filter(|(known, _)| name.is(known)).collect();
    if alike.len() > 1 {
        let exact = if name.quoted {
            name.text.clone()
        } else {
            dialect.fold(&name.text)
        };
        alike.retain(|(known, _)| *known == exact);
        if alike.len() != 1 {
            return Found::Several;
        }
    }
    alike.pop().map_or(Found::None, |(_, one)| Found::One(one))
}

/// The parts of a relation's name; `None` when a part is not an identifier.
pub fn parts(name: &ObjectName) -> Option<Vec<Name>> {
    let parts: Option<Vec<Name>> = name
        .0
        .iter()
        .map(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(Name::from(ident)),
            ObjectNamePart::Function(_) => None,
        })
        .collect();
    let parts = parts?;
    // BigQuery allows one pair of quotes around all parts; Spark reads a path so.
    if let [one] = parts.as_slice()
        && one.quoted
        && one.text.contains('.')
        && !one.text.contains('/')
    {
        let inner = one.text.split('.').map(|text| Name {
            text: text.to_owned(),
            quoted: true,
        });
        return Some(inner.collect());
    }
    Some(parts)
}

/// How a name is shown in a message.
pub fn shown(parts: &[Name]) -> String {
    let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
    texts.join(".")
}

//! What of the findings passes, warns or fails, and which are waived.

use serde::{Deserialize, Serialize};

use super::{Class, Word};

/// What follows from a finding, the worst last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    #[default]
    Pass,
    /// It is said.
    Warn,
    /// The check could not tell.
    CannotTell,
    /// The check fails.
    Fail,
}

impl Action {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::CannotTell => "cannot_tell",
            Self::Fail => "fail",
        }
    }
}

/// The policy of checks: the section `check` of the policy file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckPolicy {
    /// What follows where something breaks; `fail` unless set.
    pub breaking: Action,
    /// Where something may break; `warn` unless set.
    pub possibly_breaking: Action,
    /// Where values change; `warn` unless set.
    pub value_change: Action,
    /// Where it cannot be told: `cannot_tell` unless set, or `fail`. Less is taken as `cannot_tell`.
    pub unknown: Action,
    /// Exceptions from these; the first that fits what is affected counts.
    pub rules: Vec<Rule>,
    /// Findings that were accepted for a while.
    pub waivers: Vec<Waiver>,
}

impl Default for CheckPolicy {
    fn default() -> Self {
        Self {
            breaking: Action::Fail,
            possibly_breaking: Action::Warn,
            value_change: Action::Warn,
            unknown: Action::CannotTell,
            rules: Vec::new(),
            waivers: Vec::new(),
        }
    }
}

/// An exception. What is not said fits all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Classes that it is about.
    #[serde(default)]
    pub class: Vec<Class>,
    /// Kinds of changes that it is about.
    #[serde(default)]
    pub change: Vec<Word>,
    /// Layers of what is affected.
    #[serde(default)]
    pub layer: Vec<String>,
    /// Whether what is affected is a consumer.
    #[serde(default)]
    pub consumer: Option<bool>,
    /// Whether what is affected is under a contract.
    #[serde(default)]
    pub contracted: Option<bool>,
    /// What follows.
    pub then: Action,
}

/// A finding that was accepted for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The dataset or job that is changed: its name, with `*` for any text.
    pub of: String,
    /// The column, with `*` for any text; all unless set.
    #[serde(default)]
    pub column: Option<String>,
    /// Kinds of changes; all unless set.
    #[serde(default)]
    pub change: Vec<Word>,
    /// Who accepted it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day that it holds, as 2026-01-31.
    pub until: String,
}

/// What of an affected thing the rules look at.
pub struct Looked<'a> {
    pub class: Class,
    pub change: Word,
    pub layer: Option<&'a str>,
    pub consumer: bool,
    pub contracted: bool,
}

impl CheckPolicy {
    /// What follows from one affected thing.
    pub fn action(&self, looked: &Looked<'_>) -> Action {
        let held = self.rules.iter().find(|rule| rule.fits(looked));
        let told = held.map_or_else(|| self.of_class(looked.class), |rule| rule.then);
        if looked.class == Class::Unknown {
            return told.max(Action::CannotTell);
        }
        told
    }

    fn of_class(&self, class: Class) -> Action {
        match class {
            Class::Safe => Action::Pass,
            Class::ValueChange => self.value_change,
            Class::PossiblyBreaking => self.possibly_breaking,
            Class::Unknown => self.unknown,
            Class::Breaking => self.breaking,
        }
    }
}

impl Rule {
    fn fits(&self, looked: &Looked<'_>) -> bool {
        let layer = || {
            let told = looked.layer;
            told.is_some_and(|told| self.layer.iter().any(|layer| layer == told))
        };
        (self.class.is_empty() || self.class.contains(&looked.class))
            && (self.change.is_empty() || self.change.contains(&looked.change))
            && (self.layer.is_empty() || layer())
            && self.consumer.is_none_or(|wanted| wanted == looked.consumer)
            && self
                .contracted
                .is_none_or(|wanted| wanted == looked.contracted)
    }
}

impl Waiver {
    /// Whether it is about a change.
    pub fn fits(&self, name: &str, column: Option<&str>, change: Word) -> bool {
        let column_fits = self
            .column
            .as_ref()
            .is_none_or(|pattern| column.is_some_and(|column| matches(pattern, column)));
        matches(&self.of, name)
            && column_fits
            && (self.change.is_empty() || self.change.contains(&change))
    }

    /// Whether it still holds on a day (2026-01-31). A date that is none holds never.
    pub fn holds(&self, today: &str) -> bool {
        let is_day = |text: &str| {
            let bytes = text.as_bytes();
            bytes.len() == 10
                && bytes.iter().enumerate().all(|(at, byte)| match at {
                    4 | 7 => *byte == b'-',
                    _ => byte.is_ascii_digit(),
                })
        };
        is_day(&self.until) && is_day(today) && today <= self.until.as_str()
    }
}

/// Whether a text is what a pattern with `*` says, upper and lower case alike.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(matches("a.*.c", "a.b.c") && matches("*", "") && matches("A.B", "a.b"));
        assert!(matches("*orders*", "shop.orders_2") && matches("ab*ba", "abba"));
        assert!(!matches("a.*.c", "a.b.cd") && !matches("a", "ab") && !matches("ab*ba", "aba"));
    }

    #[test]
    fn a_waiver_holds_to_its_last_day() {
        let waiver = |until: &str| Waiver {
            of: "*".into(),
            column: None,
            change: Vec::new(),
            owner: "o".into(),
            reason: "r".into(),
            until: until.into(),
        };
        assert!(waiver("2026-01-31").holds("2026-01-31"));
        assert!(!waiver("2026-01-31").holds("2026-02-01"));
        assert!(!waiver("next week").holds("2026-02-01"), "never");
    }

    #[test]
    fn unknown_never_passes() {
        let policy = CheckPolicy {
            unknown: Action::Pass,
            rules: vec![Rule {
                class: Vec::new(),
                change: Vec::new(),
                layer: Vec::new(),
                consumer: None,
                contracted: None,
                then: Action::Pass,
            }],
            ..CheckPolicy::default()
        };
        let looked = Looked {
            class: Class::Unknown,
            change: Word::ColumnRemoved,
            layer: None,
            consumer: false,
            contracted: false,
        };
        assert_eq!(policy.action(&looked), Action::CannotTell);
    }
}

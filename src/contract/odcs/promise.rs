//! A promise that is read from a document: what becomes a contract of a policy.

/// The tag that says what the member of a property of that name says.
pub const CLASSIFICATION: &str = "classification";

/// One contract to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Its name in the policy.
    pub name: String,
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// Why it is there.
    pub doc: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Pattern of the namespace of its datasets.
    pub namespace: String,
    /// Patterns of their names.
    pub names: Vec<String>,
    /// What is kept.
    pub keeps: Keeps,
}

/// What is promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeps {
    /// These columns, each with patterns of its type.
    Columns(Vec<(String, Vec<String>)>),
    /// A write within this time, microseconds, whole minutes.
    Fresh(i64),
    /// An owner.
    Owner,
    /// Tags of these columns, each with patterns of them.
    Classified(Vec<(String, Vec<String>)>),
    /// Tests of these columns, each with kinds of tests.
    Tested(Vec<(String, Vec<String>)>),
}

impl Keeps {
    /// The rule of the policy that holds it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Columns(_) => "has_columns",
            Self::Fresh(_) => "fresh",
            Self::Owner => "has_owner",
            Self::Classified(_) => "columns_classified",
            Self::Tested(_) => "tested",
        }
    }
}

/// Patterns of the tags that say what `classification` says: a tag of that name with the value, or one
/// called like the value, as tools have it that know no values. Producers write the usual cases.
pub fn tags_of(classification: &str) -> Vec<String> {
    let capital = || {
        let mut chars = classification.chars();
        let first = chars.next().map(|char| char.to_ascii_uppercase());
        let rest = chars.map(|char| char.to_ascii_lowercase());
        first.into_iter().chain(rest).collect()
    };
    let mut cases = vec![classification.to_owned()];
    for case in [
        classification.to_ascii_lowercase(),
        classification.to_ascii_uppercase(),
        capital(),
    ] {
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    let mut tags = Vec::new();
    for case in cases {
        let value = literal(&case);
        tags.push(format!("{CLASSIFICATION}={value}"));
        tags.push(value);
    }
    tags
}

/// A text as a pattern that matches it alone.
pub fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(char, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

/// The text that a pattern matches, where it matches one alone.
pub fn literal_of(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '*' | '?' | '{' | '[' => return None,
            '\\' => text.push(chars.next()?),
            plain => text.push(plain),
        }
    }
    Some(text)
}

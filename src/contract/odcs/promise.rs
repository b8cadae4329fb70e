//! A promise that is read from a document: what becomes a contract of a policy.

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
            Self::Tested(_) => "tested",
        }
    }
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

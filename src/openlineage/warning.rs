//! What is worth telling a sender about an event that was accepted all the same.

use serde::Serialize;

/// One remark on an accepted event; goes into its receipt and is counted by `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Stable, machine-readable name, for example `no_time_zone`.
    pub code: &'static str,
    /// JSON pointer to the place in the event.
    pub path: String,
    /// What was seen, how it was read, what to do.
    pub message: String,
}

impl Warning {
    /// Makes a warning.
    pub fn new(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            path: path.into(),
            message: message.into(),
        }
    }

    /// The code alone, which takes no memory of its own.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self::new(self.code, String::new(), String::new())
    }
}

/// Warnings of one code that are listed one by one.
const LISTED: usize = 10;
/// Characters of a sender's own text that a message repeats.
const SHOWN_CHARS: usize = 80;

/// Collects the warnings about one event. Of each code only the first few are listed, the rest are
/// counted: an event of 32 MB can give cause for millions.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    listed: Vec<Warning>,
    counts: Vec<(&'static str, usize)>,
}

impl Warnings {
    pub fn add(&mut self, code: &'static str, path: impl Into<String>, message: impl Into<String>) {
        self.add_with(code, || path.into(), || message.into());
    }

    /// Like [`Self::add`], with texts that are made only when they are listed.
    pub fn add_with(
        &mut self,
        code: &'static str,
        path: impl FnOnce() -> String,
        message: impl FnOnce() -> String,
    ) {
        let at = self.counts.iter().position(|(known, _)| *known == code);
        let at = at.unwrap_or_else(|| {
            self.counts.push((code, 0));
            self.counts.len() - 1
        });
        self.counts[at].1 += 1;
        if self.counts[at].1 <= LISTED {
            self.listed.push(Warning::new(code, path(), message()));
        }
    }

    /// The list, with the number of those that are not in it.
    pub fn finish(mut self) -> Vec<Warning> {
        for (code, count) in self.counts {
            if let Some(more @ 1..) = count.checked_sub(LISTED) {
                let message = format!("{more} more of {code} are not listed");
                self.listed.push(Warning::new("more_warnings", "", message));
            }
        }
        self.listed
    }
}

/// A text of the sender: its start when it is long.
pub(super) fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// A text of the sender, in quotes, for a message: its start when it is long.
pub(super) fn shown(text: &str) -> String {
    format!("{:?}", shortened(text))
}

/// A key as one segment of a JSON pointer: its start when it is long.
pub(super) fn segment(key: &str) -> String {
    shortened(key).replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_code_are_listed_and_the_rest_counted() {
        let mut warnings = Warnings::default();
        warnings.add("b", "/b", "once");
        for n in 0..1_234 {
            warnings.add_with("a", || format!("/{n}"), || "often".into());
        }
        let listed = warnings.finish();
        assert_eq!(listed.len(), 1 + LISTED + 1);
        assert_eq!(listed[LISTED].path, "/9");
        assert_eq!(listed[LISTED + 1].code, "more_warnings");
        assert_eq!(listed[LISTED + 1].message, "1224 more of a are not listed");
    }

    #[test]
    fn long_texts_of_the_sender_are_shortened() {
        assert_eq!(shown("a\"b"), r#""a\"b""#);
        assert!(shown(&"ü".repeat(1 << 20)).chars().count() < 100);
        assert_eq!(segment("a/b~c"), "a~1b~0c");
    }
}

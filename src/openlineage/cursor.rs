//! Walking JSON that is canonical already, without building anything.
//!
//! For readers that must not cost more than the bytes they read, whatever these say: values are
//! borrowed, what is of no interest is skipped without recursion. Made for canonical JSON; on
//! anything else it ends early, but it ends, and it does not panic.

use std::borrow::Cow;

use super::scan::end_of_plain;

/// What a value is, as an error message names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// A place in a document, in front of a value or behind one.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the start of a document. Bytes that are not UTF-8 are read as nothing.
    pub fn new(document: &'a [u8]) -> Self {
        Self {
            text: std::str::from_utf8(document).unwrap_or_default(),
            at: 0,
        }
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn end(&mut self) {
        self.at = self.text.len();
    }

    /// What the value here is; `None` where there is none.
    #[inline]
    pub fn kind(&mut self) -> Option<Kind> {
        Some(match self.peek()? {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b'n' => Kind::Null,
            b't' | b'f' => Kind::Bool,
            b'-' | b'0'..=b'9' => Kind::Number,
            _ => return None,
        })
    }

    /// Goes past the value here.
    pub fn skip(&mut self) {
        match self.kind() {
            Some(Kind::String) => self.skip_string(),
            Some(Kind::Object | Kind::Array) => self.skip_nested(),
            Some(_) => {
                let rest = &self.text.as_bytes()[self.at..];
                let length = rest
                    .iter()
                    .position(|b| matches!(b, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t'));
                self.at += length.unwrap_or(rest.len()).max(1);
            }
            None => self.end(),
        }
    }

    /// From an opening quote past the closing one.
    #[inline]
    fn skip_string(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            self.at = end_of_plain(bytes, self.at);
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return;
                }
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return self.end(),
            }
        }
    }

    fn skip_nested(&mut self) {
        let mut depth = 0_usize;
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// The text of the value here, and goes past it.
    pub fn raw(&mut self) -> &'a str {
        self.peek();
        let start = self.at;
        self.skip();
        self.since(start)
    }

    /// Where this is; for [`Self::since`].
    pub fn mark(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// Where this is, right behind what was passed last.
    pub fn place(&self) -> usize {
        self.at.min(self.text.len())
    }

    /// The text from a mark up to here.
    pub fn since(&self, mark: usize) -> &'a str {
        self.text.get(mark..self.at).unwrap_or_default()
    }

    /// The string here; `None` when the value is none. Goes past it either way.
    pub fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.kind() != Some(Kind::String) {
            self.skip();
            return None;
        }
        let start = self.at;
        self.skip_string();
        let quoted = self.since(start);
        let plain = quoted.get(1..quoted.len().max(2) - 1)?;
        if plain.contains('\\') {
            return serde_json::from_str(quoted).ok().map(Cow::Owned);
        }
        Some(Cow::Borrowed(plain))
    }

    /// The boolean here; `None` when the value is none. Goes past it either way.
    pub fn boolean(&mut self) -> Option<bool> {
        match self.raw() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Enters an object or an array; false, and past the value, when it is something else.
    pub fn enter(&mut self, kind: Kind) -> bool {
        if self.kind() != Some(kind) {
            self.skip();
            return false;
        }
        self.at += 1;
        true
    }

    /// The key of the next member of the object that was entered, `None` past its last. The caller
    /// must go past the value before it asks again.
    pub fn key(&mut self) -> Option<Cow<'a, str>> {
        if !self.another(b'}') {
            return None;
        }
        let key = self.string();
        if self.peek() != Some(b':') {
            self.end();
            return None;
        }
        self.at += 1;
        key
    }

    /// Whether the array that was entered has another element. The caller must go past it before
    /// it asks again.
    pub fn item(&mut self) -> bool {
        self.another(b']')
    }

    fn another(&mut self, close: u8) -> bool {
        let mut next = self.peek();
        if next == Some(b',') {
            self.at += 1;
            next = self.peek();
        }
        if next == Some(close) {
            self.at += 1;
            return false;
        }
        next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Walks everything, counting values.
    fn walk(cursor: &mut Cursor<'_>) -> usize {
        let mut values = 1;
        match cursor.kind() {
            Some(Kind::Object) if cursor.enter(Kind::Object) => {
                while cursor.key().is_some() {
                    values += walk(cursor);
                }
            }
            Some(Kind::Array) if cursor.enter(Kind::Array) => {
                while cursor.item() {
                    values += walk(cursor);
                }
            }
            _ => cursor.skip(),
        }
        values
    }

    #[test]
    fn members_items_and_what_is_skipped() {
        let mut cursor = Cursor::new(br#"{"a":[1,{"x":"]}\""}],"b":"\n\"","c":true,"d":null}"#);
        assert!(cursor.enter(Kind::Object));
        assert_eq!(cursor.key().as_deref(), Some("a"));
        assert_eq!(cursor.raw(), r#"[1,{"x":"]}\""}]"#);
        assert_eq!(cursor.key().as_deref(), Some("b"));
        assert_eq!(cursor.string().as_deref(), Some("\n\""));
        assert_eq!(cursor.key().as_deref(), Some("c"));
        assert_eq!(cursor.boolean(), Some(true));
        assert_eq!(cursor.key().as_deref(), Some("d"));
        assert_eq!(cursor.string(), None);
        assert_eq!(cursor.key(), None);
    }

    proptest! {
        #[test]
        fn ends_on_whatever_it_is_given(text in "[\\[\\]{},:\"\\\\ a1tn-]{0,40}") {
            walk(&mut Cursor::new(text.as_bytes()));
            let mut cursor = Cursor::new(text.as_bytes());
            cursor.skip();
            prop_assert!(cursor.at <= text.len() + 2);
        }
    }
}

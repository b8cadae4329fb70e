//! What the readers of single facets share: members of an object by name, leniently.
//!
//! A member of the wrong kind is absent, and so is an empty text (trap 35): the verbatim facet has
//! it all the same. Numbers are never floats here: they are text as written, or whole.

use std::borrow::Cow;

use super::MAX_LISTED;
use crate::openlineage::cursor::{Cursor, Kind};

/// The members of an object as slices of its text.
#[derive(Default)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Object<'a> {
    /// The members of a facet; none when it is no object.
    pub fn of(facet: &'a [u8]) -> Self {
        let mut members = Vec::new();
        let mut cursor = Cursor::new(facet);
        if cursor.enter(Kind::Object) {
            while let Some(key) = cursor.key() {
                members.push((key, cursor.raw()));
            }
        }
        Self(members)
    }

    /// A member as it is written.
    pub fn raw(&self, key: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(held, _)| held == key);
        found.map(|&(_, raw)| raw)
    }

    fn cursor(&self, key: &str) -> Option<Cursor<'a>> {
        self.raw(key).map(|raw| Cursor::new(raw.as_bytes()))
    }

    /// A text that is not empty.
    pub fn text(&self, key: &str) -> Option<String> {
        let text = self.cursor(key)?.string()?;
        (!text.is_empty()).then(|| text.into_owned())
    }

    /// A text, or a number or boolean as written: producers do not agree which (trap 24).
    pub fn scalar(&self, key: &str) -> Option<String> {
        scalar(self.raw(key)?)
    }

    /// A whole number, also as `13.0` or `1e3`; absent when it has a fraction or is too large.
    pub fn whole(&self, key: &str) -> Option<i64> {
        whole(self.number(key)?)
    }

    /// A number as written.
    pub fn number(&self, key: &str) -> Option<&'a str> {
        let raw = self.raw(key)?;
        (Cursor::new(raw.as_bytes()).kind() == Some(Kind::Number)).then_some(raw)
    }

    /// A boolean; `"true"` is a text and no answer (trap 24).
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.cursor(key)?.boolean()
    }

    /// A member that is an object; one without members otherwise.
    pub fn object(&self, key: &str) -> Self {
        self.raw(key)
            .map(|raw| Self::of(raw.as_bytes()))
            .unwrap_or_default()
    }

    /// The objects of a list, the first [`MAX_LISTED`] of them.
    pub fn list(&self, key: &str) -> Vec<Self> {
        let mut objects = Vec::new();
        self.each(key, |raw| {
            if raw.starts_with('{') {
                objects.push(Self::of(raw.as_bytes()));
            }
        });
        objects
    }

    /// The texts of a list, the first [`MAX_LISTED`] of them.
    pub fn texts(&self, key: &str) -> Vec<String> {
        let mut texts = Vec::new();
        self.each(key, |raw| {
            texts.extend(Cursor::new(raw.as_bytes()).string())
        });
        texts.into_iter().map(Cow::into_owned).collect()
    }

    /// The items of a list as they are written, the first [`MAX_LISTED`] of them.
    pub fn each(&self, key: &str, mut take: impl FnMut(&'a str)) {
        let Some(mut cursor) = self.cursor(key) else {
            return;
        };
        if !cursor.enter(Kind::Array) {
            return;
        }
        for _ in 0..MAX_LISTED {
            if !cursor.item() {
                return;
            }
            take(cursor.raw());
        }
    }

    /// The members by name, the first [`MAX_LISTED`] of them.
    pub fn members(&self) -> impl Iterator<Item = (&str, &'a str)> {
        let members = self.0.iter().map(|(key, raw)| (&**key, *raw));
        members.take(MAX_LISTED)
    }
}

/// A text that is not empty, or a number or boolean as written.
pub(super) fn scalar(raw: &str) -> Option<String> {
    let mut cursor = Cursor::new(raw.as_bytes());
    match cursor.kind()? {
        Kind::String => cursor
            .string()
            .filter(|text| !text.is_empty())
            .map(Cow::into_owned),
        Kind::Number | Kind::Bool => Some(raw.to_owned()),
        Kind::Object | Kind::Array | Kind::Null => None,
    }
}

/// A JSON number as a whole one, exactly; `None` when it is not whole or does not fit.
fn whole(number: &str) -> Option<i64> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (number, 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{before}{after}");
    let kept = all.trim_end_matches('0');
    if kept.is_empty() {
        return Some(0);
    }
    // Zeros that stand behind the last other digit once the point is where the exponent puts it.
    let trailing = i64::try_from(all.len() - kept.len()).ok()?;
    let fraction = i64::try_from(after.len()).ok()?;
    let zeros = exponent.checked_add(trailing - fraction)?;
    let zeros = usize::try_from(zeros).ok().filter(|&zeros| zeros < 20)?;
    format!("{sign}{kept}{}", "0".repeat(zeros)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_or_absent() {
        for (text, value) in [
            ("0", Some(0)),
            ("-0.00", Some(0)),
            ("13.0", Some(13)),
            ("1.5e1", Some(15)),
            ("1e3", Some(1000)),
            ("1200e-2", Some(12)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("0.5", None),
            ("1e400", None),
            ("1e99999999999999999999", None),
            ("100e9223372036854775807", None),
        ] {
            assert_eq!(whole(text), value, "{text}");
        }
    }

    #[test]
    fn members_of_the_wrong_kind_are_absent() {
        let facet = br#"{"a":"","b":[{"x":"y"},7,"t"],"c":"5","d":true,"e":{},"f":null}"#;
        let read = Object::of(facet);
        assert_eq!((read.text("a"), read.text("d")), (None, None));
        assert_eq!((read.whole("c"), read.flag("c")), (None, None));
        assert_eq!(read.flag("d"), Some(true));
        assert_eq!((read.list("b").len(), read.list("e").len()), (1, 0));
        assert_eq!(read.texts("b"), ["t"]);
        assert_eq!(read.scalar("d").as_deref(), Some("true"));
        assert_eq!((read.scalar("e"), read.scalar("f")), (None, None));
        assert_eq!(Object::of(b"[1]").members().count(), 0);
    }
}

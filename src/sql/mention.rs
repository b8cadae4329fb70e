//! Finding a name in a text that is not read as SQL.

/// Whether a text has a name as a word of its own, and not as a part of another name. Upper and lower
/// case differ: whoever knows that they do not count hands both in lower case.
pub fn mentions(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    !name.is_empty()
        && text.match_indices(name).any(|(at, found)| {
            let before = text[..at].chars().next_back();
            let after = text[at + found.len()..].chars().next();
            !before.is_some_and(part) && !after.is_some_and(part)
        })
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_name_within_another_is_not_found() {
        assert!(mentions("select id, total from t", "total"));
        assert!(mentions("\"größe\"", "größe"));
        assert!(mentions("a.id=b.id", "id"));
        assert!(mentions("subtotal, total", "total"));
        for text in ["subtotal", "total_2", "totalé", "Total", ""] {
            assert!(!mentions(text, "total"), "{text}");
        }
        assert!(!mentions("anything", ""));
    }
}

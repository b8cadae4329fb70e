//! Secrets that producers send in facets (trap 20: Debezium 3.3 sends `database.password` in clear
//! text), and how they are kept from readers of the catalog.
//!
//! The log has every byte as it came. What is shown of a facet has [`MASK`] in place of values that
//! are secrets by their name: members, `name`/`value` pairs, `name=value` within a text, and the
//! password of a URI. A name is all there is to go by, so this is no promise.

use std::borrow::Cow;

use super::cursor::{Cursor, Kind};

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// Whether a value of this name is a secret.
pub fn is_secret(name: &str) -> bool {
    let words = words(name);
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let pair = |first: &str, second: &str| {
        words
            .windows(2)
            .any(|two| two[0] == first && two[1] == second)
    };
    let whole = words.concat();
    let last = words.last().map(String::as_str);
    ["password", "passwd", "passphrase"]
        .iter()
        .any(|word| whole.contains(word))
        || [
            "pwd",
            "secret",
            "secrets",
            "credential",
            "credentials",
            "apikey",
            "jaas",
        ]
        .iter()
        .any(|word| has(word))
        || matches!(last, Some("token" | "tokens"))
        || pair("api", "key")
        || pair("private", "key")
        || pair("account", "key")
        || (pair("access", "key") && last != Some("id"))
}

/// The words of a name in lower case: cut at what is neither letter nor digit, and at humps.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for char in name.chars().take(200) {
        let hump = char.is_uppercase() && before.is_lowercase();
        if !char.is_alphanumeric() || hump {
            words.push(String::new());
        }
        if char.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(char.to_lowercase());
        }
        before = char;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A text without its secrets; borrowed when it has none.
pub fn mask_text(text: &str) -> Cow<'_, str> {
    if !text.contains('=') && !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut masked = mask_pairs(text);
    if let Some(range) = uri_password(&masked) {
        masked.to_mut().replace_range(range, MASK);
    }
    masked
}

/// A value, or what is shown of it, by its name.
pub fn mask_value(name: &str, value: &str) -> String {
    if is_secret(name) && !value.is_empty() {
        return MASK.to_owned();
    }
    mask_text(value).into_owned()
}

/// `name=value` between the separators of URIs, connection strings and property lists.
fn mask_pairs(text: &str) -> Cow<'_, str> {
    if let Some((name, value)) = text.split_once('=')
        && !value.is_empty()
        && !value.contains('=')
        && !name.contains(separates)
        && is_secret(name)
    {
        // A property alone: its value goes to the end, whatever is in it.
        return Cow::Owned(format!("{name}={MASK}"));
    }
    let (mut out, mut copied, mut start) = (String::new(), 0, 0);
    while start < text.len() {
        let end = next(text, start, separates);
        let (mut from, mut to) = (end, end);
        if let Some((name, value)) = text[start..end].split_once('=')
            && is_secret(name)
        {
            from = start + name.len() + 1;
            let quote = text[from..]
                .chars()
                .next()
                .filter(|c| matches!(c, '"' | '\''));
            if let (Some(quote), true) = (quote, value.is_empty()) {
                from += 1;
                to = next(text, from, |char| char == quote);
            }
        }
        if from < to {
            out.push_str(&text[copied..from]);
            out.push_str(MASK);
            copied = to;
        }
        start = to + text[to..].chars().next().map_or(1, char::len_utf8);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

fn separates(char: char) -> bool {
    matches!(char, '?' | '&' | ';' | ',' | '"' | '\'') || char.is_whitespace()
}

/// Where the next such character from `start` on is, or the end.
fn next(text: &str, start: usize, wanted: impl Fn(char) -> bool) -> usize {
    text[start..]
        .find(wanted)
        .map_or(text.len(), |at| start + at)
}

/// Where the password of a URI with user information stands.
fn uri_password(text: &str) -> Option<std::ops::Range<usize>> {
    let authority = text.find("://")? + 3;
    let rest = &text[authority..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let user = rest[..end].rfind('@')?;
    let colon = rest[..user].find(':')?;
    (colon + 1 < user).then_some(authority + colon + 1..authority + user)
}

/// A canonical JSON document without its secrets; `None` when it has none.
pub fn mask_json(document: &str) -> Option<String> {
    let mut masker = Masker {
        cursor: Cursor::new(document.as_bytes()),
        document,
        out: String::new(),
        copied: 0,
    };
    masker.value(false, 0);
    (masker.copied > 0).then(|| {
        masker.out.push_str(&document[masker.copied..]);
        masker.out
    })
}

struct Masker<'d> {
    cursor: Cursor<'d>,
    document: &'d str,
    out: String,
    copied: usize,
}

impl Masker<'_> {
    fn value(&mut self, secret: bool, depth: usize) {
        match self.cursor.kind() {
            Some(Kind::Object) if depth < super::canonical::MAX_DEPTH => {
                self.cursor.enter(Kind::Object);
                let mut named = false;
                while let Some(key) = self.cursor.key() {
                    let names = matches!(&*key, "name" | "key");
                    if names && self.cursor.kind() == Some(Kind::String) {
                        named = self.cursor.string().is_some_and(|name| is_secret(&name));
                        continue;
                    }
                    let below = secret || is_secret(&key) || (named && &*key == "value");
                    self.value(below, depth + 1);
                }
            }
            Some(Kind::Array) if depth < super::canonical::MAX_DEPTH => {
                self.cursor.enter(Kind::Array);
                while self.cursor.item() {
                    self.value(secret, depth + 1);
                }
            }
            Some(Kind::String) => {
                let start = self.cursor.mark();
                let Some(text) = self.cursor.string() else {
                    return;
                };
                if secret && !text.is_empty() {
                    self.replace(start, MASK);
                } else if let Cow::Owned(masked) = mask_text(&text) {
                    self.replace(start, &masked);
                }
            }
            Some(Kind::Number) if secret => {
                let start = self.cursor.mark();
                self.cursor.skip();
                self.replace(start, MASK);
            }
            _ => self.cursor.skip(),
        }
    }

    /// Puts a text in place of what lies between `start` and the cursor.
    fn replace(&mut self, start: usize, text: &str) {
        self.out.push_str(&self.document[self.copied..start]);
        self.out
            .push_str(&serde_json::Value::from(text).to_string());
        self.copied = self.cursor.place();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_20_names_of_secrets() {
        for name in [
            "database.password",
            "dbPassword",
            "DB_PASSWORD",
            "PGPASSWORD",
            "pwd",
            "client_secret",
            "clientSecret",
            "api-key",
            "apiKey",
            "sasl.jaas.config",
            "access_token",
            "refreshToken",
            "aws.secret.access.key",
            "fs.azure.account.key.x",
            "privateKey",
            "credentials",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "",
            "name",
            "tokenizer",
            "token_count",
            "aws_access_key_id",
            "primary_key",
            "secretary",
            "key",
            "pass",
            "foreign.key",
            "user",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn trap_20_texts() {
        for (text, masked) in [
            ("database.password=se cret,x", "database.password=***"),
            ("database.user=postgres", "database.user=postgres"),
            (
                "jdbc:postgresql://h/db?user=u&password=p&ssl=true",
                "jdbc:postgresql://h/db?user=u&password=***&ssl=true",
            ),
            ("Server=h;Pwd=p;Database=d", "Server=h;Pwd=***;Database=d"),
            ("postgres://u:p@h:5432/db", "postgres://u:***@h:5432/db"),
            ("s3://bucket/a@b:c", "s3://bucket/a@b:c"),
            (
                "select a from b where c = 'password'",
                "select a from b where c = 'password'",
            ),
            ("password=", "password="),
            (
                "sasl.jaas.config=org.Login required username=\"u\" password=\"p q\";",
                "sasl.jaas.config=*** required username=\"u\" password=\"***\";",
            ),
            ("password=\"", "password=***"),
            ("grüße=ä,token=ü", "grüße=ä,token=***"),
        ] {
            assert_eq!(mask_text(text), masked, "{text}");
        }
    }

    #[test]
    fn trap_20_documents() {
        for (document, masked) in [
            (
                r#"{"a":{"password":"p","user":"u"},"b":[1]}"#,
                r#"{"a":{"password":"***","user":"u"},"b":[1]}"#,
            ),
            (
                r#"{"secrets":{"a":"x","b":[1,"y"]}}"#,
                r#"{"secrets":{"a":"***","b":["***","***"]}}"#,
            ),
            (
                r#"{"configs":["a.password=\"q\"","b=1"],"n":12345678901234567890123}"#,
                r#"{"configs":["a.password=***","b=1"],"n":12345678901234567890123}"#,
            ),
            (
                r#"[{"name":"DB_PASSWORD","value":"x"},{"name":"HOME","value":"/"}]"#,
                r#"[{"name":"DB_PASSWORD","value":"***"},{"name":"HOME","value":"/"}]"#,
            ),
            (
                r#"{"token":7,"tokens":null}"#,
                r#"{"token":"***","tokens":null}"#,
            ),
        ] {
            assert_eq!(mask_json(document).as_deref(), Some(masked));
        }
        assert_eq!(mask_json(r#"{"a":[{"b":"c=d"}],"password":""}"#), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_masked_is_json_still(text in "[a-z{}\\[\\]\",:=@/?& \\\\ü]{0,60}", secret in "password|a|token") {
            let document = serde_json::json!({secret.clone(): text, "list": [text.clone(), {"name": secret, "value": text.clone()}]}).to_string();
            if let Some(masked) = mask_json(&document) {
                serde_json::from_str::<serde_json::Value>(&masked).unwrap();
            }
            let _ = mask_json(&text);
        }
    }
}

//! One spelling for each JSON document, so that two serialisations of one event are one event.
//!
//! Canonical form: no white space, object members sorted by their escaped key, strings with the
//! shortest escapes, numbers exactly as written (snapshot ids over 2^53 must not pass through a
//! float). Tolerated and reported: `NaN`/`Infinity` (Python's json module writes them) become
//! `null`; of members with one key the last counts; a lone surrogate escape becomes U+FFFD.
//! Everything else outside RFC 8259 is refused with the place. The verbatim bytes stay in the log.
//!
//! `serde_json` cannot do this: it has no member order, turns numbers into floats, and refuses NaN.

/// First 16 bytes of the BLAKE3 hash of a canonical document.
pub type ContentHash = [u8; 16];

/// Objects and arrays nested deeper than this are refused: sorting members costs depth times size,
/// and no event that was seen nests deeper than 40.
pub const MAX_DEPTH: usize = 256;

/// Hashes canonical bytes.
pub fn content_hash(canonical: &[u8]) -> ContentHash {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(canonical).as_bytes()[..16]);
    short
}

/// A document in canonical form, and what had to be tolerated on the way.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The canonical bytes, valid JSON and UTF-8.
    pub bytes: Vec<u8>,
    /// How many `NaN`, `Infinity` and `-Infinity` tokens were read as `null`.
    pub non_finite: u32,
    /// Keys that stood more than once in one object (the first few, for the warning).
    pub duplicate_keys: Vec<String>,
    /// How many lone surrogate escapes became U+FFFD.
    pub lone_surrogates: u32,
}

/// Why a document is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not valid JSON at line {line}, column {column} (byte {offset}): {reason}")]
pub struct JsonError {
    /// Byte offset from the start of the document.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What was wrong there.
    pub reason: String,
}

/// Reads one JSON document and returns its canonical form.
///
/// # Errors
/// [`JsonError`] with the place of the first thing that is not JSON.
pub fn canonicalise(source: &[u8]) -> Result<Canonical, JsonError> {
    let source = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source);
    if let Err(error) = std::str::from_utf8(source) {
        let reason = "the bytes are not UTF-8".to_owned();
        return Err(located(source, error.valid_up_to(), reason));
    }
    let mut reader = Reader {
        source,
        at: 0,
        out: Canonical {
            bytes: Vec::with_capacity(source.len()),
            ..Canonical::default()
        },
        members: Vec::new(),
        scratch: Vec::new(),
    };
    let read = reader.value(0).and_then(|()| {
        reader.skip_space();
        if reader.at < source.len() {
            return reader.fail("there is more after the end of the document");
        }
        Ok(())
    });
    match read {
        Ok(()) => Ok(reader.out),
        Err(reason) => Err(located(source, reader.at, reason)),
    }
}

fn located(source: &[u8], offset: usize, reason: String) -> JsonError {
    let before = &source[..offset.min(source.len())];
    let line_start = before
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |i| i + 1);
    let column = String::from_utf8_lossy(&before[line_start..])
        .chars()
        .count()
        + 1;
    JsonError {
        offset,
        line: before.split(|&b| b == b'\n').count(),
        column,
        reason,
    }
}

/// Where one member of an object stands in the output.
#[derive(Clone, Copy)]
struct Member {
    start: usize,
    key_end: usize,
    end: usize,
}

struct Reader<'a> {
    source: &'a [u8],
    at: usize,
    out: Canonical,
    /// Members of all objects that are open, as one stack.
    members: Vec<Member>,
    scratch: Vec<u8>,
}

impl Reader<'_> {
    fn fail<T>(&self, reason: &str) -> Result<T, String> {
        Err(match self.source.get(self.at) {
            Some(_) => reason.to_owned(),
            None => format!("the document ends too early ({reason})"),
        })
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal(b"true", b"true"),
            Some(b'f') => self.literal(b"false", b"false"),
            Some(b'n') => self.literal(b"null", b"null"),
            Some(b'N') => self.non_finite(b"NaN"),
            Some(b'I') => self.non_finite(b"Infinity"),
            _ => self.fail("expected a value"),
        }
    }

    fn literal(&mut self, word: &[u8], written: &[u8]) -> Result<(), String> {
        if !self.source[self.at..].starts_with(word) {
            return self.fail("expected a value");
        }
        self.at += word.len();
        self.out.bytes.extend_from_slice(written);
        Ok(())
    }

    fn non_finite(&mut self, word: &[u8]) -> Result<(), String> {
        self.literal(word, b"null")?;
        self.out.non_finite += 1;
        Ok(())
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return self.fail("expected a digit");
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
            if self.peek() == Some(b'I') {
                return self.non_finite(b"Infinity");
            }
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return self.fail("a number may not start with 0");
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        self.out
            .bytes
            .extend_from_slice(&self.source[start..self.at]);
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.out
                        .bytes
                        .extend_from_slice(&self.source[start..self.at]);
                    return Ok(());
                }
                Some(b'\\') => return self.escaped_string(start),
                Some(0..=0x1f) => {
                    return self.fail("a control character in a string must be escaped");
                }
                Some(_) => self.at += 1,
                None => return self.fail("a string is not closed"),
            }
        }
    }

    /// The rest of a string from its first backslash on; `start` is its opening quote.
    fn escaped_string(&mut self, start: usize) -> Result<(), String> {
        self.out
            .bytes
            .extend_from_slice(&self.source[start..self.at]);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.out.bytes.push(b'"');
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(0..=0x1f) => {
                    return self.fail("a control character in a string must be escaped");
                }
                Some(byte) => {
                    self.out.bytes.push(byte);
                    self.at += 1;
                }
                None => return self.fail("a string is not closed"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        let char = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let char = self.unicode_escape()?;
                self.write_char(char);
                return Ok(());
            }
            _ => return self.fail("an unknown escape in a string"),
        };
        self.at += 1;
        self.write_char(char);
        Ok(())
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let digits = self
            .source
            .get(self.at..self.at + 4)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = digits else {
            return self.fail("\\u needs four hexadecimal digits");
        };
        self.at += 4;
        Ok(code)
    }

    fn unicode_escape(&mut self) -> Result<char, String> {
        let high = self.hex4()?;
        if let Some(char) = char::from_u32(high) {
            return Ok(char);
        }
        if high < 0xdc00 && self.source[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        self.out.lone_surrogates += 1;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn write_char(&mut self, char: char) {
        let out = &mut self.out.bytes;
        match char {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            char if char < ' ' => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(char)).as_bytes());
            }
            char => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), String> {
        self.at += 1;
        self.out.bytes.push(b'[');
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            self.out.bytes.push(b']');
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            self.skip_space();
            match self.peek() {
                Some(b',') => self.out.bytes.push(b','),
                Some(b']') => {
                    self.at += 1;
                    self.out.bytes.push(b']');
                    return Ok(());
                }
                _ => return self.fail("expected , or ] in an array"),
            }
            self.at += 1;
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), String> {
        self.at += 1;
        self.out.bytes.push(b'{');
        let first = self.members.len();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.out.bytes.push(b'}');
            return Ok(());
        }
        loop {
            self.member(depth)?;
            self.skip_space();
            match self.peek() {
                Some(b',') => self.out.bytes.push(b','),
                Some(b'}') => {
                    self.at += 1;
                    self.sort_members(first);
                    self.out.bytes.push(b'}');
                    return Ok(());
                }
                _ => return self.fail("expected , or } in an object"),
            }
            self.at += 1;
        }
    }

    fn member(&mut self, depth: usize) -> Result<(), String> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return self.fail("expected a member name in quotes");
        }
        let start = self.out.bytes.len();
        self.string()?;
        let key_end = self.out.bytes.len();
        self.skip_space();
        if self.peek() != Some(b':') {
            return self.fail("expected : after a member name");
        }
        self.at += 1;
        self.out.bytes.push(b':');
        self.value(depth + 1)?;
        let end = self.out.bytes.len();
        self.members.push(Member {
            start,
            key_end,
            end,
        });
        Ok(())
    }

    /// Puts the members from `first` on in order of their keys; the last of equal keys stays.
    fn sort_members(&mut self, first: usize) {
        let bytes = &mut self.out.bytes;
        let key = |bytes: &[u8], m: &Member| bytes[m.start..m.key_end].to_vec();
        let members = &mut self.members[first..];
        let sorted = members
            .windows(2)
            .all(|w| bytes[w[0].start..w[0].key_end] < bytes[w[1].start..w[1].key_end]);
        if !sorted {
            members.sort_by(|a, b| bytes[a.start..a.key_end].cmp(&bytes[b.start..b.key_end]));
            let begin = members.iter().map(|m| m.start).min().unwrap_or_default();
            self.scratch.clear();
            for (i, member) in members.iter().enumerate() {
                let twin = members.get(i + 1).is_some_and(|next| {
                    bytes[next.start..next.key_end] == bytes[member.start..member.key_end]
                });
                if twin {
                    if self.out.duplicate_keys.len() < 8 {
                        let name = String::from_utf8_lossy(&key(bytes, member)).into_owned();
                        self.out.duplicate_keys.push(name);
                    }
                    continue;
                }
                if !self.scratch.is_empty() {
                    self.scratch.push(b',');
                }
                self.scratch
                    .extend_from_slice(&bytes[member.start..member.end]);
            }
            bytes.truncate(begin);
            bytes.extend_from_slice(&self.scratch);
        }
        self.members.truncate(first);
    }
}

#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;

//! The reader behind [`mod@super::canonical`].
//!
//! One pass checks the document and copies it without white space, in runs that are as long as the
//! source allows; objects whose members are out of order are noted. A second pass, made only when
//! there are such objects, copies each byte once more to where it belongs.

use std::cell::RefCell;
use std::ops::Range;

use super::canonical::{Canonical, MAX_DEPTH};
use super::scan::end_of_plain;

/// Keys that stood more than once and are named in the warning; of each no more than that many
/// characters.
const NAMED_KEYS: usize = 8;
const NAMED_KEY_CHARS: usize = 80;

type Reason = &'static str;
/// Why a document is refused that nests deeper than [`MAX_DEPTH`].
pub(super) const TOO_DEEP: Reason = "nested deeper than 256 levels";

/// One member of an object, by places in the copy without white space.
#[derive(Clone, Copy)]
struct Member {
    start: u32,
    key_end: u32,
    end: u32,
    /// The first of [`Reader::objects`] that can lie within it.
    objects: u32,
}

/// An object of the copy. Those without anything out of order below them are not kept.
#[derive(Clone, Copy, Default)]
struct Object {
    start: u32,
    end: u32,
    /// Its members in [`Reader::ordered`]; none when they stand in order in the copy.
    members: (u32, u32),
    /// The first of [`Reader::objects`] behind it.
    next: u32,
}

/// Reads a document; see the module.
pub(super) struct Reader<'a> {
    source: &'a [u8],
    /// How far it came: the place of an error.
    pub at: usize,
    /// Where the part of the source begins that is canonical but not copied yet.
    run: usize,
    /// The copy.
    copy: Vec<u8>,
    /// Members of all objects that are open, as one stack.
    members: Vec<Member>,
    /// In order of their start.
    objects: Vec<Object>,
    ordered: Vec<Member>,
    found: Canonical,
}

/// The lists of a reader that has done its work, for the next one of the thread: growing them anew
/// for each event costs more than filling them.
#[derive(Default)]
struct Lists {
    copy: Vec<u8>,
    members: Vec<Member>,
    objects: Vec<Object>,
    ordered: Vec<Member>,
}

/// Lists longer than this, in entries, are not kept.
const KEPT: usize = 64 << 10;

thread_local! {
    static LISTS: RefCell<Lists> = RefCell::default();
}

/// Documents are at most `canonical::MAX_BYTES` long.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a [u8]) -> Self {
        let mut lists = LISTS.take();
        lists.copy.reserve(source.len());
        Self {
            source,
            at: 0,
            run: 0,
            copy: lists.copy,
            members: lists.members,
            objects: lists.objects,
            ordered: lists.ordered,
            found: Canonical::default(),
        }
    }

    pub fn document(&mut self) -> Result<(), Reason> {
        self.value(0)?;
        self.skip_space();
        if self.at < self.source.len() {
            return Err("there is more after the end of the document");
        }
        self.flush();
        Ok(())
    }

    pub fn finish(mut self) -> Canonical {
        let mut found = std::mem::take(&mut self.found);
        if self.objects.is_empty() && self.copy.len() > KEPT {
            found.bytes = std::mem::take(&mut self.copy);
        } else if self.objects.is_empty() {
            // In memory of just its size: the copy's may be that of a larger one before.
            found.bytes.extend_from_slice(&self.copy);
        } else {
            let mut bytes = Vec::with_capacity(self.copy.len());
            self.put_in_order(0, narrow(self.copy.len()), 0, &mut bytes);
            found.bytes = bytes;
        }
        self.leave_lists();
        found
    }

    fn leave_lists(self) {
        fn emptied<T>(mut list: Vec<T>) -> Vec<T> {
            list.clear();
            list.shrink_to(KEPT);
            list
        }
        LISTS.set(Lists {
            copy: emptied(self.copy),
            members: emptied(self.members),
            objects: emptied(self.objects),
            ordered: emptied(self.ordered),
        });
    }

    /// Writes a part of the copy with the objects in it put in order; `first` is the first of
    /// [`Self::objects`] that can lie in it.
    fn put_in_order(&self, mut start: u32, end: u32, first: u32, into: &mut Vec<u8>) {
        let mut at = first as usize;
        while let Some(object) = self.objects.get(at).filter(|object| object.start < end) {
            if object.members.0 == object.members.1 {
                at += 1;
                continue;
            }
            into.extend_from_slice(&self.copy[start as usize..=object.start as usize]);
            let members = object.members.0 as usize..object.members.1 as usize;
            for (n, member) in self.ordered[members].iter().enumerate() {
                if n > 0 {
                    into.push(b',');
                }
                self.put_in_order(member.start, member.end, member.objects, into);
            }
            into.push(b'}');
            start = object.end;
            at = object.next as usize;
        }
        into.extend_from_slice(&self.copy[start as usize..end as usize]);
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    /// Where the next byte of the source will be in the copy.
    fn place(&self) -> usize {
        self.copy.len() + (self.at - self.run)
    }

    /// Copies what is canonical up to here.
    fn flush(&mut self) {
        self.copy.extend_from_slice(&self.source[self.run..self.at]);
        self.run = self.at;
    }

    #[inline]
    fn skip_space(&mut self) {
        if !matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            return;
        }
        self.flush();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.run = self.at;
    }

    fn value(&mut self, depth: usize) -> Result<(), Reason> {
        if depth > MAX_DEPTH {
            return Err(TOO_DEEP);
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            Some(b'N') => self.non_finite(b"NaN"),
            Some(b'I') => self.non_finite(b"Infinity"),
            _ => Err("expected a value"),
        }
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Reason> {
        if !self.source[self.at..].starts_with(word) {
            return Err("expected a value");
        }
        self.at += word.len();
        Ok(())
    }

    fn non_finite(&mut self, word: &[u8]) -> Result<(), Reason> {
        self.flush();
        self.literal(word)?;
        self.copy.extend_from_slice(b"null");
        self.run = self.at;
        self.found.non_finite += 1;
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Reason> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err("expected a digit");
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Reason> {
        if self.peek() == Some(b'-') {
            if self.source[self.at..].starts_with(b"-Infinity") {
                return self.non_finite(b"-Infinity");
            }
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err("a number may not start with 0");
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
        Ok(())
    }

    /// Reads a string; true when its canonical spelling is another one.
    fn string(&mut self) -> Result<bool, Reason> {
        self.at += 1;
        let mut rewritten = false;
        loop {
            self.at = end_of_plain(self.source, self.at);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(rewritten);
                }
                Some(b'\\') if self.is_kept_escape() => self.at += 2,
                Some(b'\\') => {
                    rewritten = true;
                    self.flush();
                    self.at += 1;
                    self.rewritten_escape()?;
                    self.run = self.at;
                }
                Some(_) => return Err("a control character in a string must be escaped"),
                None => return Err("a string is not closed"),
            }
        }
    }

    /// Whether the escape here is the canonical spelling already.
    fn is_kept_escape(&self) -> bool {
        let escaped = self.source.get(self.at + 1);
        matches!(
            escaped,
            Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't')
        )
    }

    /// An escape that is spelled another way: `\/` and `\u`.
    fn rewritten_escape(&mut self) -> Result<(), Reason> {
        match self.peek() {
            Some(b'/') => {
                self.at += 1;
                self.copy.push(b'/');
            }
            Some(b'u') => {
                self.at += 1;
                let char = self.unicode_escape()?;
                self.write_char(char);
            }
            _ => return Err("an unknown escape in a string"),
        }
        Ok(())
    }

    fn hex4(&mut self) -> Result<u32, Reason> {
        let digits = self
            .source
            .get(self.at..self.at + 4)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = digits else {
            return Err("\\u needs four hexadecimal digits");
        };
        self.at += 4;
        Ok(code)
    }

    fn unicode_escape(&mut self) -> Result<char, Reason> {
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
        self.found.lone_surrogates += 1;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn write_char(&mut self, char: char) {
        let out = &mut self.copy;
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

    fn array(&mut self, depth: usize) -> Result<(), Reason> {
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err("expected , or ] in an array"),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Reason> {
        let slot = self.objects.len();
        let start = narrow(self.place());
        self.objects.push(Object {
            start,
            ..Object::default()
        });
        let first = self.members.len();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.objects.truncate(slot);
            return Ok(());
        }
        let mut in_order = true;
        let mut previous = 0..0;
        loop {
            let (key, rewritten) = self.member(depth)?;
            in_order &= !rewritten && self.source[previous] < self.source[key.clone()];
            previous = key;
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err("expected , or } in an object"),
            }
        }
        self.at += 1;
        if in_order {
            self.members.truncate(first);
            if self.objects.len() == slot + 1 {
                self.objects.truncate(slot);
            }
        } else {
            self.order_members(slot, first);
        }
        Ok(())
    }

    /// Reads one member; returns where its key is in the source, and whether that is spelled
    /// another way there.
    #[inline]
    fn member(&mut self, depth: usize) -> Result<(Range<usize>, bool), Reason> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err("expected a member name in quotes");
        }
        let start = narrow(self.place());
        let key_start = self.at;
        let rewritten = self.string()?;
        let key = key_start..self.at;
        let key_end = narrow(self.place());
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err("expected : after a member name");
        }
        self.at += 1;
        let objects = narrow(self.objects.len());
        self.value(depth + 1)?;
        self.members.push(Member {
            start,
            key_end,
            end: narrow(self.place()),
            objects,
        });
        Ok((key, rewritten))
    }

    /// Notes the order of the members from `first` on; the last of equal keys stays.
    fn order_members(&mut self, slot: usize, first: usize) {
        self.flush();
        let copy = &self.copy;
        let key = |m: &Member| &copy[m.start as usize..m.key_end as usize];
        let members = &mut self.members[first..];
        members.sort_by(|a, b| key(a).cmp(key(b)));
        let begin = narrow(self.ordered.len());
        for (n, member) in members.iter().enumerate() {
            let twin = members.get(n + 1).is_some_and(|m| key(m) == key(member));
            if !twin {
                self.ordered.push(*member);
            } else if self.found.duplicate_keys.len() < NAMED_KEYS {
                let name = String::from_utf8_lossy(key(member));
                let name = name.chars().take(NAMED_KEY_CHARS).collect();
                self.found.duplicate_keys.push(name);
            }
        }
        self.members.truncate(first);
        self.objects[slot].end = narrow(self.copy.len());
        self.objects[slot].members = (begin, narrow(self.ordered.len()));
        self.objects[slot].next = narrow(self.objects.len());
    }
}

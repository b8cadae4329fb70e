//! Pages: neighbouring pairs of key and value as one value, so that the store below has one key where
//! many records stand.
//!
//! Bytes in, bytes out; nothing here knows where pages are kept. A page holds the keys from its lower
//! bound, under which it is kept, to the lower bound of the next one, which it names itself. When it
//! has grown too large it is cut, and what is behind the cut goes to pages further back: no key ever
//! moves to a page before its own, so whoever reads page after page misses none.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | format, [`FORMAT`] |
//! | varint, bytes | 0 where no page follows, else 1 + length of its lower bound, and that |
//! | for each pair: | |
//! | varint | how many first bytes of its key are those of the key before |
//! | varint, bytes | length of the rest of the key, and that |
//! | varint, bytes | twice the length of the value (+ 1: see [`Value::apart`]), and that |

/// First byte of a page.
const FORMAT: u8 = 1;

/// A page is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page of records has an unknown form or is cut off")]
pub struct Damaged;

/// A value as a page holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a> {
    /// The value, or what tells where it is.
    pub bytes: &'a [u8],
    /// The value itself stands elsewhere.
    pub apart: bool,
}

/// A page after writing.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// Its lower bound; `None` for the page that was there before.
    pub lower: Option<Vec<u8>>,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Where the next page begins, if there is one. A page of no bytes is the only one, and empty.
///
/// # Errors
/// [`Damaged`].
pub fn upper(page: &[u8]) -> Result<Option<&[u8]>, Damaged> {
    Ok(open(page)?.0)
}

/// The value of a key.
///
/// # Errors
/// [`Damaged`].
pub fn find<'a>(page: &'a [u8], key: &[u8]) -> Result<Option<Value<'a>>, Damaged> {
    let mut rest = open(page)?.1;
    // How many bytes of `key` the key before had in common with it; it was less.
    let mut same = 0;
    while !rest.is_empty() {
        let (shared, tail, value) = pair(&mut rest)?;
        if shared > same {
            continue;
        }
        if shared < same {
            return Ok(None);
        }
        let wanted = &key[same..];
        let more = common(tail, wanted);
        if more == tail.len() && more == wanted.len() {
            return Ok(Some(value));
        }
        if tail[more..] > wanted[more..] {
            return Ok(None);
        }
        same += more;
    }
    Ok(None)
}

/// Visits the pairs of a page in the order of their keys.
///
/// # Errors
/// [`Damaged`], where it is; the pairs before that were visited.
pub fn each<'a>(page: &'a [u8], mut visit: impl FnMut(&[u8], Value<'a>)) -> Result<(), Damaged> {
    let (mut rest, mut key) = (open(page)?.1, Vec::new());
    while !rest.is_empty() {
        let (shared, tail, value) = pair(&mut rest)?;
        if shared > key.len() {
            return Err(Damaged);
        }
        key.truncate(shared);
        key.extend_from_slice(tail);
        visit(&key, value);
    }
    Ok(())
}

/// Writes pairs (or `None`: removes them) into a page, and cuts it into pages of about `size` bytes
/// when it has become too large. `writes` ascend and are all of this page. `replaced` sees each
/// value that was there and is no more, or is another.
///
/// # Errors
/// [`Damaged`].
pub fn write<'a>(
    page: &'a [u8],
    writes: &[(&'a [u8], Option<Value<'a>>)],
    size: usize,
    mut replaced: impl FnMut(Value<'a>),
) -> Result<Vec<Written>, Damaged> {
    let mut new = Pairs::with_room(page.len());
    let mut writes = writes.iter().peekable();
    each(page, |key, old| {
        while let Some((before, value)) = writes.next_if(|(written, _)| *written < key) {
            new.push_if(before, *value);
        }
        let Some((_, value)) = writes.next_if(|(written, _)| *written == key) else {
            return new.push(key, old);
        };
        if *value != Some(old) {
            replaced(old);
        }
        new.push_if(key, *value);
    })?;
    for (key, value) in writes {
        new.push_if(key, *value);
    }
    Ok(new.cut(upper(page)?, size))
}

/// Pairs on their way into pages.
struct Pairs<'a> {
    /// All keys, one after the other.
    keys: Vec<u8>,
    /// Where each key ends, how much of it is the start of the key before, and its value.
    pairs: Vec<(usize, usize, Value<'a>)>,
}

impl<'a> Pairs<'a> {
    fn with_room(bytes: usize) -> Self {
        Self {
            keys: Vec::with_capacity(bytes),
            pairs: Vec::with_capacity(bytes / 32),
        }
    }

    fn push_if(&mut self, key: &[u8], value: Option<Value<'a>>) {
        if let Some(value) = value {
            self.push(key, value);
        }
    }

    fn push(&mut self, key: &[u8], value: Value<'a>) {
        let end = self.keys.len();
        let start = self.pairs.len().checked_sub(2);
        let start = start.map_or(0, |before| self.pairs[before].0);
        let shared = common(&self.keys[start..end], key);
        self.keys.extend_from_slice(key);
        self.pairs.push((self.keys.len(), shared, value));
    }

    /// Bytes of a pair, but for at most a dozen of lengths.
    fn weight(&self, at: usize) -> usize {
        let (end, shared, value) = self.pairs[at];
        end - self.start(at) - shared + value.bytes.len() + 4
    }

    fn start(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |before| self.pairs[before].0)
    }

    fn key(&self, at: usize) -> &[u8] {
        &self.keys[self.start(at)..self.pairs[at].0]
    }

    /// Pages of equal size, so that none is left with hardly anything in it.
    fn cut(&self, upper: Option<&[u8]>, size: usize) -> Vec<Written> {
        let total: usize = (0..self.pairs.len()).map(|at| self.weight(at)).sum();
        let each = total / total.div_ceil(size).max(1);
        let (mut cuts, mut filled) = (Vec::new(), 0);
        for at in 0..self.pairs.len() {
            let weight = self.weight(at);
            if filled > 0 && filled + weight / 2 > each {
                cuts.push(at);
                filled = 0;
            }
            filled += weight;
        }
        let mut pages = Vec::with_capacity(cuts.len() + 1);
        let (mut from, mut lower) = (0, None);
        for to in cuts {
            // The shortest text that tells the two pages apart.
            let next = self.key(to)[..=self.pairs[to].1].to_vec();
            let bytes = self.page(from..to, Some(&next));
            pages.push(Written { lower, bytes });
            (from, lower) = (to, Some(next));
        }
        let bytes = self.page(from..self.pairs.len(), upper);
        pages.push(Written { lower, bytes });
        pages
    }

    fn page(&self, pairs: std::ops::Range<usize>, upper: Option<&[u8]>) -> Vec<u8> {
        let weight: usize = pairs.clone().map(|at| self.weight(at) + 8).sum();
        let mut page = Vec::with_capacity(weight + 64);
        page.push(FORMAT);
        put_number(&mut page, upper.map_or(0, |upper| upper.len() + 1));
        page.extend_from_slice(upper.unwrap_or_default());
        let first = pairs.start;
        for at in pairs {
            let (_, shared, value) = self.pairs[at];
            let shared = if at == first { 0 } else { shared };
            put_number(&mut page, shared);
            let tail = &self.key(at)[shared..];
            put_number(&mut page, tail.len());
            page.extend_from_slice(tail);
            put_number(&mut page, value.bytes.len() << 1 | usize::from(value.apart));
            page.extend_from_slice(value.bytes);
        }
        page
    }
}

/// The bound at the start of a page, and its pairs.
fn open(page: &[u8]) -> Result<(Option<&[u8]>, &[u8]), Damaged> {
    let Some((format, mut rest)) = page.split_first() else {
        return Ok((None, &[]));
    };
    if *format != FORMAT {
        return Err(Damaged);
    }
    let Some(length) = number(&mut rest)?.checked_sub(1) else {
        return Ok((None, rest));
    };
    let upper = take(&mut rest, length)?;
    Ok((Some(upper), rest))
}

/// Takes one pair: what its key shares with the key before, the rest of the key, the value.
fn pair<'a>(rest: &mut &'a [u8]) -> Result<(usize, &'a [u8], Value<'a>), Damaged> {
    let shared = number(rest)?;
    let length = number(rest)?;
    let tail = take(rest, length)?;
    let length = number(rest)?;
    let value = Value {
        bytes: take(rest, length >> 1)?,
        apart: length & 1 == 1,
    };
    Ok((shared, tail, value))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Damaged> {
    let (taken, left) = rest.split_at_checked(length).ok_or(Damaged)?;
    *rest = left;
    Ok(taken)
}

/// LEB128, of at most 32 bits.
fn number(rest: &mut &[u8]) -> Result<usize, Damaged> {
    let mut number = 0;
    for shift in [0, 7, 14, 21, 28] {
        let (&byte, left) = rest.split_first().ok_or(Damaged)?;
        *rest = left;
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Damaged)
}

fn put_number(page: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        page.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    page.push(number.to_le_bytes()[0]);
}

fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    type Map = BTreeMap<Vec<u8>, Vec<u8>>;

    fn pairs(page: &[u8]) -> Map {
        let mut pairs = Map::new();
        each(page, |key, value| {
            assert!(!value.apart);
            assert!(pairs.last_key_value().is_none_or(|(last, _)| **last < *key));
            pairs.insert(key.to_vec(), value.bytes.to_vec());
        })
        .unwrap();
        pairs
    }

    fn whole(bytes: &[u8]) -> Value<'_> {
        let apart = false;
        Value { bytes, apart }
    }

    proptest! {
        /// Reference: a map of whole keys, and one of pages by their lower bound.
        #[test]
        fn pages_hold_what_was_written(
            rounds in prop::collection::vec(
                prop::collection::btree_map("[ab]{0,5}c?", prop::option::of("[xy]{0,40}"), 0..12),
                1..12,
            ),
            size in 16_usize..200,
        ) {
            let (mut truth, mut pages) = (Map::new(), Map::new());
            pages.insert(Vec::new(), Vec::new());
            for round in rounds {
                let mut gone = 0;
                let writes: Map = round.iter().map(|(key, value)| {
                    let text = value.clone().unwrap_or_default();
                    (key.clone().into_bytes(), text.into_bytes())
                }).collect();
                let removed: Vec<&[u8]> = round.iter()
                    .filter(|(_, value)| value.is_none()).map(|(key, _)| key.as_bytes()).collect();
                let mut left: Vec<_> = writes.iter().map(|(key, value)| {
                    let value = (!removed.contains(&key.as_slice())).then(|| whole(value));
                    (key.as_slice(), value)
                }).collect();
                while let Some(&(first, _)) = left.first() {
                    let (lower, page) = pages.range(..=first.to_vec()).next_back()
                        .map(|(lower, page)| (lower.clone(), page.clone())).unwrap();
                    let upper = upper(&page).unwrap();
                    let own = left.iter().take_while(|(key, _)| upper.is_none_or(|u| *key < u)).count();
                    let own: Vec<_> = left.drain(..own).collect();
                    let written = write(&page, &own, size, |_| gone += 1).unwrap();
                    for (at, one) in written.into_iter().enumerate() {
                        prop_assert_eq!(one.lower.is_none(), at == 0);
                        pages.insert(one.lower.unwrap_or_else(|| lower.clone()), one.bytes);
                    }
                }
                let mut expected = 0;
                for (key, value) in &writes {
                    let new = (!removed.contains(&key.as_slice())).then_some(value);
                    expected += usize::from(truth.get(key).is_some_and(|old| Some(old) != new));
                    match new {
                        Some(value) => truth.insert(key.clone(), value.clone()),
                        None => truth.remove(key),
                    };
                }
                prop_assert_eq!(gone, expected);
            }
            let bounds: Vec<&Vec<u8>> = pages.keys().collect();
            let mut all = Map::new();
            for (at, (lower, page)) in pages.iter().enumerate() {
                prop_assert_eq!(upper(page).unwrap(), bounds.get(at + 1).map(|next| next.as_slice()));
                for (key, value) in pairs(page) {
                    prop_assert!(key >= *lower);
                    prop_assert_eq!(find(page, &key).unwrap(), Some(whole(&value)));
                    all.insert(key, value);
                }
            }
            prop_assert_eq!(&all, &truth);
            for key in ["", "a", "ab", "abab", "b", "bbbbbc", "c"] {
                let (_, page) = pages.range(..=key.as_bytes().to_vec()).next_back().unwrap();
                let found = find(page, key.as_bytes()).unwrap().map(|value| value.bytes);
                prop_assert_eq!(found, truth.get(key.as_bytes()).map(Vec::as_slice));
            }
        }

        #[test]
        fn damage_is_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let page = [&[FORMAT], bytes.as_slice()].concat();
            _ = find(&page, b"abc");
            _ = each(&page, |_, _| ());
            _ = write(&page, &[(b"abc", Some(whole(b"x")))], 64, |_| ());
        }
    }

    #[test]
    fn pages_are_of_equal_size_and_a_large_value_has_its_own() {
        let (many, large) = (vec![7; 60], vec![7; 5_000]);
        let keys: Vec<String> = (0..100).map(|n| format!("key {n:03}")).collect();
        let value = |n| whole(if n == 50 { &large } else { &many });
        let writes: Vec<_> = (0..100)
            .map(|n| (keys[n].as_bytes(), Some(value(n))))
            .collect();
        let pages = write(&[], &writes, 1_000, |_| ()).unwrap();
        let sizes: Vec<usize> = pages.iter().map(|page| page.bytes.len()).collect();
        assert!(sizes.iter().all(|&size| size < 6_000), "{sizes:?}");
        assert!(
            sizes.iter().filter(|&&size| size < 400).count() <= 2,
            "{sizes:?}"
        );
        assert!(
            pages[1]
                .lower
                .as_ref()
                .is_some_and(|lower| lower.len() <= 7)
        );
    }

    #[test]
    fn another_format_is_refused() {
        assert_eq!(find(&[FORMAT + 1, 0], b"a"), Err(Damaged));
        assert_eq!(upper(&[FORMAT, 200]), Err(Damaged));
    }
}

//! Hashes of documents that come again and again: a job tells the same schema, documentation and
//! version facets with each event of each run, and hashing them was the dearest part of reading an
//! event that carries them.
//!
//! Only speed: what is returned is [`content_hash`] of the bytes, and bytes are compared whole before
//! a hash is taken from here. Each thread remembers by itself, so that nobody waits.

use std::cell::RefCell;

use super::canonical::{ContentHash, content_hash};

/// Documents up to this length are hashed faster than they are found.
const SHORT: usize = 128;
/// Longer documents are not remembered: a thread holds at most [`SLOTS`] times this.
const LONG: usize = 4 << 10;
const SLOTS: usize = 256;

/// A document, and another that was seen once and takes its place when it is seen again.
#[derive(Default)]
struct Slot {
    mark: u64,
    document: Vec<u8>,
    hash: ContentHash,
    seen_once: u64,
}

impl Slot {
    fn hash(&mut self, mark: u64, document: &[u8]) -> ContentHash {
        if self.mark == mark && self.document == document {
            return self.hash;
        }
        let hash = content_hash(document);
        if self.seen_once == mark {
            self.mark = mark;
            self.hash = hash;
            self.document.clear();
            self.document.extend_from_slice(document);
        }
        self.seen_once = mark;
        hash
    }
}

struct Memory {
    marks: ahash::RandomState,
    slots: Vec<Slot>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::new(Memory {
        marks: ahash::RandomState::new(),
        slots: (0..SLOTS).map(|_| Slot::default()).collect(),
    });
}

/// What [`content_hash`] returns, sooner for documents that this thread has seen lately.
pub(super) fn repeated_hash(document: &[u8]) -> ContentHash {
    if document.len() <= SHORT || document.len() > LONG {
        return content_hash(document);
    }
    MEMORY.with_borrow_mut(|memory| {
        let mark = memory.marks.hash_one(document);
        #[allow(clippy::cast_possible_truncation)] // which bits are taken makes no difference
        let at = mark as usize % SLOTS;
        memory.slots[at].hash(mark, document)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_same_the_first_time_the_second_and_the_third() {
        // Three times as many as there is room for, so that most slots change hands.
        let document = |n: usize| format!("{n:0>width$}", width = 120 + n % 400).into_bytes();
        for round in 0..4 {
            for n in 0..SLOTS * 3 {
                let document = document(n);
                let again = 1 + (n + round) % 3;
                for _ in 0..again {
                    assert_eq!(repeated_hash(&document), content_hash(&document), "{n}");
                }
            }
        }
    }

    #[test]
    fn documents_of_one_mark_are_told_apart() {
        let (one, other) = ([1; 200], [2; 200]);
        let mut slot = Slot::default();
        for _ in 0..3 {
            assert_eq!(slot.hash(7, &one), content_hash(&one));
            assert_eq!(slot.hash(7, &other), content_hash(&other));
        }
    }

    #[test]
    fn what_comes_once_takes_nobodys_place() {
        let (often, once) = ([1; 200], [2; 200]);
        let mut slot = Slot::default();
        slot.hash(7, &often);
        slot.hash(7, &often);
        slot.hash(8, &once);
        assert_eq!(slot.document, often);
        slot.hash(8, &once);
        assert_eq!(slot.document, once);
    }
}

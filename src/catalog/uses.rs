//! Facets of a run's uses of datasets. Most are registers: the latest holds. Assertions of quality
//! hold beside each other, for producers send an event for each of them (trap 27).

use crate::openlineage::{ContentHash, DatasetPart, EventTime};

use super::apply::Context;
use super::names::DatasetId;
use super::records::{FacetRegister, IoFacet, merge};
use super::state::State;

/// The facet of which a run may have several that hold. Producers set it on the use of a dataset,
/// or on the dataset; both are what a run checked.
const BESIDE: &str = "dataQualityAssertions";
/// So many of them are kept for a run, the latest: its record is written whole with each event.
const MOST: usize = 1_000;

impl State {
    /// What one event of a run tells of its use of a dataset.
    pub fn facets_of_use(
        &mut self,
        dataset: DatasetId,
        output: bool,
        part: &DatasetPart,
        context: Context,
        into: &mut Vec<IoFacet>,
    ) {
        let name = self.string(BESIDE);
        let of_dataset = part.facets.iter().filter(|facet| &*facet.name == BESIDE);
        into.extend(of_dataset.map(|facet| IoFacet {
            dataset,
            output,
            beside: true,
            facet: FacetRegister {
                name,
                time: context.time,
                hash: facet.hash,
                deleted: facet.deleted,
                seq: context.seq,
            },
        }));
        let registers = self.registers(&part.io_facets, context);
        into.extend(registers.into_iter().map(|(facet, _)| IoFacet {
            dataset,
            output,
            beside: facet.name == name,
            facet,
        }));
    }
}

/// Joins facets of uses; returns whether some were left out because there are too many beside each
/// other. One event may name a dataset twice, so there may be several of one key.
pub fn join(held: &mut Vec<IoFacet>, mut new: Vec<IoFacet>) -> bool {
    new.sort_by_key(IoFacet::key);
    new.dedup_by(|later, first| {
        let same = later.key() == first.key();
        if same {
            first.facet.join(later.facet);
        }
        same
    });
    merge(held, new, IoFacet::key, |held, new| {
        if let Some(new) = new {
            held.facet.join(new.facet);
        }
    });
    keep_latest(held)
}

/// Leaves out the earliest of too many; of equal ones all stay. What is left of a set is the same
/// however it came together.
fn keep_latest(held: &mut Vec<IoFacet>) -> bool {
    let mut order: Vec<_> = held.iter().filter(|io| io.beside).map(age).collect();
    let Some(beyond) = order.len().checked_sub(MOST).filter(|&beyond| beyond > 0) else {
        return false;
    };
    order.sort_unstable();
    let first = order[beyond];
    held.retain(|io| !io.beside || age(io) >= first);
    true
}

fn age(io: &IoFacet) -> (EventTime, ContentHash) {
    (io.facet.time, io.facet.hash)
}

/// Those that hold: not deleted, nor, of those beside each other, told before a deletion.
pub fn that_hold(facets: &[IoFacet]) -> impl Iterator<Item = &IoFacet> {
    let of = |io: &IoFacet| (io.dataset, io.output, io.facet.name);
    let deleted = facets.iter().filter(|io| io.facet.deleted);
    let deleted: Vec<_> = deleted.map(|io| (of(io), io.facet.time)).collect();
    facets.iter().filter(move |io| {
        let mut ended = deleted
            .iter()
            .map(|&(place, time)| place == of(io) && time >= io.facet.time);
        !(io.facet.deleted || io.beside && ended.any(|ended| ended))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(at: i64, body: u8, deleted: bool) -> IoFacet {
        IoFacet {
            dataset: 1,
            output: false,
            beside: true,
            facet: FacetRegister {
                name: 2,
                time: EventTime(at),
                hash: [body; 16],
                deleted,
                seq: 0,
            },
        }
    }

    #[test]
    fn bodies_stand_beside_each_other_until_they_are_deleted() {
        let mut held = Vec::new();
        for one in [
            told(1, 1, false),
            told(3, 3, false),
            told(2, 9, true),
            told(2, 2, false),
        ] {
            assert!(!join(&mut held, vec![one]));
        }
        let hold: Vec<_> = that_hold(&held).map(|io| io.facet.hash[0]).collect();
        assert_eq!(hold, [3]);
    }

    #[test]
    fn the_latest_of_too_many_are_kept_whatever_came_first() {
        let all: Vec<_> = (0..=1_200_i64)
            .map(|n| {
                let mut one = told(n % 700, 0, false);
                one.facet.hash[..8].copy_from_slice(&n.to_be_bytes());
                one
            })
            .collect();
        let (mut forth, mut back, mut once) = (Vec::new(), Vec::new(), Vec::new());
        let mut cut = [false; 2];
        for one in &all {
            cut[0] |= join(&mut forth, vec![one.clone()]);
        }
        for one in all.iter().rev() {
            cut[1] |= join(&mut back, vec![one.clone()]);
        }
        assert!(join(&mut once, all));
        assert_eq!(cut, [true; 2]);
        assert_eq!(forth.len(), MOST);
        assert!(forth == back && back == once);
    }
}

//! The column edges of one job, derived from the plan each time they are
//! needed: all runs of a job assert the same ones.

use super::plan::Plan;
use super::sample::Sample;
use super::spec::{GenerateSpec, Shape};

/// Streams of choices for the edges of job n: this plus n.
const EDGE_STREAMS: u64 = 1 << 40;
/// A table with more columns than this is copied column by column.
const WIDE: u32 = 200;

/// One input column and how it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// Index of the input dataset.
    pub(super) dataset: u32,
    pub(super) column: u32,
    /// `type` and `subtype` of the transformation.
    pub(super) kind: (&'static str, &'static str),
}

impl Use {
    fn same_column(&self, other: &Self) -> bool {
        (self.dataset, self.column) == (other.dataset, other.column)
    }
}

/// The edges of one job; made to be used again for the next.
#[derive(Debug, Default)]
pub(super) struct JobEdges {
    direct: Vec<Use>,
    /// Where the direct uses of each output column end.
    ends: Vec<usize>,
    /// Uses by the model as a whole, which count for every output column.
    indirect: Vec<Use>,
}

const IDENTITY: (&str, &str) = ("DIRECT", "IDENTITY");
const TRANSFORMATION: (&str, &str) = ("DIRECT", "TRANSFORMATION");
const AGGREGATION: (&str, &str) = ("DIRECT", "AGGREGATION");
const INDIRECT: [(&str, &str); 4] = [
    ("INDIRECT", "JOIN"),
    ("INDIRECT", "FILTER"),
    ("INDIRECT", "GROUP_BY"),
    ("INDIRECT", "SORT"),
];

impl JobEdges {
    /// Makes the edges of the job that makes the dataset `made`.
    pub(super) fn derive(&mut self, spec: &GenerateSpec, plan: &Plan, made: u32) {
        self.direct.clear();
        self.ends.clear();
        self.indirect.clear();
        let columns = plan.datasets[made as usize].columns;
        let inputs = &plan.datasets[made as usize].inputs;
        if let Shape::Layered { .. } = spec.shape {
            self.add_from_each(inputs, columns);
            return;
        }
        let mut sample = Sample::new(spec.seed, EDGE_STREAMS + u64::from(made));
        if columns <= WIDE {
            self.choose_indirect(&mut sample, plan, inputs);
        }
        for column in 0..columns {
            self.choose_direct(&mut sample, plan, inputs, (column, columns));
        }
    }

    /// Layered: each column from the column of the same place of each input.
    fn add_from_each(&mut self, inputs: &[u32], columns: u32) {
        for column in 0..columns {
            let uses = inputs.iter().map(|&dataset| Use {
                dataset,
                column,
                kind: TRANSFORMATION,
            });
            self.direct.extend(uses);
            self.ends.push(self.direct.len());
        }
    }

    fn choose_indirect(&mut self, sample: &mut Sample, plan: &Plan, inputs: &[u32]) {
        for _ in 0..[0, 1, 2, 3, 3, 4, 5, 7][sample.below(8) as usize] {
            let kind = INDIRECT[sample.below(4) as usize];
            let chosen = choose(sample, plan, inputs, kind);
            if !self.indirect.iter().any(|known| known.same_column(&chosen)) {
                self.indirect.push(chosen);
            }
        }
    }

    fn choose_direct(
        &mut self,
        sample: &mut Sample,
        plan: &Plan,
        inputs: &[u32],
        (column, columns): (u32, u32),
    ) {
        let begin = self.direct.len();
        let wanted = if columns > WIDE {
            1
        } else {
            [1, 1, 2, 3][sample.below(4) as usize]
        };
        let kind = match (wanted, column % 3) {
            (1, 0 | 1) => IDENTITY,
            (_, 2) => AGGREGATION,
            _ => TRANSFORMATION,
        };
        for _ in 0..wanted {
            let chosen = choose(sample, plan, inputs, kind);
            if !self.direct[begin..]
                .iter()
                .any(|known| known.same_column(&chosen))
            {
                self.direct.push(chosen);
            }
        }
        self.ends.push(self.direct.len());
    }

    /// The input columns of the output column `column`, each once.
    pub(super) fn of(&self, column: u32) -> impl Iterator<Item = &Use> {
        let at = column as usize;
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let direct = &self.direct[begin..self.ends[at]];
        let indirect = self.indirect.iter();
        let others = indirect.filter(|used| !direct.iter().any(|known| known.same_column(used)));
        direct.iter().chain(others)
    }

    /// Distinct pairs of input and output column.
    pub(super) fn pairs(&self, columns: u32) -> u64 {
        let of_column = |column| self.of(column).count() as u64;
        (0..columns).map(of_column).sum()
    }
}

/// A column of one of the inputs (there is at least one).
fn choose(
    sample: &mut Sample,
    plan: &Plan,
    inputs: &[u32],
    kind: (&'static str, &'static str),
) -> Use {
    let among = u32::try_from(inputs.len()).unwrap_or(1);
    let dataset = inputs[sample.below(among) as usize];
    let column = sample.below(plan.datasets[dataset as usize].columns);
    Use {
        dataset,
        column,
        kind,
    }
}

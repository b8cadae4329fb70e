//! Dense numbers for columns: those of one dataset stand side by side.

use std::sync::Arc;

use super::walk::Marks;

/// A column: its dataset and its ordinal there. Ordinals count from 1 in order of first sight;
/// [`WHOLE_DATASET`] stands for all columns at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnRef {
    /// The dataset's number.
    pub dataset: u32,
    /// The column's ordinal.
    pub ordinal: u32,
}

/// The ordinal of a dataset's pseudo column: what points there is used by every column of it
/// (a filter or join key of the statement that writes it).
pub const WHOLE_DATASET: u32 = 0;

/// Numbers for columns: a base in which dataset d owns `offsets[d]..offsets[d + 1]`, and what was
/// added since. One thread's random reads top out beyond the cache, so neighbours must be near.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnSpace {
    offsets: Arc<Vec<u32>>,
    added: imbl::Vector<ColumnRef>,
    added_number: imbl::HashMap<ColumnRef, u32>,
    added_by_dataset: imbl::HashMap<u32, imbl::Vector<u32>>,
    hidden: imbl::HashSet<u32>,
    /// As of an earlier time: columns that their dataset did not have yet.
    later: Option<Arc<Marks>>,
}

impl ColumnSpace {
    /// `columns[d]` is how many columns dataset d has, without the pseudo column.
    pub fn build(columns: &[u32]) -> Self {
        let mut offsets = Vec::with_capacity(columns.len() + 1);
        let mut next = 0;
        offsets.push(next);
        for count in columns {
            next += count + 1;
            offsets.push(next);
        }
        Self {
            offsets: Arc::new(offsets),
            ..Self::default()
        }
    }

    fn base_len(&self) -> u32 {
        self.offsets.last().copied().unwrap_or_default()
    }

    /// One more than the highest number.
    pub fn len(&self) -> usize {
        self.base_len() as usize + self.added.len()
    }

    pub fn number(&self, column: ColumnRef) -> Option<u32> {
        let dataset = column.dataset as usize;
        if let (Some(&from), Some(&to)) = (self.offsets.get(dataset), self.offsets.get(dataset + 1))
            && column.ordinal < to - from
        {
            return Some(from + column.ordinal);
        }
        self.added_number.get(&column).copied()
    }

    pub fn number_or_add(&mut self, column: ColumnRef) -> u32 {
        if let Some(number) = self.number(column) {
            return number;
        }
        let number = self.base_len() + u32::try_from(self.added.len()).unwrap_or(u32::MAX >> 2);
        self.added.push_back(column);
        self.added_number.insert(column, number);
        self.added_by_dataset
            .entry(column.dataset)
            .or_default()
            .push_back(number);
        number
    }

    pub fn column(&self, number: u32) -> ColumnRef {
        let base = self.base_len();
        if number >= base {
            return self.added[(number - base) as usize];
        }
        let dataset = self.offsets.partition_point(|&offset| offset <= number) - 1;
        ColumnRef {
            dataset: u32::try_from(dataset).unwrap_or(u32::MAX),
            ordinal: number - self.offsets[dataset],
        }
    }

    /// Leaves a column out of those of its dataset.
    pub fn hide(&mut self, number: u32) {
        self.hidden.insert(number);
    }

    /// Takes back [`Self::hide`].
    pub fn show(&mut self, number: u32) {
        self.hidden.remove(&number);
    }

    /// Columns that are hidden.
    pub fn hidden(&self) -> impl Iterator<Item = ColumnRef> + '_ {
        self.hidden.iter().map(|&number| self.column(number))
    }

    /// The numbers of all real columns of a dataset that are not hidden.
    pub fn columns_of(&self, dataset: u32) -> impl Iterator<Item = u32> + '_ {
        let at = dataset as usize;
        let base = match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(&from), Some(&to)) => from + 1..to,
            _ => 0..0,
        };
        let added = self.added_by_dataset.get(&dataset);
        let added = added.into_iter().flatten().copied();
        let all = base.chain(added.filter(|&n| self.column(n).ordinal != WHOLE_DATASET));
        let some_hidden = !self.hidden.is_empty();
        all.filter(move |number| !some_hidden || !self.hidden.contains(number))
            .filter(|&n| self.later.as_ref().is_none_or(|later| !later.has(n)))
    }

    /// Leaves columns out of [`ColumnSpace::columns_of`]: their dataset did not have them yet.
    pub fn leave_out(&mut self, columns: impl Iterator<Item = ColumnRef>) {
        let mut later = Marks::default();
        let mut any = false;
        for number in columns.filter_map(|column| self.number(column)) {
            any |= later.set(number);
        }
        self.later = any.then(|| Arc::new(later));
    }

    pub fn delta(&self) -> usize {
        self.added.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_columns_are_inverse() {
        let mut space = ColumnSpace::build(&[2, 0, 3]);
        let column = |dataset, ordinal| ColumnRef { dataset, ordinal };
        let extra = [column(0, 3), column(7, 0), column(7, 1), column(1, 1)];
        for added in extra {
            space.number_or_add(added);
        }
        let all = [column(0, 0), column(0, 2), column(1, 0), column(2, 3)];
        for wanted in all.into_iter().chain(extra) {
            let number = space.number(wanted).unwrap();
            assert_eq!(space.column(number), wanted);
        }
        assert_eq!(space.number(column(2, 4)), None);
        let ordinals = |dataset| -> Vec<u32> {
            space
                .columns_of(dataset)
                .map(|n| space.column(n).ordinal)
                .collect()
        };
        assert_eq!(ordinals(0), [1, 2, 3]);
        assert_eq!(ordinals(7), [1]);
        assert_eq!(ordinals(1), [1]);
    }
}

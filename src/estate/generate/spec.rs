//! What can be asked of the generator, and its presets.

use super::GenerateError;

/// How datasets depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As in companies: few datasets are read by many, most by one or two;
    /// raw and staging are broad, marts few; layers are skipped now and then.
    Skewed,
    /// For benchmarks: layers of equal size, and each dataset beyond layer 0
    /// has exactly `inputs` inputs, all of the layer before its own.
    Layered {
        /// Inputs of each dataset.
        inputs: u32,
    },
}

/// An estate to generate. The same spec gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateSpec {
    /// Where all randomness comes from.
    pub seed: u64,
    /// How datasets depend on each other.
    pub shape: Shape,
    /// Datasets in all, chains included.
    pub datasets: u32,
    /// Layers, at least 4 ([`Shape::Skewed`]) or 2 ([`Shape::Layered`]). In a
    /// skewed estate the first is raw, the second staging, the last mart.
    pub layers: u32,
    /// Columns of a dataset: about ([`Shape::Skewed`], wide tables apart) or
    /// exactly ([`Shape::Layered`]) so many.
    pub columns: u32,
    /// Tables with very many columns.
    pub wide_tables: u32,
    /// Columns of the widest of them; the second has half as many, the third a
    /// third and so on, but at least 200 (or `widest`, if that is less).
    pub widest: u32,
    /// Chains of datasets of which each has the one before as its only input.
    pub chains: u32,
    /// Datasets of one chain.
    pub chain_length: u32,
    /// Cycles in the graph; the first is a self-loop.
    pub cycles: u32,
    /// The share of jobs, in thousandths, that also read the hub, which is one
    /// dataset of layer 0. In a layered estate: of the jobs of layer 1, which
    /// read it in place of another input.
    pub hub_readers_per_mille: u32,
    /// Consumers (dashboards): `JobEvent`s with inputs only.
    pub consumers: u32,
    /// Runs of each job.
    pub runs_per_job: u32,
    /// The share of runs, in thousandths, that fail. A job's last run never does.
    pub failed_per_mille: u32,
    /// The share of runs, in thousandths, whose end is sent late, after events
    /// of a later time.
    pub late_per_mille: u32,
    /// The share of runs, in thousandths, of which the start is told as well as
    /// the end.
    pub started_per_mille: u32,
    /// No event is later than this, in milliseconds since 1970 (UTC).
    pub end_ms: i64,
    /// Days before `end_ms` over which the runs are spread.
    pub days: u32,
}

impl GenerateSpec {
    /// S: 1,000 datasets, five runs a job over a week. For tests.
    pub fn small(seed: u64, end_ms: i64) -> Self {
        Self {
            seed,
            shape: Shape::Skewed,
            datasets: 1_000,
            layers: 8,
            columns: 10,
            wide_tables: 2,
            widest: 1_000,
            chains: 1,
            chain_length: 40,
            cycles: 4,
            hub_readers_per_mille: 60,
            consumers: 40,
            runs_per_job: 5,
            failed_per_mille: 30,
            late_per_mille: 10,
            started_per_mille: 800,
            end_ms,
            days: 7,
        }
    }

    /// M: 20,000 datasets, three runs a job over two weeks.
    pub fn medium(seed: u64, end_ms: i64) -> Self {
        Self {
            datasets: 20_000,
            layers: 12,
            wide_tables: 8,
            widest: 10_000,
            chains: 3,
            chain_length: 100,
            cycles: 20,
            hub_readers_per_mille: 50,
            consumers: 600,
            runs_per_job: 3,
            days: 14,
            ..Self::small(seed, end_ms)
        }
    }

    /// L: 100,000 datasets with about a million columns and three million
    /// column edges, two runs a job over a month.
    pub fn large(seed: u64, end_ms: i64) -> Self {
        Self {
            datasets: 100_000,
            layers: 20,
            wide_tables: 20,
            widest: 10_000,
            chains: 5,
            chain_length: 200,
            cycles: 100,
            hub_readers_per_mille: 40,
            consumers: 3_000,
            runs_per_job: 2,
            days: 30,
            ..Self::small(seed, end_ms)
        }
    }

    /// For benchmarks of traversal: 20,000 datasets in 20 layers with 3 inputs
    /// each, one job a dataset, one run a job. From the hub (in layer 0) about
    /// 17,000 datasets are reached downstream.
    pub fn layered(seed: u64, end_ms: i64) -> Self {
        Self {
            shape: Shape::Layered { inputs: 3 },
            datasets: 20_000,
            layers: 20,
            columns: 5,
            wide_tables: 0,
            chains: 0,
            cycles: 0,
            hub_readers_per_mille: 120,
            consumers: 0,
            runs_per_job: 1,
            failed_per_mille: 0,
            late_per_mille: 0,
            days: 1,
            ..Self::small(seed, end_ms)
        }
    }

    /// Refuses what no estate can meet.
    pub(super) fn check(&self) -> Result<(), GenerateError> {
        let refuse = |field, problem: String| Err(GenerateError::Spec { field, problem });
        let least_layers = match self.shape {
            Shape::Skewed => 4,
            Shape::Layered { .. } => 2,
        };
        if self.layers < least_layers {
            return refuse("layers", format!("at least {least_layers} are needed"));
        }
        let in_chains = u64::from(self.chains) * u64::from(self.chain_length);
        let in_layers = u64::from(self.datasets).saturating_sub(in_chains);
        if in_layers < 10 * u64::from(self.layers) {
            let problem = format!(
                "{} are too few for {} layers of at least 10 and {in_chains} in chains",
                self.datasets, self.layers
            );
            return refuse("datasets", problem);
        }
        if let Shape::Layered { inputs } = self.shape {
            let width = self.datasets / self.layers;
            if inputs == 0 || inputs > width {
                let problem = format!("{inputs} inputs do not fit layers of {width} datasets");
                return refuse("shape", problem);
            }
            if self.chains > 0 || self.cycles > 0 || self.wide_tables > 0 {
                let problem = "a layered estate has no chains, cycles or wide tables".to_owned();
                return refuse("shape", problem);
            }
        }
        if self.columns == 0 || self.columns > 500 {
            return refuse(
                "columns",
                "give 1 to 500; wide tables come extra".to_owned(),
            );
        }
        if self.widest > 100_000 || u64::from(self.wide_tables) > in_layers {
            return refuse(
                "widest",
                "give at most 100,000, for fewer tables".to_owned(),
            );
        }
        if self.runs_per_job == 0 || self.days == 0 || self.days > 36_500 {
            return refuse("days", "give at least one day and one run a job".to_owned());
        }
        let span = i64::from(self.days) * super::emit::DAY_MS;
        let first = self.end_ms.checked_sub(span);
        let writable = |ms: i64| chrono::DateTime::from_timestamp_millis(ms).is_some();
        if !first.is_some_and(writable) || !writable(self.end_ms) {
            let problem = format!("{} ms since 1970 cannot be written as a time", self.end_ms);
            return refuse("end_ms", problem);
        }
        Ok(())
    }
}

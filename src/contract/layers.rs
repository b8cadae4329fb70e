//! Which layer a dataset is in.

use super::facts::DatasetFacts;
use super::facts::JobFacts;
use super::policy::{Classify, DatasetSelector, JobSelector, LayerId, Patterns, Policy};

impl Policy {
    /// The layer of a dataset; `None` when no entry of `classify` matches it. `paths` are the files
    /// of the dbt models that make it.
    pub fn layer_of(&self, dataset: &DatasetFacts, paths: &[&str]) -> Option<LayerId> {
        let entry = self
            .classify
            .iter()
            .find(|entry| entry.fits(dataset, paths));
        entry.map(|entry| entry.layer)
    }

    /// Whether layers depend on the files of dbt models, which the jobs tell.
    pub fn looks_at_paths(&self) -> bool {
        self.classify.iter().any(|entry| !entry.dbt_path.is_any())
    }
}

impl Classify {
    fn fits(&self, dataset: &DatasetFacts, paths: &[&str]) -> bool {
        self.name.matches(&dataset.name)
            && self.namespace.matches(&dataset.namespace)
            && any(&self.tag, &dataset.tags)
            && any(&self.storage, &dataset.storage)
            && any(&self.hierarchy, &dataset.hierarchy)
            && self.types.match_any(dataset.kind.as_deref())
            && self.dbt_path.match_any(paths.iter().copied())
            && self.dbt_config.iter().all(|(key, patterns)| {
                let mut held = dataset.dbt_config.iter();
                held.any(|(name, value)| name == key && patterns.matches(value))
            })
    }
}

fn any(patterns: &Patterns, texts: &[String]) -> bool {
    patterns.match_any(texts.iter().map(String::as_str))
}

impl DatasetSelector {
    /// Whether it selects a dataset that is in a layer.
    pub fn selects(&self, dataset: &DatasetFacts, layer: Option<LayerId>) -> bool {
        let in_layer = || layer.is_some_and(|layer| self.layers.contains(&layer));
        (self.layers.is_empty() || in_layer())
            && self.name.matches(&dataset.name)
            && self.namespace.matches(&dataset.namespace)
            && any(&self.tag, &dataset.tags)
            && self.types.match_any(dataset.kind.as_deref())
    }
}

impl JobSelector {
    /// Whether it selects a job.
    pub fn selects(&self, job: &JobFacts) -> bool {
        self.name.matches(&job.name)
            && self.namespace.matches(&job.namespace)
            && any(&self.tag, &job.tags)
            && self.types.match_any(job.kind.as_deref())
    }
}

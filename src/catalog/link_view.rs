//! Column edges as assertions hold them, for whoever takes the graph out with names.

use crate::graph::ColumnLink;
use crate::store::StoreError;

use super::handle::Catalog;
use super::names::DatasetId;

impl Catalog {
    /// The current assertions with column edges into a dataset, and these edges.
    ///
    /// # Errors
    /// When the store fails.
    pub fn links_into(
        &self,
        dataset: DatasetId,
    ) -> Result<Vec<(u32, Vec<ColumnLink>)>, StoreError> {
        let state = self.state.read();
        let ids = state.declared_into(dataset, None);
        ids.map(|id| Ok((id, state.links(id)?))).collect()
    }

    /// Datasets by a name in any namespace, upper and lower case alike, with the name that fits.
    pub fn datasets_called(&self, names: &ahash::HashSet<String>) -> Vec<(DatasetId, String)> {
        self.names(|all| {
            let (datasets, _) = all.len();
            let mut found = Vec::new();
            for id in 0..datasets {
                let name = all.dataset(id).1.to_lowercase();
                if names.contains(&name) {
                    found.push((all.canonical(id), name));
                }
            }
            found.sort();
            found.dedup();
            found
        })
    }
}

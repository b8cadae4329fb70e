//! The columns of a dataset as a reader sees them: which there are, in which order, of which type.

use ahash::HashMap;

use crate::openlineage::facets;
use crate::store::StoreError;

use super::keys;
use super::names::DatasetId;
use super::records::SchemaSource;
use super::state::{State, decode};
use super::view::{ColumnView, tags};

impl State {
    fn schemas_of(&self, id: DatasetId) -> Result<Vec<SchemaSource>, StoreError> {
        let mut schemas = HashMap::default();
        for pair in self.records.scan(&keys::by_id(keys::SCHEMAS, id), None) {
            let (key, value) = pair?;
            schemas.insert(key, decode(&value)?);
        }
        for (&(dataset, source), schema) in self.schemas.changed() {
            if dataset == id {
                schemas.insert(keys::schema(dataset, source), schema.clone());
            }
        }
        let mut schemas: Vec<SchemaSource> = schemas.into_values().collect();
        schemas.sort_by_key(|schema| std::cmp::Reverse((schema.time, schema.hash)));
        Ok(schemas)
    }

    pub fn column_views(&self, id: DatasetId) -> Result<Vec<ColumnView>, StoreError> {
        let Some(dataset) = self.datasets.get(id as usize) else {
            return Ok(Vec::new());
        };
        let mut views: Vec<ColumnView> = (1..)
            .zip(&dataset.columns)
            .map(|(ordinal, &name)| ColumnView {
                ordinal,
                name: self.strings.text(name).to_owned(),
                data_type: None,
                description: None,
                removed: false,
                from_lineage_only: true,
                tags: Vec::new(),
            })
            .collect();
        let mut order = Vec::with_capacity(views.len());
        let schemas = self.schemas_of(id)?;
        let mut read = ahash::HashSet::default();
        for schema in &schemas {
            for &ordinal in &schema.ever {
                if let Some(view) = views.get_mut(ordinal as usize - 1) {
                    view.removed |= view.from_lineage_only;
                    view.from_lineage_only = false;
                }
            }
            if read.insert(schema.hash) {
                self.describe(schema, &mut views, &mut order)?;
            }
        }
        for schema in &schemas {
            for &ordinal in &schema.latest {
                if let Some(view) = views.get_mut(ordinal as usize - 1) {
                    view.removed = false;
                }
            }
        }
        let facets = self
            .dataset_meta_of(id)?
            .map(|meta| meta.facets)
            .unwrap_or_default();
        let by_name: HashMap<String, usize> = views
            .iter()
            .enumerate()
            .map(|(at, view)| (view.name.clone(), at))
            .collect();
        for tag in tags(&self.kept(&facets)?) {
            let at = tag.field.as_ref().and_then(|field| by_name.get(field));
            if let Some(&at) = at {
                views[at].tags.push(tag);
            }
        }
        let mut held: Vec<Option<ColumnView>> = views.into_iter().map(Some).collect();
        let mut sorted: Vec<ColumnView> = order
            .iter()
            .filter_map(|&at: &usize| held[at].take())
            .collect();
        sorted.extend(held.into_iter().flatten());
        Ok(sorted)
    }

    /// Fills types and descriptions from a schema where a later one did not, and notes the order.
    fn describe(
        &self,
        schema: &SchemaSource,
        views: &mut [ColumnView],
        order: &mut Vec<usize>,
    ) -> Result<(), StoreError> {
        let Some(body) = self.facet_body(&schema.hash)? else {
            return Ok(());
        };
        for (field, &ordinal) in facets::schema(&body).into_iter().zip(&schema.latest) {
            let at = ordinal as usize - 1;
            let Some(view) = views.get_mut(at) else {
                continue;
            };
            view.data_type = view.data_type.take().or(field.data_type);
            view.description = view.description.take().or(field.description);
            order.push(at);
        }
        Ok(())
    }
}

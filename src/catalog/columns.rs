//! The columns of a dataset as a reader sees them: which there are, in which order, of which type,
//! now or as of an earlier time.

use ahash::HashMap;

use crate::openlineage::EventTime;
use crate::store::StoreError;

use super::names::DatasetId;
use super::state::State;
use super::timeline::ListedColumn;
use super::view::{ColumnView, tags};

/// Later than every event.
pub const NOW: EventTime = EventTime(i64::MAX);

impl State {
    /// The columns as of a time, those of later events left out.
    pub fn column_views(
        &self,
        id: DatasetId,
        at: EventTime,
    ) -> Result<Vec<ColumnView>, StoreError> {
        let id = self.identity.canonical(id);
        let timeline = self.timeline(id)?;
        let mut listed = timeline.at(at);
        let places = listed.columns.iter().enumerate();
        let mut places: HashMap<String, usize> = places
            .map(|(at, column)| (column.name.clone(), at))
            .collect();
        let mut held: Vec<Option<ColumnView>> = listed.columns.iter().map(|_| None).collect();
        let mut others = Vec::new();
        for (ordinal, name, since) in self.columns_since(id) {
            if since > at {
                continue;
            }
            let name = self.strings.text(name);
            let place = places.remove(name);
            let removed = listed.removed.contains(name);
            let told = place.map(|at| std::mem::replace(&mut listed.columns[at], nameless()));
            let (data_type, description) = told
                .map(|told| (told.data_type, told.description))
                .unwrap_or_default();
            let view = ColumnView {
                ordinal,
                name: name.to_owned(),
                data_type,
                description,
                removed,
                removed_at: if removed {
                    timeline.removed_at(name, at)
                } else {
                    None
                },
                from_lineage_only: place.is_none() && !removed,
                since,
                tags: Vec::new(),
            };
            match place {
                Some(at) => held[at] = Some(view),
                None => others.push(view),
            }
        }
        let mut views: Vec<ColumnView> = held.into_iter().flatten().collect();
        views.append(&mut others);
        self.tag(id, &mut views)?;
        Ok(views)
    }

    /// Adds the tags that the dataset's facet sets on its columns now.
    fn tag(&self, id: DatasetId, views: &mut [ColumnView]) -> Result<(), StoreError> {
        let Some(meta) = self.whole_meta(id)? else {
            return Ok(());
        };
        let tags = tags(&self.kept(&meta.facets)?);
        if tags.iter().all(|tag| tag.field.is_none()) {
            return Ok(());
        }
        let by_name: HashMap<String, usize> = views
            .iter()
            .enumerate()
            .map(|(at, view)| (view.name.clone(), at))
            .collect();
        for tag in tags {
            let at = tag.field.as_ref().and_then(|field| by_name.get(field));
            if let Some(&at) = at {
                views[at].tags.push(tag);
            }
        }
        Ok(())
    }
}

/// What is left of a column whose texts were taken.
fn nameless() -> ListedColumn {
    ListedColumn {
        name: String::new(),
        data_type: None,
        description: None,
    }
}

//! What the short words of a description's entries stand for, and what a load
//! makes of a source's columns. Whether entries fit together is checked elsewhere.

use std::collections::BTreeMap;

use super::check::Dataset;
use super::describe::{Arrival, ColumnEntry, SystemEntry};
use super::error::EstateError;

/// The columns of a source in another system's types and names.
pub(super) fn converted(
    columns: &[ColumnEntry],
    kind: fn(&str) -> Option<&'static str>,
    name: fn(&str) -> String,
    place: &str,
) -> Result<Vec<ColumnEntry>, EstateError> {
    let convert = |column: &ColumnEntry| {
        let Some(kind) = kind(&column.kind) else {
            let problem = format!(
                "column `{}` has the unknown type `{}`",
                column.name, column.kind
            );
            return Err(EstateError::invalid(place, problem));
        };
        Ok(ColumnEntry {
            name: name(&column.name),
            kind: kind.to_owned(),
            ..column.clone()
        })
    };
    columns.iter().map(convert).collect()
}

/// The column that a load adds.
pub(super) fn load_time(by: Arrival) -> ColumnEntry {
    let name = if by == Arrival::Fivetran {
        "_fivetran_synced"
    } else {
        "_loaded_at"
    };
    ColumnEntry {
        name: name.to_owned(),
        kind: "TIMESTAMP_TZ".to_owned(),
        about: "When the row was loaded.".to_owned(),
        tags: Vec::new(),
        sql: None,
    }
}

/// Looks up what an entry's short words stand for.
pub(super) struct Names<'a> {
    pub(super) systems: &'a BTreeMap<String, SystemEntry>,
    pub(super) teams: &'a BTreeMap<String, String>,
}

impl Names<'_> {
    /// The team that `key` names.
    pub(super) fn team(&self, key: &str, place: &str) -> Result<String, EstateError> {
        self.teams
            .get(key)
            .cloned()
            .ok_or_else(|| EstateError::invalid(place, format!("estate.toml has no team `{key}`")))
    }

    /// A dataset without columns.
    pub(super) fn dataset(
        &self,
        key: &str,
        about: &str,
        owner: &str,
        rows: u64,
        place: &str,
    ) -> Result<Dataset, EstateError> {
        let Some((system, table)) = key.split_once('.') else {
            let problem = format!("`{key}` must be written `system.table`");
            return Err(EstateError::invalid(place, problem));
        };
        let Some(system) = self.systems.get(system) else {
            let problem = format!("estate.toml has no system `{system}`");
            return Err(EstateError::invalid(place, problem));
        };
        let name = system.name.replace("{table}", table);
        Ok(Dataset {
            namespace: system.namespace.clone(),
            name: name.replace("{TABLE}", &table.to_ascii_uppercase()),
            layer: system.layer,
            about: about.to_owned(),
            owner: self.team(owner, place)?,
            rows,
            columns: Vec::new(),
        })
    }
}

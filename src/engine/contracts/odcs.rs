//! Datasets of the catalog, with the contracts that hold of them, as documents of ODCS.

use crate::catalog::{Catalog, ColumnView, DatasetId, description, owners, tags};
use crate::contract::odcs::{Document, ExportedColumn, ExportedObject, export};
use crate::contract::policy::Contract;
use crate::contract::promised;
use crate::engine::{Engine, EngineError};

use super::Evaluated;

/// Datasets of one document.
const MAX_DATASETS: usize = 200;

/// What a document is asked of.
#[derive(Debug, Clone)]
pub enum OdcsOf {
    /// A dataset, by any of its names.
    Dataset {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// All that a contract of the policy is about.
    Contract(String),
}

/// A document, or why there is none.
#[derive(Debug, Clone)]
pub enum Exported {
    /// Its text.
    Document(String),
    /// What it is asked of is not there; says what.
    Unknown(String),
    /// There can be none; says why.
    Refused(String),
}

impl Engine {
    /// Writes a document of a dataset, or of all that a contract is about.
    ///
    /// # Errors
    /// When the store fails.
    pub fn export_odcs(&self, of: &OdcsOf) -> Result<Exported, EngineError> {
        let held = self.contracts();
        let held = held.as_deref();
        let (name, purpose, ids) = match of {
            OdcsOf::Dataset { namespace, name } => {
                let Some(id) = self.catalog().dataset_id(namespace, name) else {
                    let message = format!("no event has named the dataset {name} in {namespace}");
                    return Ok(Exported::Unknown(message));
                };
                let own = self.catalog().names(|names| names.dataset(id).1.to_owned());
                (own, None, vec![id])
            }
            OdcsOf::Contract(name) => match about(held, name) {
                Ok((purpose, ids)) => (name.clone(), purpose, ids),
                Err(reason) => return Ok(reason),
            },
        };
        let mut objects = Vec::with_capacity(ids.len());
        for id in ids {
            objects.push(object(self.catalog(), held, id)?);
        }
        let document = Document {
            name,
            purpose,
            objects,
        };
        Ok(export(&document).map_or_else(Exported::Refused, Exported::Document))
    }
}

/// Why a contract is there, and the datasets that it is about, in order of their names.
fn about(held: Option<&Evaluated>, name: &str) -> Result<(Option<String>, Vec<u32>), Exported> {
    let Some(held) = held else {
        let message = "this server holds no policy, or has not looked at it yet";
        return Err(Exported::Unknown(message.to_owned()));
    };
    let world = &held.world;
    let found = world.policy.contracts.iter().find(|one| one.name == name);
    let Some(contract) = found else {
        let message = format!("the policy has no contract {name:?}");
        return Err(Exported::Unknown(message));
    };
    if !is_promise(contract) {
        let rule = contract.rule.name.as_str();
        let message = format!(
            "{name:?} is a contract of the rule {rule}, which promises nothing of a dataset; ODCS has no place for it"
        );
        return Err(Exported::Refused(message));
    }
    let mut ids: Vec<u32> = promised(world, contract).collect();
    if ids.is_empty() {
        let message = format!("the contract {name:?} is about no dataset that is known");
        return Err(Exported::Unknown(message));
    }
    if ids.len() > MAX_DATASETS {
        let message = format!(
            "the contract {name:?} is about {} datasets, and one document has at most {MAX_DATASETS}; name a dataset",
            ids.len()
        );
        return Err(Exported::Refused(message));
    }
    ids.sort_by_key(|id| world.name(crate::contract::Subject::Dataset(*id)));
    Ok((contract.doc.clone(), ids))
}

fn is_promise(contract: &Contract) -> bool {
    crate::contract::odcs::holds(contract)
}

fn object<'e>(
    catalog: &Catalog,
    held: Option<&'e Evaluated>,
    id: DatasetId,
) -> Result<ExportedObject<'e>, EngineError> {
    let view = catalog.dataset(id)?;
    let all = tags(&view.described);
    let own = all.iter().filter(|tag| tag.field.is_none());
    let own = own.map(|tag| match tag.value.as_str() {
        "" | "true" => tag.key.clone(),
        value => format!("{}={value}", tag.key),
    });
    let contracts = held.map_or(&[][..], |held| &held.world.policy.contracts);
    let contracts = contracts.iter().filter(|contract| {
        let mut ids = held
            .into_iter()
            .flat_map(|held| promised(&held.world, contract));
        is_promise(contract) && ids.any(|one| one == id)
    });
    let (namespace, name) = catalog.names(|names| {
        let (namespace, name) = names.dataset(id);
        (namespace.to_owned(), name.to_owned())
    });
    let columns = catalog.columns(id)?.into_iter();
    let folds = catalog.name_rules().folds(&namespace);
    Ok(ExportedObject {
        namespace,
        name,
        description: description(&view.described),
        tags: own.collect(),
        owners: owners(&view.described)
            .into_iter()
            .map(|owner| owner.name)
            .collect(),
        columns: columns
            .filter(|column| !column.removed)
            .map(column)
            .collect(),
        folds,
        contracts: contracts.collect(),
    })
}

fn column(view: ColumnView) -> ExportedColumn {
    ExportedColumn {
        name: view.name,
        data_type: view.data_type,
        description: view.description,
        tags: view
            .tags
            .into_iter()
            .map(|tag| (tag.key, tag.value))
            .collect(),
    }
}

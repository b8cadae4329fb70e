//! A project as its artifacts tell it.

use std::path::{Path, PathBuf};

use super::catalog::Catalog;
use super::error::DbtError;
use super::manifest::{Manifest, Node};
use crate::sql::Dialect;

/// Manifest, catalog and compiled SQL of one version of a project.
#[derive(Debug)]
pub struct Project {
    /// The manifest.
    pub manifest: Manifest,
    /// The catalog, where there is one.
    pub catalog: Option<Catalog>,
    /// The SQL of its warehouse.
    pub dialect: Dialect,
    /// Where the manifest was found.
    target: PathBuf,
}

impl Project {
    /// Reads the artifacts in a folder, or in its `target/`.
    ///
    /// # Errors
    /// When there is no manifest, or an artifact cannot be read.
    pub fn read(dir: &Path) -> Result<Self, DbtError> {
        let places = [dir.to_owned(), dir.join("target")];
        let target = places
            .into_iter()
            .find(|place| place.join("manifest.json").is_file())
            .ok_or_else(|| DbtError::NoManifest(dir.display().to_string()))?;
        let manifest = Manifest::read(&target.join("manifest.json"))?;
        let catalog = target.join("catalog.json");
        let catalog = catalog
            .is_file()
            .then(|| Catalog::read(&catalog))
            .transpose()?;
        let adapter = manifest.adapter.as_deref();
        Ok(Self {
            dialect: adapter.and_then(Dialect::named).unwrap_or_default(),
            manifest,
            catalog,
            target,
        })
    }

    /// The compiled SQL of a node.
    pub fn sql(&self, node: &Node) -> Option<String> {
        if let Some(sql) = &node.sql {
            return Some(sql.clone());
        }
        let below = Path::new("compiled").join(&node.package).join(&node.file);
        let told = node.compiled_path.as_ref().map(PathBuf::from);
        let told = told.and_then(|path| {
            let mut parts = path.components();
            parts.next()?;
            Some(self.target.join(parts.as_path()))
        });
        let places = [Some(self.target.join(below)), told];
        let mut files = places.into_iter().flatten();
        files.find_map(|file| std::fs::read_to_string(file).ok())
    }

    /// The columns of a node by its catalog.
    pub fn listed(&self, id: &str) -> Option<&[super::manifest::Column]> {
        let catalog = self.catalog.as_ref()?;
        let columns = catalog.columns.get(id)?;
        (!columns.is_empty()).then_some(columns.as_slice())
    }
}

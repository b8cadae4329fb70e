//! Facets of datasets, but for [`mod@super::schema`] and lineage.

use super::super::secrets::mask_text;
use super::read::Object;

/// A URI without its password.
fn shown(uri: Option<String>) -> Option<String> {
    uri.map(|uri| mask_text(&uri).into_owned())
}

/// Another name of a dataset, of a `symlinks` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symlink {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// For example `TABLE`.
    pub kind: Option<String>,
}

/// Names of one `symlinks` facet that are tied to its dataset.
pub const MAX_SYMLINKS: usize = 32;

/// What is left out of a `symlinks` facet where names are joined; all of them are shown.
pub(super) fn names_left_out(facet: &[u8]) -> Option<String> {
    // One takes more bytes than that.
    if facet.len() / r#"{"name":"","namespace":""}"#.len() <= MAX_SYMLINKS {
        return None;
    }
    let beyond = symlinks(facet).len().checked_sub(MAX_SYMLINKS)?;
    (beyond > 0).then(|| {
        format!("the first {MAX_SYMLINKS} identifiers were taken for names of the dataset and {beyond} left out; the log has the whole event")
    })
}

/// Reads a `symlinks` facet.
pub fn symlinks(facet: &[u8]) -> Vec<Symlink> {
    let one = |one: &Object<'_>| {
        Some(Symlink {
            namespace: one.text("namespace")?,
            name: one.text("name")?,
            kind: one.text("type"),
        })
    };
    let read = Object::of(facet);
    read.list("identifiers").iter().filter_map(one).collect()
}

/// A `lifecycleStateChange` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// `ALTER`, `CREATE`, `DROP`, `OVERWRITE`, `RENAME` or `TRUNCATE`, as told.
    pub change: String,
    /// Namespace before a rename.
    pub previous_namespace: Option<String>,
    /// Name before a rename.
    pub previous_name: Option<String>,
}

/// Reads a `lifecycleStateChange` facet.
pub fn lifecycle(facet: &[u8]) -> Option<Lifecycle> {
    let read = Object::of(facet);
    let previous = read.object("previousIdentifier");
    Some(Lifecycle {
        change: read.text("lifecycleStateChange")?,
        previous_namespace: previous.text("namespace"),
        previous_name: previous.text("name"),
    })
}

/// Reads a `version` facet. Iceberg's are snapshot ids beyond what a float holds: text as written.
pub fn dataset_version(facet: &[u8]) -> Option<String> {
    Object::of(facet).scalar("datasetVersion")
}

/// A `datasetType` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetKind {
    /// For example `TABLE`, `VIEW`, `STREAM`.
    pub kind: Option<String>,
    /// For example `MATERIALIZED`.
    pub sub_kind: Option<String>,
}

/// Reads a `datasetType` facet.
pub fn dataset_type(facet: &[u8]) -> DatasetKind {
    let read = Object::of(facet);
    DatasetKind {
        kind: read.text("datasetType"),
        sub_kind: read.text("subType"),
    }
}

/// A `storage` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// For example `iceberg`.
    pub layer: Option<String>,
    /// For example `parquet`.
    pub file_format: Option<String>,
}

/// Reads a `storage` facet.
pub fn storage(facet: &[u8]) -> Storage {
    let read = Object::of(facet);
    Storage {
        layer: read.text("storageLayer"),
        file_format: read.text("fileFormat"),
    }
}

/// A `catalog` facet: where the table is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogEntry {
    /// For example `iceberg`.
    pub framework: Option<String>,
    /// For example `hive`.
    pub kind: Option<String>,
    /// Name of the catalog.
    pub name: Option<String>,
    /// Where the catalog is.
    pub metadata_uri: Option<String>,
    /// Where its tables are.
    pub warehouse_uri: Option<String>,
    /// Who told it, for example `spark`.
    pub source: Option<String>,
}

/// Reads a `catalog` facet.
pub fn catalog(facet: &[u8]) -> CatalogEntry {
    let read = Object::of(facet);
    CatalogEntry {
        framework: read.text("framework"),
        kind: read.text("type"),
        name: read.text("name"),
        metadata_uri: shown(read.text("metadataUri")),
        warehouse_uri: shown(read.text("warehouseUri")),
        source: read.text("source"),
    }
}

/// One level above a dataset, of a `hierarchy` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HierarchyLevel {
    /// Its name.
    pub name: String,
    /// For example `DATABASE`, `SCHEMA`.
    pub kind: Option<String>,
}

/// Reads a `hierarchy` facet, the highest level first.
pub fn hierarchy(facet: &[u8]) -> Vec<HierarchyLevel> {
    let one = |one: &Object<'_>| {
        Some(HierarchyLevel {
            name: one.text("name")?,
            kind: one.text("type"),
        })
    };
    let read = Object::of(facet);
    read.list("hierarchy").iter().filter_map(one).collect()
}

/// A `dataSource` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSource {
    /// Its name.
    pub name: Option<String>,
    /// Where it is.
    pub uri: Option<String>,
}

/// Reads a `dataSource` facet.
pub fn data_source(facet: &[u8]) -> DataSource {
    let read = Object::of(facet);
    DataSource {
        name: read.text("name"),
        uri: shown(read.text("uri")),
    }
}

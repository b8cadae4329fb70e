//! What rules look at of a dataset or job: its name and what some of its facets tell. Which facets
//! those are stands in [`crate::catalog::LOOKED_AT`], whose bodies the catalog keeps.

use crate::openlineage::{EventTime, facets as read};

/// A tag of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnTag {
    /// The column, as the facet spells it.
    pub column: String,
    /// `key=value`, or the key alone where the value is `true`.
    pub text: String,
}

/// A dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetFacts {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Time of the first event that names it or one of its columns, where that is known.
    pub since: Option<EventTime>,
    /// Its tags, `key=value`, and the key alone where the value is `true`.
    pub tags: Vec<String>,
    /// Tags of its columns; none where no tags facet is told.
    pub column_tags: Option<Vec<ColumnTag>>,
    /// Who owns it.
    pub owners: Vec<String>,
    /// Storage layer, and storage layer and file format.
    pub storage: Vec<String>,
    /// Levels of its hierarchy, `TYPE=NAME`.
    pub hierarchy: Vec<String>,
    /// What the datasetType facet says.
    pub kind: Option<String>,
    /// Members of the config of its dbt model, nested ones by their path.
    pub dbt_config: Vec<(String, String)>,
}

/// A job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFacts {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its tags, as those of a dataset.
    pub tags: Vec<String>,
    /// Who owns it.
    pub owners: Vec<String>,
    /// `INTEGRATION/TYPE` of its jobType facet.
    pub kind: Option<String>,
    /// The file of the dbt model that it builds.
    pub dbt_path: Option<String>,
    /// It was registered as a consumer.
    pub consumer: Option<read::Consumer>,
    /// It is an exposure of dbt.
    pub exposure: Option<read::Exposure>,
}

/// A facet: its name and its canonical JSON.
pub type Told<'t> = (&'t str, &'t [u8]);

/// What is told anew counts; what it does not tell stays.
fn newer<T: Default + PartialEq>(held: &mut T, told: T) {
    if told != T::default() {
        *held = told;
    }
}

impl DatasetFacts {
    /// These facts with what was told after them. Names stay.
    #[must_use]
    pub fn with(&self, told: Self) -> Self {
        let mut held = self.clone();
        newer(&mut held.tags, told.tags);
        newer(&mut held.column_tags, told.column_tags);
        newer(&mut held.owners, told.owners);
        newer(&mut held.storage, told.storage);
        newer(&mut held.hierarchy, told.hierarchy);
        newer(&mut held.kind, told.kind);
        newer(&mut held.dbt_config, told.dbt_config);
        held
    }

    /// Reads them from facets; those that are not looked at are passed over.
    pub fn read<'t>(
        namespace: &str,
        name: &str,
        facets: impl IntoIterator<Item = Told<'t>>,
    ) -> Self {
        let mut facts = Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ..Self::default()
        };
        for (name, json) in facets {
            match name {
                "tags" => {
                    facts.tags = tags(json);
                    facts.column_tags = Some(column_tags(json));
                }
                "ownership" => facts.owners = owners(json),
                "storage" => {
                    let storage = read::storage(json);
                    let layer = storage.layer.unwrap_or_default();
                    let whole = storage
                        .file_format
                        .map(|format| format!("{layer}/{format}"));
                    facts.storage = std::iter::once(layer).chain(whole).collect();
                }
                "hierarchy" => {
                    let levels = read::hierarchy(json).into_iter();
                    facts.hierarchy = levels
                        .map(|level| format!("{}={}", level.kind.unwrap_or_default(), level.name))
                        .collect();
                }
                "datasetType" => facts.kind = read::dataset_type(json).kind,
                "dbt_model" => facts.dbt_config = read::dbt_config(json),
                _ => {}
            }
        }
        facts
    }
}

impl JobFacts {
    /// These facts with what was told after them. Names stay.
    #[must_use]
    pub fn with(&self, told: Self) -> Self {
        let mut held = self.clone();
        newer(&mut held.tags, told.tags);
        newer(&mut held.owners, told.owners);
        newer(&mut held.kind, told.kind);
        newer(&mut held.dbt_path, told.dbt_path);
        newer(&mut held.consumer, told.consumer);
        newer(&mut held.exposure, told.exposure);
        held
    }

    /// Reads them from facets; those that are not looked at are passed over.
    pub fn read<'t>(
        namespace: &str,
        name: &str,
        facets: impl IntoIterator<Item = Told<'t>>,
    ) -> Self {
        let mut facts = Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ..Self::default()
        };
        for (name, json) in facets {
            match name {
                "tags" => facts.tags = tags(json),
                "ownership" => facts.owners = owners(json),
                "jobType" => {
                    let told = read::job_type(json);
                    let [integration, kind] =
                        [told.integration, told.kind].map(Option::unwrap_or_default);
                    facts.kind = Some(format!("{integration}/{kind}"));
                }
                "dbt_node" => facts.dbt_path = read::text(json, "original_file_path"),
                read::CONSUMER => facts.consumer = read::consumer(json),
                read::EXPOSURE => facts.exposure = read::dbt_exposure(json),
                _ => {}
            }
        }
        facts
    }
}

fn tags(json: &[u8]) -> Vec<String> {
    let tags = read::tags(json).into_iter();
    let own = tags.filter(|tag| tag.field.is_none());
    own.flat_map(|tag| texts(&tag)).collect()
}

fn column_tags(json: &[u8]) -> Vec<ColumnTag> {
    let tags = read::tags(json).into_iter();
    tags.flat_map(|tag| {
        let texts = tag.field.as_ref().map(|_| texts(&tag));
        let column = tag.field.unwrap_or_default();
        texts.into_iter().flatten().map(move |text| ColumnTag {
            column: column.clone(),
            text,
        })
    })
    .collect()
}

/// A tag as patterns of a policy are held against it.
fn texts(tag: &read::Tag) -> impl Iterator<Item = String> + use<> {
    let alone = (tag.value == "true").then(|| tag.key.clone());
    std::iter::once(format!("{}={}", tag.key, tag.value)).chain(alone)
}

fn owners(json: &[u8]) -> Vec<String> {
    read::owners(json)
        .into_iter()
        .map(|owner| owner.name)
        .collect()
}

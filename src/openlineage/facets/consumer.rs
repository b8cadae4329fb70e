//! Who only reads: our own facet that registers a consumer, and what dbt tells of its models and the
//! exposures that read them.

use bytes::Bytes;

use super::read::{Object, scalar};
use crate::openlineage::{Facet, content_hash};

/// Name of the facet of a job that registers it as a consumer.
pub const CONSUMER: &str = "headwater_consumer";

/// Name of the facet of a dataset that lists the exposures of dbt that read it.
pub const EXPOSURES: &str = "dbt_exposures";
/// Name of the facet of a job that is an exposure of dbt: what such a list says of it, as it stands
/// there. Nobody sends it; it is taken out of [`EXPOSURES`].
pub const EXPOSURE: &str = "dbt_exposure";
/// Namespace of the jobs that exposures of dbt are. dbt tells none, and an id has the project in it.
pub const EXPOSURE_NAMESPACE: &str = "dbt";

/// Members of the config of a dbt model that are read.
const MAX_CONFIG: usize = 200;
/// How deep they are looked for: `config.meta.a.b`.
const MAX_DEPTH: usize = 4;

/// A `headwater_consumer` facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// What it is: dashboard, report …
    pub kind: String,
}

/// Reads a `headwater_consumer` facet; `None` when it takes the registration back (`consumer` is
/// false).
pub fn consumer(facet: &[u8]) -> Option<Consumer> {
    let read = Object::of(facet);
    (read.flag("consumer") != Some(false)).then(|| Consumer {
        kind: read.text("kind").unwrap_or_else(|| "consumer".to_owned()),
    })
}

/// An exposure of dbt: a dashboard, a notebook, whatever reads models outside dbt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Its name in the project.
    pub name: String,
    /// `dashboard`, `notebook`, `analysis`, `ml` or `application`.
    pub kind: Option<String>,
    /// Its id: `exposure.<project>.<name>`.
    pub unique_id: Option<String>,
    /// Where it is to be seen.
    pub url: Option<String>,
}

impl Exposure {
    /// What tells it from others: its id, or its name where dbt does not tell the id.
    pub fn id(&self) -> &str {
        self.unique_id.as_deref().unwrap_or(&self.name)
    }

    fn of(read: &Object<'_>) -> Option<Self> {
        Some(Self {
            name: read.text("name").or_else(|| read.text("unique_id"))?,
            kind: read.text("type"),
            unique_id: read.text("unique_id"),
            url: read.text("url"),
        })
    }
}

/// Reads a [`EXPOSURE`] facet.
pub fn dbt_exposure(facet: &[u8]) -> Option<Exposure> {
    Exposure::of(&Object::of(facet))
}

/// The exposures that a [`EXPOSURES`] facet lists, each with its entry as a facet of the job that it
/// is; none when the facet is deleted.
pub fn dbt_exposures(facet: &Facet) -> Vec<(Exposure, Facet)> {
    let mut told = Vec::new();
    if facet.deleted {
        return told;
    }
    Object::of(&facet.value).each("exposures", |raw| {
        if let Some(exposure) = dbt_exposure(raw.as_bytes()) {
            let facet = Facet {
                name: EXPOSURE.into(),
                hash: content_hash(raw.as_bytes()),
                value: Bytes::copy_from_slice(raw.as_bytes()),
                deleted: false,
            };
            told.push((exposure, facet));
        }
    });
    told
}

/// The config and meta that a `dbt_model` facet tells, members of members by their path
/// (`meta.layer`). Lists and what is nested deeper are left out.
pub fn dbt_config(facet: &[u8]) -> Vec<(String, String)> {
    let read = Object::of(facet);
    let mut config = Vec::new();
    collect("", &read.object("config"), MAX_DEPTH, &mut config);
    // Some versions tell meta beside the config.
    if let Some(meta) = read.raw("meta") {
        collect("meta", &Object::of(meta.as_bytes()), MAX_DEPTH, &mut config);
    }
    config
}

fn collect(path: &str, object: &Object<'_>, depth: usize, config: &mut Vec<(String, String)>) {
    for (key, raw) in object.members() {
        if config.len() >= MAX_CONFIG {
            return;
        }
        let path = match path {
            "" => key.to_owned(),
            above => format!("{above}.{key}"),
        };
        if let Some(value) = scalar(raw) {
            config.push((path, value));
        } else if depth > 1 && raw.starts_with('{') {
            collect(&path, &Object::of(raw.as_bytes()), depth - 1, config);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_can_be_taken_back() {
        assert_eq!(
            consumer(br#"{"kind":"dashboard"}"#).unwrap().kind,
            "dashboard"
        );
        assert_eq!(consumer(b"{}").unwrap().kind, "consumer");
        assert_eq!(consumer(br#"{"consumer":false,"kind":"dashboard"}"#), None);
    }

    fn listed(value: &'static [u8], deleted: bool) -> Vec<(Exposure, Facet)> {
        dbt_exposures(&Facet {
            name: EXPOSURES.into(),
            hash: content_hash(value),
            value: Bytes::from_static(value),
            deleted,
        })
    }

    /// As dbt-ol 1.54 sends it: `fixtures/recordings/dbt-build.ndjson`. It has a member `url` where
    /// the project gives one, and neither owner nor description.
    #[test]
    fn exposures_as_dbt_sends_them() {
        let facet = br#"{"exposures":[{"name":"revenue_dashboard","type":"dashboard","unique_id":"exposure.shop.revenue_dashboard"},{},7,{"name":"x","url":"https://bi/1"}]}"#;
        let read = listed(facet, false);
        assert_eq!(read.len(), 2);
        let (first, told) = &read[0];
        assert_eq!(first.kind.as_deref(), Some("dashboard"));
        assert_eq!(first.id(), "exposure.shop.revenue_dashboard");
        assert_eq!(dbt_exposure(&told.value).as_ref(), Some(first));
        assert_eq!(&*told.name, EXPOSURE);
        let (second, _) = &read[1];
        assert_eq!(
            (second.id(), second.url.as_deref()),
            ("x", Some("https://bi/1"))
        );
        assert!(listed(facet, true).is_empty());
    }

    #[test]
    fn config_is_read_by_path() {
        let facet = br#"{"config":{"access":"protected","enabled":true,"meta":{"layer":"mart","x":[1]}},"meta":{"team":"bi"}}"#;
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let expected = [
            pair("access", "protected"),
            pair("enabled", "true"),
            pair("meta.layer", "mart"),
            pair("meta.team", "bi"),
        ];
        assert_eq!(dbt_config(facet), expected);
    }
}

//! Who only reads: our own facet that registers a consumer, and what dbt tells of its models and the
//! exposures that read them.

use super::read::{Object, scalar};

/// Name of the facet of a job that registers it as a consumer.
pub const CONSUMER: &str = "headwater_consumer";

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

/// An exposure that a dataset's `dbt_exposures` facet names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Its name in the project.
    pub name: String,
    /// `dashboard`, `notebook`, `analysis`, `ml` or `application`.
    pub kind: Option<String>,
    /// Its id: `exposure.<project>.<name>`.
    pub unique_id: Option<String>,
}

/// Reads a `dbt_exposures` facet.
pub fn dbt_exposures(facet: &[u8]) -> Vec<Exposure> {
    let read = Object::of(facet);
    let exposures = read.list("exposures").into_iter();
    let named = exposures.filter_map(|one| {
        Some(Exposure {
            name: one.text("name").or_else(|| one.text("unique_id"))?,
            kind: one.text("type"),
            unique_id: one.text("unique_id"),
        })
    });
    named.collect()
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

    /// As dbt-ol 1.54 sends it: `fixtures/recordings/dbt-build.ndjson`.
    #[test]
    fn exposures_as_dbt_sends_them() {
        let facet = br#"{"exposures":[{"name":"revenue_dashboard","type":"dashboard","unique_id":"exposure.shop.revenue_dashboard"},{},7]}"#;
        let read = dbt_exposures(facet);
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].kind.as_deref(), Some("dashboard"));
        assert_eq!(
            read[0].unique_id.as_deref(),
            Some("exposure.shop.revenue_dashboard")
        );
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

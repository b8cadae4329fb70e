//! What a policy file may hold, as tables: the reader checks by them, and the JSON Schema for
//! editors is printed from them, so the two cannot differ.

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text that is not empty.
    Text,
    /// A text, or a list of them.
    Texts,
    /// A pattern, or a list of them: see [`super::glob`].
    Globs,
    /// A whole number that is not negative.
    Count,
    /// A length of time: `30m`, `6h`, `2d`.
    Duration,
    /// A day: `2026-12-31`.
    Day,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or a list of them.
    Words(&'static [&'static str]),
    /// A mapping of this shape.
    Object(&'static Shape),
    /// A list of mappings of this shape.
    Objects(&'static Shape),
    /// A mapping from names to patterns.
    GlobsByName,
    /// A mapping from patterns to patterns.
    GlobsByGlob,
    /// A list of contracts: which members one has depends on its rule.
    Contracts,
}

/// One member of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it must be.
    pub kind: Kind,
    /// It must be there.
    pub required: bool,
    /// What it means, for editors and the documentation.
    pub doc: &'static str,
}

/// A mapping.
#[derive(Debug)]
pub struct Shape {
    /// What it is, for messages: "a layer".
    pub what: &'static str,
    /// Its members.
    pub keys: &'static [Key],
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        required: false,
        doc,
    }
}

const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        required: true,
        doc,
    }
}

/// The kinds of layers that rules know.
pub const LAYER_KINDS: &[&str] = &["raw", "staging", "intermediate", "mart", "other"];
/// How grave a violation is.
pub const SEVERITIES: &[&str] = &["error", "warning", "info"];

/// The whole file.
pub static FILE: Shape = Shape {
    what: "a policy file",
    keys: &[
        must("version", Kind::Word(&["1"]), "Version of this format: 1."),
        key(
            "layers",
            Kind::Objects(&LAYER),
            "The layers, in the order in which data flows through them.",
        ),
        key(
            "classify",
            Kind::Objects(&CLASSIFY),
            "Which dataset is in which layer: the first entry that matches counts. A dataset that none matches is unclassified.",
        ),
        key(
            "consumers",
            Kind::Objects(&CONSUMER),
            "Jobs and datasets that only read what others make: dashboards, reports, exports, features. Those that dbt tells as exposures, and those registered with the job facet headwater_consumer, are consumers without an entry.",
        ),
        key("contracts", Kind::Contracts, "What must hold."),
        key(
            "odcs",
            Kind::Texts,
            "Files with documents of the Open Data Contract Standard, relative to this one; the name of a file may be a pattern (`contracts/*.odcs.yaml`). What they promise is held beside `contracts`.",
        ),
        key(
            "exceptions",
            Kind::Objects(&EXCEPTION),
            "What may break a contract for a while.",
        ),
        key(
            "test_kinds",
            Kind::GlobsByName,
            "Names of tests that are of a kind (schema, volume, freshness, referential, distribution, uniqueness, completeness, validity), beside those that Headwater knows.",
        ),
        key(
            "check",
            Kind::Object(&CHECK),
            "What of a check before a merge (`headwater check`) passes, warns or fails.",
        ),
    ],
};

static LAYER: Shape = Shape {
    what: "a layer",
    keys: &[
        must("name", Kind::Text, "Its name, as it is shown."),
        key(
            "kind",
            Kind::Word(LAYER_KINDS),
            "What rules take it for; by its name unless given (bronze, silver and gold mean different things at different companies, so they have no default).",
        ),
        key(
            "reads",
            Kind::Texts,
            "Layers that its datasets may be made from. Unless given: the layer before it in this list, and itself where its kind is intermediate or mart.",
        ),
        key("doc", Kind::Text, "What it is for."),
    ],
};

static CLASSIFY: Shape = Shape {
    what: "an entry of classify",
    keys: &[
        must("layer", Kind::Text, "The layer of what matches."),
        key("namespace", Kind::Globs, NAMESPACE),
        key("name", Kind::Globs, NAME),
        key("tag", Kind::Globs, TAG),
        key(
            "storage",
            Kind::Globs,
            "The storage facet: storageLayer, or storageLayer/fileFormat (`iceberg/parquet`).",
        ),
        key(
            "hierarchy",
            Kind::Globs,
            "A level of the hierarchy facet, as TYPE=NAME (`SCHEMA=RAW`).",
        ),
        key("type", Kind::Globs, "The datasetType facet."),
        key("dbt", Kind::Object(&DBT), "What dbt tells of its models."),
    ],
};

static DBT: Shape = Shape {
    what: "a dbt selector",
    keys: &[
        key(
            "path",
            Kind::Globs,
            "The file of the model in its project (`models/staging/*`), from the dbt_node facet of a job that writes the dataset.",
        ),
        key(
            "config",
            Kind::GlobsByName,
            "Members of the model's config or meta, from the dbt_model facet (`access: private`, `meta.layer: mart`).",
        ),
    ],
};

static CONSUMER: Shape = Shape {
    what: "an entry of consumers",
    keys: &[
        must(
            "kind",
            Kind::Text,
            "What they are: dashboard, report, export, feature …",
        ),
        key("jobs", Kind::Object(&JOBS), "Jobs that are consumers."),
        key(
            "datasets",
            Kind::Object(&DATASETS),
            "Datasets that are consumers.",
        ),
        key(
            "owner",
            Kind::Text,
            "Whose they are, where no ownership facet tells.",
        ),
        key(
            "depends",
            Kind::Objects(&DEPENDS),
            "Columns that they depend on, where they read the dataset; beside what their column lineage tells.",
        ),
    ],
};

static DEPENDS: Shape = Shape {
    what: "an entry of depends",
    keys: &[
        key("namespace", Kind::Globs, NAMESPACE),
        must("name", Kind::Globs, NAME),
        must("columns", Kind::Texts, "Names of columns."),
    ],
};

const NAMESPACE: &str = "Patterns of namespaces, one of which must match.";
const NAME: &str = "Patterns of names, one of which must match.";
const TAG: &str = "Patterns of tags, written key=value or as the key alone where the value is \"true\", one of which must match.";

/// Selects jobs.
pub static JOBS: Shape = Shape {
    what: "a selector of jobs",
    keys: &[
        key("namespace", Kind::Globs, NAMESPACE),
        key("name", Kind::Globs, NAME),
        key("tag", Kind::Globs, TAG),
        key(
            "type",
            Kind::Globs,
            "The jobType facet, as INTEGRATION/TYPE (`LOOKER/DASHBOARD`).",
        ),
    ],
};

/// Selects datasets.
pub static DATASETS: Shape = Shape {
    what: "a selector of datasets",
    keys: &[
        key("namespace", Kind::Globs, NAMESPACE),
        key("name", Kind::Globs, NAME),
        key("tag", Kind::Globs, TAG),
        key("type", Kind::Globs, "The datasetType facet."),
        key(
            "layer",
            Kind::Texts,
            "Layers; the dataset must be in one of them.",
        ),
    ],
};

static SUBJECT: Shape = Shape {
    what: "a selector of names",
    keys: &[
        key("namespace", Kind::Globs, NAMESPACE),
        key("name", Kind::Globs, NAME),
    ],
};

/// What may follow from a finding of a check.
const ACTIONS: &[&str] = &["pass", "warn", "fail"];
/// Classes of findings of a check.
const CLASSES: &[&str] = &["value_change", "possibly_breaking", "unknown", "breaking"];
/// Kinds of changes that a check knows.
const CHANGES: &[&str] = &[
    "column_removed",
    "column_renamed",
    "column_retyped",
    "column_required",
    "column_nullable",
    "column_rederived",
    "column_added",
    "columns_reordered",
    "rows_changed",
    "dataset_added",
    "dataset_removed",
    "dataset_renamed",
    "materialization_changed",
    "contract_dropped",
    "access_narrowed",
    "job_removed",
    "job_changed",
];

static CHECK: Shape = Shape {
    what: "the section check",
    keys: &[
        key(
            "breaking",
            Kind::Word(ACTIONS),
            "Where something breaks; `fail` unless given.",
        ),
        key(
            "possibly_breaking",
            Kind::Word(ACTIONS),
            "Where something may break, as far as is known; `warn` unless given.",
        ),
        key(
            "value_change",
            Kind::Word(ACTIONS),
            "Where values change; `warn` unless given.",
        ),
        key(
            "unknown",
            Kind::Word(&["cannot_tell", "fail"]),
            "Where it cannot be told; `cannot_tell` (exit code 2) unless given. It never passes.",
        ),
        key(
            "rules",
            Kind::Objects(&CHECK_RULE),
            "Exceptions from these: the first entry that fits what is affected counts.",
        ),
        key(
            "waivers",
            Kind::Objects(&WAIVER),
            "Findings that were accepted for a while.",
        ),
    ],
};

static CHECK_RULE: Shape = Shape {
    what: "a rule of check",
    keys: &[
        key(
            "class",
            Kind::Words(CLASSES),
            "How bad it is for what is affected.",
        ),
        key("change", Kind::Words(CHANGES), "What is changed."),
        key("layer", Kind::Texts, "The layer of what is affected."),
        key(
            "consumer",
            Kind::Word(&["true", "false"]),
            "Whether what is affected is a consumer.",
        ),
        key(
            "contracted",
            Kind::Word(&["true", "false"]),
            "Whether what is affected is under a contract.",
        ),
        must("then", Kind::Word(ACTIONS), "What follows."),
    ],
};

static WAIVER: Shape = Shape {
    what: "a waiver",
    keys: &[
        must(
            "of",
            Kind::Text,
            "The dataset or job that is changed, with `*` for any text.",
        ),
        key(
            "column",
            Kind::Text,
            "The column, with `*` for any text; any unless given.",
        ),
        key(
            "change",
            Kind::Words(CHANGES),
            "What is changed; anything unless given.",
        ),
        must("owner", Kind::Text, "Who accepted it."),
        must("reason", Kind::Text, "Why."),
        must("until", Kind::Day, "The last day on which it holds."),
    ],
};

static EXCEPTION: Shape = Shape {
    what: "an exception",
    keys: &[
        must(
            "contract",
            Kind::Texts,
            "The contracts that it is from, by name.",
        ),
        must(
            "subject",
            Kind::Object(&SUBJECT),
            "Who may break it: the consumer, job or dataset that a violation names first.",
        ),
        key(
            "object",
            Kind::Object(&SUBJECT),
            "With what: a dataset among the others that a violation names; any unless given.",
        ),
        must("reason", Kind::Text, "Why."),
        must("owner", Kind::Text, "Who sees to it that it ends."),
        must("approved_by", Kind::Text, "Who allowed it."),
        must("until", Kind::Day, "The last day on which it holds."),
    ],
};

/// Members that every contract may have.
pub static CONTRACT: Shape = Shape {
    what: "a contract",
    keys: &[
        must(
            "name",
            Kind::Text,
            "Its name: violations and exceptions name it.",
        ),
        must(
            "rule",
            Kind::Text,
            "What must hold; docs/CONTRACTS.md lists the rules.",
        ),
        key(
            "severity",
            Kind::Word(SEVERITIES),
            "How grave it is when it is broken; error unless given.",
        ),
        key(
            "doc",
            Kind::Text,
            "Why it is there; shown with its violations.",
        ),
        key("owner", Kind::Text, "Who answers for it."),
        key(
            "datasets",
            Kind::Object(&DATASETS),
            "Datasets that it is about; all that the rule is about unless given.",
        ),
        key(
            "jobs",
            Kind::Object(&JOBS),
            "Jobs that it is about: of rules about what a dataset keeps, those that write it; all that the rule is about unless given.",
        ),
        key(
            "reject",
            Kind::Object(&REJECT),
            "Events that are turned away at the door (422, and kept in quarantine) when they would break it; it only reports unless given.",
        ),
    ],
};

static REJECT: Shape = Shape {
    what: "a selector of events",
    keys: &[
        key(
            "producer",
            Kind::Globs,
            "Patterns of producers, one of which must match.",
        ),
        key(
            "namespace",
            Kind::Globs,
            "Patterns of namespaces, one of which must match that of the job or of a dataset that the event names.",
        ),
    ],
};

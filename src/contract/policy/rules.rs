//! The rules that a contract may name, with the members that each adds to it.

use super::shape::{Key, Kind};
use crate::contract::compat::Mode;
use crate::contract::testing::TestKind;

/// A rule by its name in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleName {
    /// A consumer reads marts only.
    ConsumersReadMarts,
    /// A dataset is made from layers that its own may read; an earlier one is not.
    NoSkippedLayer,
    /// A dataset is not made from one of a later layer.
    NoWayBack,
    /// A staging dataset is not made from another.
    NoStagingOnStaging,
    /// A dataset is not made from raw ones and others at once.
    NoDirectJoinToSource,
    /// Few datasets are made straight from one raw dataset.
    SourceFanOut,
    /// Few datasets are made straight from one that is not raw.
    ModelFanOut,
    /// No dataset reads what it gets through another that is there for it alone.
    NoRejoining,
    /// A dataset that is not raw is made from something.
    NoRootModel,
    /// A raw dataset is read.
    NoUnusedSource,
    /// A dataset is made from one raw dataset at most.
    NoSourcesJoined,
    /// A dataset is made from few others.
    FewJoins,
    /// No dataset is made from itself by way of others.
    NoCycle,
    /// Every dataset has a layer.
    Classified,
    /// A mart has an owner.
    HasOwner,
    /// A mart was written lately.
    Fresh,
    /// A mart has its columns.
    HasColumns,
    /// Columns of a mart are classified by tags.
    ColumnsClassified,
    /// A mart is tested.
    Tested,
    /// A new schema of a mart is compatible with those before.
    Compatible,
    /// A mart keeps the columns that a consumer depends on.
    KeepsColumns,
}

/// What the file says of a rule.
#[derive(Debug)]
pub struct RuleShape {
    /// The rule.
    pub rule: RuleName,
    /// Its name in the file.
    pub name: &'static str,
    /// What must hold.
    pub doc: &'static str,
    /// Members that it adds to a contract.
    pub keys: &'static [Key],
}

const ALLOW: &[Key] = &[Key {
    name: "allow",
    kind: Kind::Texts,
    required: false,
    doc: "Layers that consumers may read beside those of the kind mart.",
}];

const MAX: &[Key] = &[Key {
    name: "max",
    kind: Kind::Count,
    required: true,
    doc: "How many at most.",
}];

const WITHIN: &[Key] = &[Key {
    name: "within",
    kind: Kind::Duration,
    required: true,
    doc: "How long ago the latest write may be: 30m, 6h, 2d.",
}];

const COLUMNS: &[Key] = &[Key {
    name: "columns",
    kind: Kind::GlobsByName,
    required: true,
    doc: "Columns by name, each with patterns of its type as schemas tell it (`\"*\"` for any).",
}];

const CLASSIFIED: &[Key] = &[Key {
    name: "columns",
    kind: Kind::GlobsByGlob,
    required: true,
    doc: "Patterns of columns, each with patterns of tags, written key=value or as the key alone where the value is \"true\"; a column that is there must have a tag that one of them matches.",
}];

const TESTED: &[Key] = &[
    Key {
        name: "kinds",
        kind: Kind::Words(&TestKind::WORDS),
        required: false,
        doc: "Kinds of tests of which there must be one each; docs/CONTRACTS.md says which test is of which kind.",
    },
    Key {
        name: "columns",
        kind: Kind::GlobsByName,
        required: false,
        doc: "Columns by name, each with patterns of tests; for each pattern the column must have a test whose name or kind it matches.",
    },
    Key {
        name: "within",
        kind: Kind::Duration,
        required: false,
        doc: "How long ago at most a test was told last: 30m, 6h, 2d; any time unless given.",
    },
    Key {
        name: "passing",
        kind: Kind::Word(&["true", "false"]),
        required: false,
        doc: "Whether the tests must have held when they were told last; false unless given.",
    },
];

const COMPATIBLE: &[Key] = &[
    Key {
        name: "mode",
        kind: Kind::Word(&Mode::WORDS),
        required: true,
        doc: "Who must be able to read what, as in schema registries: backward (new readers old rows), forward (old readers new rows), full (both); transitive forms compare with all compatible versions before, the others with the last one.",
    },
    Key {
        name: "from",
        kind: Kind::Day,
        required: false,
        doc: "The day from whose beginning (UTC) versions count; set it when a break was agreed upon. All count unless given.",
    },
];

const fn rule(
    rule: RuleName,
    name: &'static str,
    doc: &'static str,
    keys: &'static [Key],
) -> RuleShape {
    RuleShape {
        rule,
        name,
        doc,
        keys,
    }
}

/// All rules.
pub static RULES: &[RuleShape] = &[
    rule(
        RuleName::ConsumersReadMarts,
        "consumers_read_marts",
        "A consumer reads datasets of layers of the kind mart only.",
        ALLOW,
    ),
    rule(
        RuleName::NoSkippedLayer,
        "no_skipped_layer",
        "A dataset is not made from one of an earlier layer that its own layer does not read.",
        &[],
    ),
    rule(
        RuleName::NoWayBack,
        "no_way_back",
        "A dataset is not made from one of a later layer.",
        &[],
    ),
    rule(
        RuleName::NoStagingOnStaging,
        "no_staging_on_staging",
        "A staging dataset is not made from another staging dataset.",
        &[],
    ),
    rule(
        RuleName::NoDirectJoinToSource,
        "no_direct_join_to_source",
        "A dataset is not made from raw datasets and from others at once.",
        &[],
    ),
    rule(
        RuleName::SourceFanOut,
        "source_fan_out",
        "At most `max` datasets that are not raw are made straight from one raw dataset.",
        MAX,
    ),
    rule(
        RuleName::ModelFanOut,
        "model_fan_out",
        "At most `max` datasets are made straight from one that is not raw.",
        MAX,
    ),
    rule(
        RuleName::NoRejoining,
        "no_rejoining_upstream",
        "No dataset reads both another and what only that one reads for it.",
        &[],
    ),
    rule(
        RuleName::NoRootModel,
        "no_root_model",
        "A dataset that is not raw and that a job writes is made from something.",
        &[],
    ),
    rule(
        RuleName::NoUnusedSource,
        "no_unused_source",
        "A raw dataset is read by something.",
        &[],
    ),
    rule(
        RuleName::NoSourcesJoined,
        "no_sources_joined",
        "A dataset is made from one raw dataset at most.",
        &[],
    ),
    rule(
        RuleName::FewJoins,
        "few_joins",
        "A dataset is made straight from at most `max` others.",
        MAX,
    ),
    rule(
        RuleName::NoCycle,
        "no_cycle",
        "No dataset is made from itself by way of others.",
        &[],
    ),
    rule(
        RuleName::Classified,
        "classified",
        "Every dataset is in a layer.",
        &[],
    ),
    rule(
        RuleName::HasOwner,
        "has_owner",
        "A mart, or a dataset that the contract selects, has an owner.",
        &[],
    ),
    rule(
        RuleName::Fresh,
        "fresh",
        "A mart, or a dataset that the contract selects, was written within a time.",
        WITHIN,
    ),
    rule(
        RuleName::HasColumns,
        "has_columns",
        "A mart, or a dataset that the contract selects, has these columns, of these types.",
        COLUMNS,
    ),
    rule(
        RuleName::ColumnsClassified,
        "columns_classified",
        "Columns of a mart, or of a dataset that the contract selects, have tags that classify them.",
        CLASSIFIED,
    ),
    rule(
        RuleName::Tested,
        "tested",
        "A mart, or a dataset that the contract selects, has tests of these kinds, and its columns have these tests.",
        TESTED,
    ),
    rule(
        RuleName::Compatible,
        "compatible",
        "A new schema of a mart, or of a dataset that the contract selects, is compatible with those before.",
        COMPATIBLE,
    ),
    rule(
        RuleName::KeepsColumns,
        "keeps_columns",
        "A dataset has the columns that consumers depend on, as the policy says or their column lineage tells.",
        &[],
    ),
];

/// A rule by its name in the file.
pub fn by_name(name: &str) -> Option<&'static RuleShape> {
    RULES.iter().find(|rule| rule.name == name)
}

impl RuleName {
    /// Its name in the file.
    pub fn as_str(self) -> &'static str {
        let found = RULES.iter().find(|shape| shape.rule == self);
        found.map_or("", |shape| shape.name)
    }

    /// Whether one event tells if it breaks the rule, so that a contract may turn it away.
    pub fn is_told_by_one_event(self) -> bool {
        matches!(
            self,
            Self::ConsumersReadMarts
                | Self::NoSkippedLayer
                | Self::NoWayBack
                | Self::NoStagingOnStaging
                | Self::NoDirectJoinToSource
                | Self::NoSourcesJoined
                | Self::FewJoins
                | Self::Classified
                | Self::HasOwner
                | Self::HasColumns
                | Self::ColumnsClassified
        )
    }
}

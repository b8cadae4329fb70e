//! `headwater check` through the command line, and `impact` through GraphQL.

mod changes;
mod dbt;
mod events;
mod integrations;
mod policy;
mod sql;
mod stored;
mod support;

//! The GraphQL schema and its routes. `schema.graphql` in the root is its printed form; a test
//! fails when they differ.

// Resolvers are async because the macro wants them so.
#![allow(clippy::unused_async)]

mod as_of;
mod checks;
mod contracts;
mod entities;
mod impact;
mod ingest;
mod lineage;
mod mutation;
mod neighbourhood;
mod refs;
mod request;
mod root;
mod routes;
mod search;
mod search_counts;
mod status;
mod subscription;
mod summary;

use std::sync::Arc;

use async_graphql::Schema;

use crate::engine::Engine;

pub use mutation::Mutation;
pub use request::QueryLimits;
pub use root::Query;
pub use routes::routes;
pub use subscription::Subscription;

/// The schema with its roots.
pub type HeadwaterSchema = Schema<Query, Mutation, Subscription>;

/// Selections nested deeper than this are refused; introspection by common tools needs 15.
const MAX_DEPTH: usize = 20;
/// Fields of one answer, as far as a query tells before it runs: a list counts for as many as its
/// limit (25 when it has none), a row of lineage for a hundredth of an entity. Four lineages of
/// 200,000 nodes with all fields fit, or three lists without limit within each other. What lists
/// really hold is charged while they are read, see [`request::Budget`].
const MAX_COMPLEXITY: usize = 250_000;
/// Directives of one field.
const MAX_DIRECTIVES: usize = 16;

/// Builds the schema, on an engine or (for printing it) without.
pub fn schema(engine: Option<Arc<Engine>>) -> HeadwaterSchema {
    let mut builder = Schema::build(Query, Mutation, Subscription)
        .limit_depth(MAX_DEPTH)
        .limit_recursive_depth(64)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(MAX_DIRECTIVES);
    if let Some(engine) = engine {
        builder = builder.data(engine);
    }
    builder.finish()
}

/// The schema as text.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_enum_items();
    schema(None).sdl_with_options(options)
}

//! `headwater check` through the command line, and `impact` through GraphQL.

mod changes;
mod support;

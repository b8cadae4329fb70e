//! A list of the schema whose rows are written at once.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::parser::types::{Field, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, QueryPathNode, Result, ServerResult, Value,
};
use tokio::task::block_in_place;

use super::super::refs::internal;
use super::super::request::{Budget, budget};
use super::answer::Answer;

/// Writes the rows of a list.
pub trait Rows: Send + Sync {
    /// The type of the rows in the schema.
    type Type: OutputType;

    /// Writes the rows as JSON, with what is selected of them. The outer error is one of the query,
    /// the inner one of answering it.
    fn write(
        answer: &Answer,
        budget: &Budget,
        ctx: &ContextSelectionSet<'_>,
        sets: &[&SelectionSet],
    ) -> ServerResult<Result<Vec<u8>>>;
}

/// A list `[T!]!` in the schema.
pub struct List<R> {
    answer: Arc<Answer>,
    rows: PhantomData<R>,
}

impl<R> List<R> {
    /// A list of an answer.
    pub fn new(answer: &Arc<Answer>) -> Self {
        Self {
            answer: Arc::clone(answer),
            rows: PhantomData,
        }
    }
}

impl<R: Rows> OutputType for List<R> {
    fn type_name() -> Cow<'static, str> {
        <Vec<R::Type> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<R::Type> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<R::Type> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let wrong =
            |error: async_graphql::Error| ctx.set_error_path(error.into_server_error(field.pos));
        let budget = budget(ctx).map_err(wrong)?;
        let sets = [&ctx.item.node];
        block_in_place(|| {
            let path = ctx.path_node.map(QueryPathNode::to_string_vec);
            if !budget.may_write(path.unwrap_or_default()) {
                return Ok(Value::Null);
            }
            let json = R::write(&self.answer, budget, ctx, &sets)?.map_err(wrong)?;
            if budget.writes_values() {
                return serde_json::from_slice(&json).map_err(|error| wrong(internal(error)));
            }
            Ok(Value::Binary(json.into()))
        })
    }
}

//! Rows written at once. async-graphql runs a resolver for each field of each element of a list;
//! for lineage, with its hundreds of thousands of fields, that is most of the time. Here a selection
//! is read once, and each row is a copy of an empty one that is then filled in.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Selection, SelectionSet};
use async_graphql::{ContextSelectionSet, Name, ServerError, ServerResult, Value};

/// A field that was selected.
pub struct Picked<'a> {
    /// Its name or alias.
    pub key: Name,
    /// Its name in the schema, or `__typename`.
    pub field: &'a str,
    /// What is selected below it; several when it was selected several times.
    pub below: Vec<&'a SelectionSet>,
}

/// Reads what is selected of a type: fragments are laid open, fields of one key become one, in the
/// order of their first mention. `@skip` and `@include` were taken out before a query runs.
///
/// # Errors
/// When a fragment is unknown, which validation rules out.
pub fn pick<'a>(
    ctx: &ContextSelectionSet<'a>,
    sets: &[&'a SelectionSet],
    type_name: &str,
) -> ServerResult<Vec<Picked<'a>>> {
    let mut picked = Vec::new();
    for set in sets {
        add(ctx, set, type_name, &mut picked)?;
    }
    Ok(picked)
}

fn add<'a>(
    ctx: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    type_name: &str,
    picked: &mut Vec<Picked<'a>>,
) -> ServerResult<()> {
    for item in &set.items {
        let (condition, inner) = match &item.node {
            Selection::Field(field) => {
                let (key, below) = (
                    &field.node.response_key().node,
                    &field.node.selection_set.node,
                );
                match picked.iter_mut().find(|held| held.key == *key) {
                    Some(held) => held.below.push(below),
                    None => picked.push(Picked {
                        key: key.clone(),
                        field: field.node.name.node.as_str(),
                        below: vec![below],
                    }),
                }
                continue;
            }
            Selection::InlineFragment(inline) => {
                let inline = &inline.node;
                (inline.type_condition.as_ref(), &inline.selection_set.node)
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let fragment = ctx.query_env.fragments.get(name).ok_or_else(|| {
                    ServerError::new(format!("Unknown fragment {name:?}."), Some(spread.pos))
                })?;
                let fragment = &fragment.node;
                (Some(&fragment.type_condition), &fragment.selection_set.node)
            }
        };
        // No interface and no union has these types, so a condition is their name or never holds.
        if condition.is_none_or(|condition| condition.node.on.node == type_name) {
            add(ctx, inner, type_name, picked)?;
        }
    }
    Ok(())
}

/// The form of all rows of a list.
pub struct Shape<F> {
    empty: IndexMap<Name, Value>,
    fields: Vec<F>,
}

impl<F> Shape<F> {
    /// Reads a selection. `read` knows the fields of the type but `__typename`.
    ///
    /// # Errors
    /// When `read` does not know a field, which validation rules out.
    pub fn new<'a>(
        ctx: &ContextSelectionSet<'a>,
        sets: &[&'a SelectionSet],
        type_name: &'static str,
        mut read: impl FnMut(&Picked<'a>) -> ServerResult<Option<F>>,
    ) -> ServerResult<Self>
    where
        F: Typename,
    {
        let picked = pick(ctx, sets, type_name)?;
        let mut fields = Vec::with_capacity(picked.len());
        for one in &picked {
            fields.push(match one.field {
                "__typename" => F::typename(),
                field => read(one)?.ok_or_else(|| {
                    let message =
                        format!("Cannot query field \"{field}\" on type \"{type_name}\".");
                    ServerError::new(message, Some(ctx.item.pos))
                })?,
            });
        }
        let keys = picked.into_iter().map(|one| (one.key, Value::Null));
        let empty = keys.collect();
        Ok(Self { empty, fields })
    }

    /// Whether a field is selected.
    pub fn any(&self, wanted: impl Fn(&F) -> bool) -> bool {
        self.fields.iter().any(wanted)
    }

    /// A row with its values.
    pub fn row(&self, mut value: impl FnMut(&F) -> Value) -> Value {
        let mut row = self.empty.clone();
        for (slot, field) in row.values_mut().zip(&self.fields) {
            *slot = value(field);
        }
        Value::Object(row)
    }
}

/// Fields of a type, the name of the type among them.
pub trait Typename {
    /// The field `__typename`.
    fn typename() -> Self;
}

/// Texts that recur, each held once. An enum value is written like a string, and is the one value
/// of async-graphql whose text can be shared.
#[derive(Default)]
pub struct Handles(ahash::HashMap<Box<str>, Name>);

impl Handles {
    /// A text as a value.
    pub fn value(&mut self, text: &str) -> Value {
        if let Some(held) = self.0.get(text) {
            return shared(held);
        }
        let name = Name::new(text);
        self.0.insert(text.into(), name.clone());
        Value::Enum(name)
    }

    /// A text as a value, or null.
    pub fn optional(&mut self, text: Option<&str>) -> Value {
        text.map_or(Value::Null, |text| self.value(text))
    }
}

/// A shared text as a value.
pub fn shared(text: &Name) -> Value {
    Value::Enum(text.clone())
}

//! Rows written at once. async-graphql runs a resolver for each field of each element of a list and
//! makes a value of each; for lineage, with its hundreds of thousands of fields, that is most of the
//! time. Here a selection is read once, and rows are written as JSON.

use async_graphql::parser::types::{Selection, SelectionSet};
use async_graphql::{ContextSelectionSet, Name, ServerError, ServerResult};

/// A field that was selected.
pub struct Picked<'a> {
    /// Its name or alias.
    key: Name,
    /// Its name in the schema, or `__typename`.
    pub field: &'a str,
    /// What is selected below it; several when it was selected several times.
    pub below: Vec<&'a SelectionSet>,
}

/// Reads what is selected of a type: fragments are laid open, fields of one key become one, in the
/// order of their first mention. `@skip` and `@include` were taken out before a query runs.
fn pick<'a>(
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
    type_name: &'static str,
    /// What stands before each value, `"key":` with the comma, and its field; none is the type name.
    fields: Vec<(String, Option<F>)>,
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
    ) -> ServerResult<Self> {
        let mut fields = Vec::new();
        for one in pick(ctx, sets, type_name)? {
            let field = match one.field {
                "__typename" => None,
                field => Some(read(&one)?.ok_or_else(|| {
                    let message =
                        format!("Cannot query field \"{field}\" on type \"{type_name}\".");
                    ServerError::new(message, Some(ctx.item.pos))
                })?),
            };
            // Names in GraphQL have no character that JSON escapes.
            let comma = if fields.is_empty() { "" } else { "," };
            fields.push((format!("{comma}\"{}\":", one.key), field));
        }
        Ok(Self { type_name, fields })
    }

    /// Whether a field is selected.
    pub fn any(&self, wanted: impl Fn(&F) -> bool) -> bool {
        let fields = self.fields.iter();
        fields.filter_map(|(_, field)| field.as_ref()).any(wanted)
    }

    /// Writes a row; `value` writes the value of a field.
    pub fn row(&self, out: &mut Vec<u8>, mut value: impl FnMut(&mut Vec<u8>, &F)) {
        out.push(b'{');
        for (before, field) in &self.fields {
            out.extend_from_slice(before.as_bytes());
            match field {
                Some(field) => value(out, field),
                None => json::text(out, self.type_name),
            }
        }
        out.push(b'}');
    }
}

/// Values as JSON.
pub mod json {
    /// Writes a number, a boolean or anything else of which serde knows how.
    pub fn value(out: &mut Vec<u8>, value: impl serde::Serialize) {
        if serde_json::to_writer(&mut *out, &value).is_err() {
            // Neither a vector nor a plain value fails.
            out.extend_from_slice(b"null");
        }
    }

    /// Writes a text, quoted and escaped.
    pub fn text(out: &mut Vec<u8>, text: &str) {
        value(out, text);
    }

    /// Makes room for a list of `all` rows of which `done` are written, as if the others were as
    /// long: growing step by step would copy the list again and again.
    pub fn make_room(out: &mut Vec<u8>, done: usize, all: usize) {
        if let Some(one) = out.len().checked_div(done) {
            out.reserve((one + one / 16) * (all - done));
        }
    }

    /// Writes a list.
    pub fn list<T>(
        out: &mut Vec<u8>,
        all: impl IntoIterator<Item = T>,
        mut one: impl FnMut(&mut Vec<u8>, T),
    ) {
        out.push(b'[');
        for (at, value) in all.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            one(out, value);
        }
        out.push(b']');
    }
}

/// Written values, one behind the other.
#[derive(Default)]
pub struct Written {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Written {
    /// Adds a value that `write` writes.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// A value; null when there is none.
    pub fn get(&self, at: usize) -> &[u8] {
        let from = at
            .checked_sub(1)
            .map_or(Some(0), |at| self.ends.get(at).copied());
        match (from, self.ends.get(at)) {
            (Some(from), Some(&to)) => &self.bytes[from..to],
            _ => b"null",
        }
    }
}

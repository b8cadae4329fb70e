//! The `schema` facet: columns, nested ones by path.
//!
//! A path repeats the names of all fields above it, so a facet of a megabyte could spell out
//! gigabytes. What is read is limited by the facet alone, so that the same columns come out
//! wherever and whenever it is read.

use std::borrow::Cow;

use crate::openlineage::cursor::{Cursor, Kind};

/// One column of a `schema` facet, nested fields by path (`address.city`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Path of the column.
    pub path: String,
    /// Its type as the producer names it.
    pub data_type: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// Nesting that is followed; deeper fields are left out of the columns.
pub const MAX_NESTING: usize = 64;
/// Columns of one facet that are read.
pub const MAX_FIELDS: usize = 65_536;
/// Bytes of paths of one facet, however large it is.
const MAX_PATH_BYTES: usize = 4 << 20;

/// Bytes that the paths of a facet of that length may take together. Schemas that were seen need
/// about twice their own length when they are nested, less when they are flat.
pub fn path_budget(facet_bytes: usize) -> usize {
    facet_bytes
        .saturating_mul(8)
        .saturating_add(4096)
        .min(MAX_PATH_BYTES)
}

/// The columns of a `schema` facet in their order; fields without a name are passed over.
pub fn schema(facet: &[u8]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let tree = Tree::read(facet);
    let within = tree.within_budget();
    for named in tree.fields.into_iter().take(within) {
        let path = match named.parent.and_then(|parent| fields.get(parent)) {
            Some(parent) => format!("{}.{}", parent.path, named.name),
            None => named.name.into_owned(),
        };
        fields.push(Field {
            path,
            data_type: named.data_type.map(Cow::into_owned),
            description: named.description.map(Cow::into_owned),
        });
    }
    fields
}

/// What of a `schema` facet is left out; `None` when nothing is.
pub(super) fn left_out(facet: &[u8]) -> Option<String> {
    if !may_exceed(facet) {
        return None;
    }
    let tree = Tree::read(facet);
    let read = tree.within_budget();
    let whole = read == tree.fields.len() && !tree.cut;
    (!whole).then(|| {
        format!(
            "only {read} columns of this schema were read: at most {MAX_FIELDS} are, with {} bytes of paths in all and {MAX_NESTING} levels of nesting; the log has the whole event",
            path_budget(facet.len())
        )
    })
}

/// Settles nearly every facet by its length: the longest name over fields that are as short as can
/// be makes paths of less than a 48th of the square of the length.
fn may_exceed(facet: &[u8]) -> bool {
    let shortest_field = r#"{"name":"a"}"#.len();
    if facet.len() / shortest_field > MAX_FIELDS {
        return true;
    }
    if facet.len() * facet.len() / 48 <= path_budget(facet.len()) {
        return false;
    }
    let text = std::str::from_utf8(facet).unwrap_or_default();
    text.matches("\"fields\":").nth(1).is_some()
}

struct Named<'a> {
    parent: Option<usize>,
    name: Cow<'a, str>,
    data_type: Option<Cow<'a, str>>,
    description: Option<Cow<'a, str>>,
}

/// The fields in their order, parents before their children. A field's name stands behind its
/// children in canonical JSON, so paths can be made only when all is read.
struct Tree<'a> {
    fields: Vec<Named<'a>>,
    /// Where in `bytes` of the facet nothing was read any more.
    cut: bool,
    bytes: usize,
}

impl<'a> Tree<'a> {
    fn read(facet: &'a [u8]) -> Self {
        let mut tree = Self {
            fields: Vec::new(),
            cut: false,
            bytes: facet.len(),
        };
        let mut cursor = Cursor::new(facet);
        if cursor.enter(Kind::Object) {
            while let Some(key) = cursor.key() {
                match &*key {
                    "fields" => tree.list(&mut cursor, None, 0),
                    _ => cursor.skip(),
                }
            }
        }
        tree
    }

    fn list(&mut self, cursor: &mut Cursor<'a>, parent: Option<usize>, depth: usize) {
        if depth > MAX_NESTING {
            self.cut |= cursor.kind() == Some(Kind::Array);
            return cursor.skip();
        }
        if !cursor.enter(Kind::Array) {
            return;
        }
        while cursor.item() {
            if self.fields.len() == MAX_FIELDS {
                self.cut = true;
                cursor.skip();
            } else {
                self.field(cursor, parent, depth);
            }
        }
    }

    fn field(&mut self, cursor: &mut Cursor<'a>, parent: Option<usize>, depth: usize) {
        if !cursor.enter(Kind::Object) {
            return;
        }
        let own = self.fields.len();
        self.fields.push(Named {
            parent,
            name: Cow::Borrowed(""),
            data_type: None,
            description: None,
        });
        while let Some(key) = cursor.key() {
            match &*key {
                "fields" => self.list(cursor, Some(own), depth + 1),
                "name" => self.fields[own].name = cursor.string().unwrap_or_default(),
                "type" => self.fields[own].data_type = filled(cursor),
                "description" => self.fields[own].description = filled(cursor),
                _ => cursor.skip(),
            }
        }
        if self.fields[own].name.is_empty() {
            self.fields.truncate(own);
        }
    }

    /// How many of the fields, from the first on, the budget of path bytes allows.
    fn within_budget(&self) -> usize {
        let mut left = path_budget(self.bytes);
        let mut lengths = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let parent = field.parent.and_then(|parent| lengths.get(parent));
            let length = field.name.len() + parent.map_or(0, |length| length + 1);
            let Some(rest) = left.checked_sub(length) else {
                break;
            };
            left = rest;
            lengths.push(length);
        }
        lengths.len()
    }
}

fn filled<'a>(cursor: &mut Cursor<'a>) -> Option<Cow<'a, str>> {
    cursor.string().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openlineage::canonical::canonicalise;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Vec<u8> {
        canonicalise(text.as_bytes()).unwrap().bytes
    }

    #[test]
    fn nested_fields_are_columns_by_path() {
        let facet = canonical(
            r#"{"fields":[{"name":"id","type":"int"},{"name":"address","type":"struct","fields":[{"name":"city","type":"text","description":"where"}]},{"type":"x","fields":[{"name":"lost"}]},7]}"#,
        );
        let fields = schema(&facet);
        let paths: Vec<_> = fields.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["id", "address", "address.city"]);
        assert_eq!(fields[2].description.as_deref(), Some("where"));
        assert!(schema(br#"{"fields":{}}"#).is_empty());
        assert_eq!(left_out(&facet), None);
    }

    #[test]
    fn a_number_beyond_a_float_hides_no_column() {
        let fields = schema(br#"{"fields":[{"name":"a","scale":1e400,"type":7}],"x":-1e999}"#);
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].data_type, None);
    }

    /// A long name over many short ones: the text of all paths is the square of the facet.
    fn tower(bytes: usize) -> Vec<u8> {
        let short: Vec<String> = (0..bytes / 28)
            .map(|n| format!(r#"{{"name":"{n}"}}"#))
            .collect();
        let long = "x".repeat(bytes / 2);
        format!(
            r#"{{"fields":[{{"fields":[{}],"name":"{long}"}}]}}"#,
            short.join(",")
        )
        .into_bytes()
    }

    #[test]
    fn path_text_stays_within_its_budget_and_the_cut_is_told() {
        for bytes in [200, 2_000, 20_000, 1_000_000] {
            let facet = tower(bytes);
            let fields = schema(&facet);
            let text: usize = fields.iter().map(|field| field.path.len()).sum();
            assert!(text <= path_budget(facet.len()), "{bytes}: {text}");
            let said = left_out(&facet);
            let cut = fields.len() < 1 + bytes / 28;
            assert_eq!(said.is_some(), cut, "{bytes}: {said:?}");
            assert_eq!(cut, bytes > 200);
        }
    }

    #[test]
    fn wide_and_deep_schemas_are_cut_and_say_so() {
        let field = |n: usize| format!(r#"{{"name":"c{n}"}}"#);
        let wide: Vec<String> = (0..=MAX_FIELDS).map(field).collect();
        let wide = format!(r#"{{"fields":[{}]}}"#, wide.join(","));
        assert_eq!(schema(wide.as_bytes()).len(), MAX_FIELDS);
        assert!(
            left_out(wide.as_bytes())
                .unwrap()
                .contains("only 65536 columns")
        );

        let deep = |n: usize| {
            let inner = (0..n).fold(String::new(), |inner, _| {
                format!(
                    r#"[{{"fields":{}"name":"a"}}]"#,
                    if inner.is_empty() {
                        "[],".to_owned()
                    } else {
                        inner + ","
                    }
                )
            });
            format!(r#"{{"fields":{inner}}}"#)
        };
        assert_eq!(schema(deep(MAX_NESTING).as_bytes()).len(), MAX_NESTING);
        assert_eq!(left_out(deep(MAX_NESTING).as_bytes()), None);
        assert_eq!(schema(deep(100).as_bytes()).len(), MAX_NESTING + 1);
        assert!(left_out(deep(100).as_bytes()).is_some());
    }

    proptest! {
        /// The length alone never settles wrongly that nothing is cut.
        #[test]
        fn the_quick_check_is_safe(name in 1_usize..4000, fields in 0_usize..300) {
            let short = vec![r#"{"name":"a"}"#; fields].join(",");
            let facet = format!(r#"{{"fields":[{{"fields":[{short}],"name":"{}"}}]}}"#, "x".repeat(name));
            let tree = Tree::read(facet.as_bytes());
            let whole = tree.within_budget() == tree.fields.len();
            prop_assert_eq!(left_out(facet.as_bytes()).is_none(), whole);
        }
    }
}

//! What a name can mean at a place in a query: the relations in FROM, the aliases of the SELECT
//! before it, and the scopes around.
//!
//! Where a name can be read in several ways, its number holds all of them: a change of any of them
//! changes it.

use std::rc::Rc;

use super::number;

/// What is known of a relation.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Name in lower case and meaning of each column.
    pub columns: Vec<(Option<String>, u64)>,
    /// What columns beyond these are made of.
    pub open: Option<u64>,
    pub rows: u64,
}

impl Known {
    /// A relation of which only a number is known.
    pub fn opaque(number: u64) -> Rc<Self> {
        Rc::new(Self {
            columns: Vec::new(),
            open: Some(number),
            rows: number,
        })
    }

    fn listed(&self, name: &str) -> Option<u64> {
        let mut held = self.columns.iter();
        held.find_map(|(held, number)| (held.as_deref() == Some(name)).then_some(*number))
    }

    /// A column that is listed, or may be one of those not known.
    pub fn column(&self, name: &str) -> Option<u64> {
        self.listed(name)
            .or_else(|| Some(number((self.open?, name))))
    }

    /// All that is known of it, in one number.
    pub fn whole(&self) -> u64 {
        number((&self.columns, self.open, self.rows))
    }
}

/// The same relation with its first columns named otherwise.
pub(super) fn renamed(known: &Rc<Known>, names: &[String]) -> Rc<Known> {
    if names.is_empty() {
        return Rc::clone(known);
    }
    let mut columns = known.columns.clone();
    for (column, name) in columns.iter_mut().zip(names) {
        column.0 = Some(name.clone());
    }
    Rc::new(Known {
        columns,
        open: known.open,
        rows: known.rows,
    })
}

/// One relation in FROM.
pub(super) struct Source {
    /// The names by which its columns can be asked for: its own, and those of joins around it.
    pub labels: Vec<String>,
    pub known: Rc<Known>,
}

#[derive(Default)]
pub(super) struct Scope<'p> {
    pub sources: Vec<Source>,
    /// Aliases of the SELECT read so far: several dialects allow them further on.
    pub aliases: Vec<(String, u64)>,
    pub parent: Option<&'p Scope<'p>>,
}

impl<'p> Scope<'p> {
    pub fn inside(parent: Option<&'p Scope<'p>>) -> Self {
        Self {
            parent,
            ..Self::default()
        }
    }

    /// The meaning of a name of one or more parts; `None` when it is not of here.
    pub fn find(&self, path: &[String]) -> Option<u64> {
        let here = match path {
            [] => None,
            [name] => self.unqualified(name),
            _ => self.qualified(path),
        };
        here.or_else(|| self.parent.and_then(|parent| parent.find(path)))
    }

    /// The relations of a name, for `name.*`.
    pub fn labelled(&self, label: &str) -> Vec<Rc<Known>> {
        let held = self.sources.iter();
        held.filter(|source| source.labels.iter().any(|held| held == label))
            .map(|source| Rc::clone(&source.known))
            .collect()
    }

    /// A column, with what may stand before it (table, schema) and behind it (fields).
    fn qualified(&self, path: &[String]) -> Option<u64> {
        let mut found = Vec::new();
        for at in 1..path.len() {
            let of = self.labelled(&path[at - 1]);
            if of.is_empty() {
                continue;
            }
            let column = column_of(&of, &path[at]).unwrap_or_else(|| {
                let whole: Vec<u64> = of.iter().map(|known| known.whole()).collect();
                number((whole, &path[at]))
            });
            found.push(with_fields(column, &path[at + 1..]));
        }
        let column = if found.is_empty() {
            self.unqualified(&path[0])
        } else {
            self.listed(&path[0])
        };
        found.extend(column.map(|column| with_fields(column, &path[1..])));
        // A relation without a name we know may have one we do not.
        if found.is_empty() {
            let unnamed = self
                .sources
                .iter()
                .filter(|source| source.labels.is_empty());
            let whole: Vec<u64> = unnamed.map(|source| source.known.whole()).collect();
            return (!whole.is_empty()).then(|| number((whole, path)));
        }
        match found.as_slice() {
            [one] => Some(*one),
            _ => Some(number(found)),
        }
    }

    fn listed(&self, name: &str) -> Option<u64> {
        let mut sources = self.sources.iter();
        sources.find_map(|source| source.known.listed(name))
    }

    /// Columns of relations go before aliases.
    fn unqualified(&self, name: &str) -> Option<u64> {
        if let Some(listed) = self.listed(name) {
            return Some(listed);
        }
        let mut aliases = self.aliases.iter().rev();
        let alias = aliases.find_map(|(held, number)| (held == name).then_some(*number));
        let open: Vec<u64> = self.sources.iter().filter_map(|s| s.known.open).collect();
        if open.is_empty() {
            return alias;
        }
        let open = number((open, name));
        Some(alias.map_or(open, |alias| number((open, alias))))
    }
}

fn column_of(of: &[Rc<Known>], name: &str) -> Option<u64> {
    if let Some(listed) = of.iter().find_map(|known| known.listed(name)) {
        return Some(listed);
    }
    let open: Vec<u64> = of.iter().filter_map(|known| known.open).collect();
    match open.as_slice() {
        [] => None,
        [one] => Some(number((one, name))),
        _ => Some(number((open, name))),
    }
}

fn with_fields(column: u64, fields: &[String]) -> u64 {
    if fields.is_empty() {
        return column;
    }
    number((column, fields))
}

//! One node before and after: its columns, and how it is built.

use super::super::columns::Columns;
use super::super::manifest::{Column, Node, NodeKind};
use super::meaning::fits;
use super::{Compare, breaks_promise, place};
use crate::impact::{Kind, Note, Place, same_type, widens};

impl<'p> Compare<'p> {
    pub(super) fn pair(&mut self, base: &'p Node, head: &'p Node) {
        let same_code = self.base.project.sql(base) == self.head.project.sql(head);
        if !same_code {
            for (side, node) in [(&self.base, base), (&self.head, head)] {
                if let Some(note) = fits(side, node) {
                    self.set.notes.push(note);
                }
            }
        }
        let (old, new) = self.comparable(base, head);
        self.columns(base, head, &old, &new, same_code);
        if !same_code || base.raw != head.raw {
            self.meaning(base, head, &new);
        }
        if base.materialized != head.materialized && head.kind == NodeKind::Model {
            let kind = Kind::Materialization(base.materialized.clone(), head.materialized.clone());
            self.tell(head, kind, place(head, None), None);
        }
        if base.contract && !head.contract {
            self.tell(head, Kind::ContractDropped, place(head, None), None);
        }
        if openness(&head.access) < openness(&base.access) {
            let kind = Kind::AccessNarrowed(base.access.clone(), head.access.clone());
            self.tell(head, kind, place(head, None), None);
        }
    }

    /// The columns of both, told by the same kind of artifact where that can be.
    fn comparable(&self, base: &Node, head: &Node) -> (Columns, Columns) {
        let (old, new) = (self.base.columns(base), self.head.columns(head));
        if old.by != new.by
            && let (Some(old), Some(new)) = (self.base.by_sql(base), self.head.by_sql(head))
            && old.complete
            && new.complete
        {
            return (old, new);
        }
        (Columns::clone(&old), Columns::clone(&new))
    }

    fn columns(&mut self, base: &Node, head: &Node, old: &Columns, new: &Columns, same_code: bool) {
        if !new.complete {
            if !same_code {
                self.set.notes.push(Note::unknown(
                    "COLUMNS_UNKNOWN",
                    format!(
                        "the columns of {} after the change are not all known, so it cannot be told which are gone; make a catalog (`dbt docs generate`), enforce a contract, or name its columns instead of a star",
                        head.id
                    ),
                ));
            }
            return;
        }
        let mut gone: Vec<&Column> = old
            .all
            .iter()
            .filter(|c| new.get(&c.name).is_none())
            .collect();
        let mut added: Vec<&Column> = new
            .all
            .iter()
            .filter(|c| old.get(&c.name).is_none())
            .collect();
        let renamed = self.renamed(base, head, &gone, &added);
        for (from, to) in &renamed {
            gone.retain(|column| column.name != *from);
            added.retain(|column| column.name != *to);
            self.gone
                .entry(head.id.clone())
                .or_default()
                .push(from.clone());
            let place = place(head, Some(to));
            // The promise is that of before.
            let kind = Kind::ColumnRenamed(from.clone(), to.clone());
            self.tell_of(base, head, kind, place);
        }
        for column in gone {
            self.gone
                .entry(head.id.clone())
                .or_default()
                .push(column.name.clone());
            let kind = Kind::ColumnRemoved(column.name.clone());
            self.tell_of(base, head, kind, place(head, None));
        }
        // What was not known before may have been there.
        for column in added.into_iter().filter(|_| old.complete) {
            let place = place(head, Some(&column.name));
            self.tell(head, Kind::ColumnAdded(column.name.clone()), place, None);
        }
        self.kept(base, head, old, new);
        let order = |a: &Columns, b: &Columns| -> Vec<String> {
            let held = a.all.iter().filter(|column| b.get(&column.name).is_some());
            held.map(|column| column.name.to_lowercase()).collect()
        };
        if old.complete && order(old, new) != order(new, old) {
            self.tell(head, Kind::ColumnsReordered, place(head, None), None);
        }
    }

    fn tell_of(&mut self, base: &Node, head: &Node, kind: Kind, place: Option<Place>) {
        let promised = base.contract && !head.contract && breaks_promise(&kind);
        self.tell(head, kind, place, None);
        if promised && let Some(last) = self.set.changes.last_mut() {
            last.promised = Some(format!("dbt enforced a contract on {}", last.of.name));
        }
    }

    /// Columns that both have.
    fn kept(&mut self, base: &Node, head: &Node, old: &Columns, new: &Columns) {
        for column in &new.all {
            let Some(before) = old.get(&column.name) else {
                continue;
            };
            if let (Some(from), Some(to)) = (&before.data_type, &column.data_type)
                && !same_type(from, to)
            {
                let (from, to) = (from.clone(), to.clone());
                let widens = widens(&from, &to);
                let kind = Kind::ColumnRetyped(column.name.clone(), Some(from), Some(to), widens);
                let place = place(head, Some(&column.name));
                self.tell_of(base, head, kind, place);
            }
            let kind = match (before.required, column.required) {
                (Some(false), Some(true)) => Kind::ColumnRequired(column.name.clone()),
                (Some(true), Some(false)) => Kind::ColumnNullable(column.name.clone()),
                _ => continue,
            };
            if base.contract || head.contract {
                self.tell(head, kind, place(head, Some(&column.name)), None);
            }
        }
    }
}

fn openness(access: &str) -> u8 {
    match access {
        "public" => 2,
        "private" => 0,
        _ => 1,
    }
}

//! What the code of a node means, before and after: columns under another name, columns that are
//! computed otherwise, catalogs that do not fit the code.

use std::collections::{HashMap, HashSet};

use super::super::columns::{Columns, Side};
use super::super::manifest::{Column, Node, NodeKind};
use super::{Compare, place};
use crate::impact::{Kind, Note};
use crate::sql::{Meaning, meaning};

impl<'p> Compare<'p> {
    /// Columns that go under another name: the same meaning, or, where there is one of each, the
    /// same type.
    pub(super) fn renamed(
        &self,
        base: &Node,
        head: &Node,
        gone: &[&Column],
        added: &[&Column],
    ) -> Vec<(String, String)> {
        if gone.is_empty() || added.is_empty() {
            return Vec::new();
        }
        let (old, new) = (Self::means(&self.base, base), Self::means(&self.head, head));
        if let (Some(old), Some(new)) = (&old, &new) {
            let of = |meaning: &Meaning, name: &str| {
                let mut held = meaning.columns.iter();
                held.find(|(held, _)| held.eq_ignore_ascii_case(name))
                    .map(|held| held.1)
            };
            let mut found = Vec::new();
            for column in gone {
                let Some(meaning) = of(old, &column.name) else {
                    continue;
                };
                let mut alike = added
                    .iter()
                    .filter(|held| of(new, &held.name) == Some(meaning));
                if let (Some(one), None) = (alike.next(), alike.next())
                    && found.iter().all(|(_, to)| to != &one.name)
                {
                    found.push((column.name.clone(), one.name.clone()));
                }
            }
            return found;
        }
        match (gone, added) {
            ([from], [to]) if from.data_type.is_some() && from.data_type == to.data_type => {
                vec![(from.name.clone(), to.name.clone())]
            }
            _ => Vec::new(),
        }
    }

    fn means(side: &Side<'p>, node: &Node) -> Option<Meaning> {
        let sql = side.project.sql(node)?;
        (node.language == "sql").then(|| meaning(&sql, &side.reading(node).context))?
    }

    /// What is computed otherwise.
    pub(super) fn meaning(&mut self, base: &Node, head: &Node, new: &Columns) {
        if head.kind != NodeKind::Model && head.kind != NodeKind::Snapshot {
            return;
        }
        let same_raw = base.raw == head.raw && self.same_macros(head);
        let (old, now) = (Self::means(&self.base, base), Self::means(&self.head, head));
        let (Some(old), Some(now)) = (old, now) else {
            if self.base.project.sql(base) == self.head.project.sql(head) && head.language == "sql"
            {
                return;
            }
            let note = format!(
                "the code of {} differs and cannot be compared: {}",
                head.id,
                unread(&self.head, head)
            );
            self.set.notes.push(Note::unknown("CODE_UNREAD", note));
            return self.tell(
                head,
                Kind::RowsChanged,
                place(head, None),
                Some("its code differs".into()),
            );
        };
        if old.rows == now.rows && old.columns == now.columns {
            return;
        }
        if same_raw && old.without_literals == now.without_literals {
            let note = format!(
                "the compiled SQL of {} differs in literals alone, though neither its code nor its macros do; that is taken for the day of the run, and not for a change",
                head.id
            );
            return self.set.notes.push(Note::info("SAME_CODE", note));
        }
        if old.rows != now.rows {
            return self.tell(head, Kind::RowsChanged, place(head, None), None);
        }
        let before: HashMap<&str, u64> =
            old.columns.iter().map(|(n, m)| (n.as_str(), *m)).collect();
        for (name, meaning) in &now.columns {
            if before
                .get(name.as_str())
                .is_some_and(|before| before != meaning)
            {
                let spelled = new
                    .get(name)
                    .map_or_else(|| name.clone(), |c| c.name.clone());
                let place = place(head, Some(name));
                self.tell(head, Kind::ColumnRederived(spelled), place, None);
            }
        }
    }

    fn same_macros(&self, node: &Node) -> bool {
        let of = |side: &Side<'p>, id: &String| side.project.manifest.macros.get(id).copied();
        let same = |id: &String| of(&self.base, id) == of(&self.head, id);
        node.macros.iter().all(same)
    }
}

/// Whether a catalog fits the SQL beside it; where it does not, it is not used, and that is said.
pub(super) fn fits(side: &Side<'_>, node: &Node) -> Option<Note> {
    let listed = side.project.listed(&node.id)?;
    let told = side.by_sql(node).filter(|told| told.complete)?;
    let statement = side.statement(node)?;
    if !statement.gaps.is_empty() {
        return None;
    }
    let known: HashSet<String> = listed
        .iter()
        .map(|column| column.name.to_lowercase())
        .collect();
    let given: HashSet<String> = told
        .all
        .iter()
        .map(|column| column.name.to_lowercase())
        .collect();
    // An incremental model may keep columns that its SQL gives no more.
    if known == given || node.materialized == "incremental" || node.kind == NodeKind::Snapshot {
        return None;
    }
    side.distrust(node);
    let mut odd: Vec<&String> = known.symmetric_difference(&given).collect();
    odd.sort();
    Some(Note::info(
        "STALE_CATALOG",
        format!(
            "the catalog does not fit the SQL of {} ({} …), so its columns are taken from the SQL; make the catalog anew with `dbt docs generate`",
            node.id,
            odd.first().map_or("", |name| name.as_str())
        ),
    ))
}

fn unread(side: &Side<'_>, node: &Node) -> String {
    if node.language != "sql" {
        return format!("it is written in {}", node.language);
    }
    if side.project.sql(node).is_none() {
        return "its compiled SQL is missing; run `dbt compile`".to_owned();
    }
    let gap = side
        .statement(node)
        .and_then(|statement| statement.gaps.first().cloned());
    gap.map_or_else(
        || "its SQL is not one query that can be read".to_owned(),
        |gap| gap.to_string(),
    )
}

//! What two versions of a project differ in.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::columns::{Columns, Side};
use super::lineage::{Gone, dataset, reads};
use super::manifest::{Column, Exposure, Node, NodeKind};
use super::project::Project;
use crate::impact::{
    Change, ChangeSet, Code, Consumer, Kind, Model, Note, Place, Replaces, same_type, widens,
};
use crate::sql::{Meaning, meaning, mentions};

/// A change set, and what it was read from.
#[derive(Debug)]
pub struct Compared {
    /// The changes, in a namespace that is not known yet (an empty one).
    pub set: ChangeSet,
    /// Models that were compared.
    pub models: usize,
}

/// Compares two versions of a project.
pub fn changes(base: &Project, head: &Project) -> Compared {
    let mut compare = Compare {
        base: Side::new(base, Some(head)),
        head: Side::new(head, Some(base)),
        set: ChangeSet {
            source: "dbt".to_owned(),
            ..ChangeSet::default()
        },
        changed: BTreeSet::new(),
        gone: Gone::new(),
    };
    let pairs = compare.pairs();
    let models = pairs.len();
    compare.whole_datasets(&pairs);
    let suspects = compare.suspects(&pairs);
    for (base, head) in &pairs {
        if let (Some(base), Some(head)) = (base, head)
            && suspects.contains(head.id.as_str())
        {
            compare.pair(base, head);
        }
    }
    compare.code(&pairs);
    compare.consumers();
    Compared {
        set: compare.set,
        models,
    }
}

type Pair<'p> = (Option<&'p Node>, Option<&'p Node>);

struct Compare<'p> {
    base: Side<'p>,
    head: Side<'p>,
    set: ChangeSet,
    /// Ids of nodes that are changed.
    changed: BTreeSet<String>,
    gone: Gone,
}

fn key(node: &Node) -> Option<String> {
    Some(node.relation.as_ref()?.join(".").to_lowercase())
}

/// What is built, by its relation; a source over something that is built is that.
fn built(project: &Project) -> HashMap<String, &Node> {
    let mut found: HashMap<String, &Node> = HashMap::new();
    for node in project.manifest.nodes.values() {
        let Some(key) = key(node) else { continue };
        let held = found.entry(key).or_insert(node);
        if held.kind == NodeKind::Source && node.kind != NodeKind::Source {
            *held = node;
        }
    }
    found
}

impl<'p> Compare<'p> {
    fn pairs(&self) -> Vec<Pair<'p>> {
        let (old, new) = (built(self.base.project), built(self.head.project));
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        keys.into_iter()
            .map(|key| (old.get(key).copied(), new.get(key).copied()))
            .collect()
    }

    fn tell(&mut self, node: &Node, kind: Kind, place: Option<Place>, detail: Option<String>) {
        let Some(of) = dataset(node) else { return };
        self.changed.insert(node.id.clone());
        let promised = (node.contract && breaks_promise(&kind))
            .then(|| format!("dbt enforces a contract on {}", of.name));
        self.set.changes.push(Change {
            of,
            kind,
            place,
            detail,
            promised,
        });
    }

    /// Datasets that are new, gone or renamed.
    fn whole_datasets(&mut self, pairs: &[Pair<'p>]) {
        let gone: Vec<&Node> = pairs
            .iter()
            .filter(|p| p.1.is_none())
            .filter_map(|p| p.0)
            .collect();
        let new: Vec<&Node> = pairs
            .iter()
            .filter(|p| p.0.is_none())
            .filter_map(|p| p.1)
            .collect();
        let mut taken: HashSet<&str> = HashSet::new();
        for node in &gone {
            if node.kind == NodeKind::Source {
                // Only this project does not read it any more.
                continue;
            }
            let mut alike = new.iter().filter(|held| {
                held.kind == node.kind
                    && !taken.contains(held.id.as_str())
                    && ((!node.raw.trim().is_empty() && held.raw == node.raw) || held.id == node.id)
            });
            let renamed = match (alike.next(), alike.next()) {
                (Some(one), None) => Some(*one),
                _ => None,
            };
            if let Some(to) = renamed
                && let Some(name) = dataset(to)
            {
                taken.insert(&to.id);
                let place = place(to, None);
                self.tell(node, Kind::DatasetRenamed(name.name), place, None);
                self.changed.insert(to.id.clone());
                continue;
            }
            let still = self.head.node(&node.id);
            let (detail, file) = match still {
                Some(held) if held.relation.is_none() => (
                    Some("it becomes ephemeral, so there is no table or view any more".to_owned()),
                    place(held, None),
                ),
                _ => (None, place(node, None)),
            };
            self.tell(node, Kind::DatasetRemoved, file, detail);
        }
        for node in new {
            if node.kind != NodeKind::Source && !taken.contains(node.id.as_str()) {
                self.tell(node, Kind::DatasetAdded, place(node, None), None);
            }
        }
    }

    /// Nodes that may differ: their own artifacts do, or, where no catalog tells columns, something
    /// that they read.
    fn suspects(&self, pairs: &[Pair<'p>]) -> HashSet<&'p str> {
        let mut suspects: HashSet<&str> = HashSet::new();
        // What no catalog lists has the columns that its SQL gives, and these depend on what it reads.
        let by_sql = pairs.iter().any(|(base, head)| {
            let unlisted = |side: &Side<'p>, node: Option<&Node>| {
                node.is_some_and(|node| {
                    matches!(node.kind, NodeKind::Model | NodeKind::Snapshot)
                        && side.project.listed(&node.id).is_none()
                })
            };
            unlisted(&self.base, *base) || unlisted(&self.head, *head)
        });
        for (base, head) in pairs {
            let (Some(base), Some(head)) = (base, head) else {
                continue;
            };
            let listed = |side: &Side<'p>, node: &Node| {
                side.project.listed(&node.id).map(<[Column]>::to_vec)
            };
            let differs = base.raw != head.raw
                || self.base.project.sql(base) != self.head.project.sql(head)
                || base.materialized != head.materialized
                || base.contract != head.contract
                || base.access != head.access
                || base.columns != head.columns
                || listed(&self.base, base) != listed(&self.head, head);
            if differs {
                suspects.insert(&head.id);
            }
        }
        if by_sql {
            let roots: HashSet<String> = suspects.iter().map(|id| (*id).to_owned()).collect();
            let roots = roots
                .into_iter()
                .chain(self.changed.iter().cloned())
                .collect();
            let below = self.below(roots);
            let nodes = self.head.project.manifest.nodes.keys();
            suspects.extend(nodes.map(String::as_str).filter(|id| below.contains(*id)));
        }
        suspects
    }

    /// Nodes and everything that reads them, before or after.
    fn below(&self, roots: HashSet<String>) -> HashSet<String> {
        let mut readers: HashMap<&str, Vec<&str>> = HashMap::new();
        for side in [&self.base, &self.head] {
            let tables = built(side.project);
            for node in side.project.manifest.nodes.values() {
                for read in &node.reads {
                    readers.entry(read).or_default().push(&node.id);
                }
                // Who reads a source that is a seed or a model reads that.
                if node.kind == NodeKind::Source
                    && let Some(held) = key(node).and_then(|key| tables.get(&key).copied())
                    && held.id != node.id
                {
                    readers.entry(&held.id).or_default().push(&node.id);
                }
            }
        }
        let mut below = roots.clone();
        let mut waiting: Vec<String> = roots.into_iter().collect();
        while let Some(id) = waiting.pop() {
            for reader in readers.get(id.as_str()).into_iter().flatten() {
                if below.insert((*reader).to_owned()) {
                    waiting.push((*reader).to_owned());
                }
            }
        }
        below
    }

    fn pair(&mut self, base: &'p Node, head: &'p Node) {
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

    /// Columns that go under another name: the same meaning, or, where there is one of each, the
    /// same type.
    fn renamed(
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
    fn meaning(&mut self, base: &Node, head: &Node, new: &Columns) {
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

    /// What is changed, and everything below it.
    fn code(&mut self, pairs: &[Pair<'p>]) {
        let roots = self.changed.iter().cloned().collect();
        let below = self.below(roots);
        let mut code = Code::default();
        let none = Gone::new();
        for (base, head) in pairs {
            let Some(node) = head.or(*base) else { continue };
            if !below.contains(&node.id) {
                continue;
            }
            let Some(dataset) = dataset(node) else {
                continue;
            };
            let mut columns = Vec::new();
            for (side, node) in [(&self.base, base), (&self.head, head)] {
                let Some(node) = node else { continue };
                columns.extend(side.columns(node).names());
            }
            let made = !matches!(node.kind, NodeKind::Seed | NodeKind::Source);
            let fresh = |node: &Node| {
                let listed = self.head.project.listed(&node.id).is_some();
                listed && !self.head.stale.borrow().contains(&node.id)
            };
            code.models.push(Model {
                dataset,
                label: node.id.clone(),
                place: place(node, None),
                owners: node.owners.clone(),
                columns,
                base: base.and_then(|node| reads(&self.base, node, &none)),
                head: head.and_then(|node| reads(&self.head, node, &self.gone)),
                replaces: if made {
                    Replaces::Dbt
                } else {
                    Replaces::Nothing
                },
                built: head.is_some_and(fresh),
            });
        }
        self.set.code = code;
    }

    fn consumers(&mut self) {
        let (old, new) = (&self.base.project.manifest, &self.head.project.manifest);
        let ids: BTreeSet<&String> = old.exposures.keys().chain(new.exposures.keys()).collect();
        for id in ids {
            let (base, head) = (old.exposures.get(id), new.exposures.get(id));
            let Some(told) = head.or(base) else { continue };
            let names = |side: &Side<'p>, exposure: Option<&Exposure>| {
                let held = exposure?.reads.iter();
                Some(held.filter_map(|id| dataset(side.node(id)?)).collect())
            };
            self.set.code.consumers.push(Consumer {
                name: crate::impact::Name::new("dbt", &told.name),
                known_as: Some(crate::impact::Name::new("dbt", id)),
                kind: told.kind.clone(),
                place: Some(Place {
                    file: told.file.clone(),
                    line: None,
                }),
                owners: told.owners.clone(),
                base: names(&self.base, base),
                head: names(&self.head, head),
            });
        }
    }
}

fn breaks_promise(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ColumnRemoved(_)
            | Kind::ColumnRenamed(..)
            | Kind::ColumnRetyped(.., false)
            | Kind::DatasetRemoved
            | Kind::DatasetRenamed(_)
    )
}

fn openness(access: &str) -> u8 {
    match access {
        "public" => 2,
        "private" => 0,
        _ => 1,
    }
}

/// Whether a catalog fits the SQL beside it; where it does not, it is not used, and that is said.
fn fits(side: &Side<'_>, node: &Node) -> Option<Note> {
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

/// Where a node is written, and the line that first names a column.
fn place(node: &Node, column: Option<&str>) -> Option<Place> {
    if node.file.is_empty() {
        return None;
    }
    let line = column.and_then(|column| {
        let wanted = column.to_lowercase();
        let has = |line: &str| mentions(&line.to_lowercase(), &wanted);
        let at = node.raw.lines().position(has)?;
        u32::try_from(at + 1).ok()
    });
    Some(Place {
        file: node.file.clone(),
        line,
    })
}

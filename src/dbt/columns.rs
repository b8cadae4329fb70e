//! The columns of a node in one version of a project, and how they are known.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::manifest::{Column, Node, NodeKind};
use super::project::Project;
use crate::sql::{Context, Relation, StatementLineage, read};

/// How columns are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The warehouse has them.
    Catalog,
    /// dbt enforces them.
    Contract,
    /// The SQL gives them.
    Sql,
    /// Only documented: there may be more.
    Documented,
}

/// Columns of a node.
#[derive(Debug, Clone)]
pub struct Columns {
    /// In their order.
    pub all: Vec<Column>,
    /// Whether there are no others.
    pub complete: bool,
    /// How they are known.
    pub by: By,
}

impl Columns {
    /// The column of a name, upper and lower case alike.
    pub fn get(&self, name: &str) -> Option<&Column> {
        let mut all = self.all.iter();
        all.find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The names.
    pub fn names(&self) -> Vec<String> {
        self.all.iter().map(|column| column.name.clone()).collect()
    }
}

/// One version of a project, with what was worked out of it.
pub struct Side<'p> {
    /// The project.
    pub project: &'p Project,
    /// The other version: where this one has no catalog, its sources are taken from there.
    other: Option<&'p Project>,
    columns: RefCell<HashMap<String, Rc<Columns>>>,
    read: RefCell<HashMap<String, Option<Rc<StatementLineage>>>>,
    working: RefCell<HashSet<String>>,
    /// Catalog entries that do not fit their SQL.
    pub stale: RefCell<HashSet<String>>,
}

/// What SQL is read with, and the node that each relation is.
pub struct Reading {
    /// The context.
    pub context: Context,
    /// The node of each relation, by place.
    pub nodes: Vec<String>,
}

impl<'p> Side<'p> {
    /// A version of a project beside another.
    pub fn new(project: &'p Project, other: Option<&'p Project>) -> Self {
        Self {
            project,
            other,
            columns: RefCell::default(),
            read: RefCell::default(),
            working: RefCell::default(),
            stale: RefCell::default(),
        }
    }

    /// The node of an id.
    pub fn node(&self, id: &str) -> Option<&'p Node> {
        self.project.manifest.nodes.get(id)
    }

    /// The columns of a node.
    pub fn columns(&self, node: &Node) -> Rc<Columns> {
        if let Some(held) = self.columns.borrow().get(&node.id) {
            return Rc::clone(held);
        }
        let columns = Rc::new(self.work_out(node));
        self.columns
            .borrow_mut()
            .insert(node.id.clone(), Rc::clone(&columns));
        columns
    }

    /// Leaves the catalog out for a node from now on: it does not fit the SQL.
    pub fn distrust(&self, node: &Node) {
        self.stale.borrow_mut().insert(node.id.clone());
        self.columns.borrow_mut().remove(&node.id);
    }

    fn work_out(&self, node: &Node) -> Columns {
        let listed = self.project.listed(&node.id);
        let trusted = listed.filter(|_| !self.stale.borrow().contains(&node.id));
        if let Some(listed) = trusted {
            let told = |column: &Column| {
                let mut column = column.clone();
                let documented = node
                    .columns
                    .iter()
                    .find(|c| c.name.eq_ignore_ascii_case(&column.name));
                if node.contract {
                    column.required = documented.and_then(|held| held.required);
                }
                column
            };
            return Columns {
                all: listed.iter().map(told).collect(),
                complete: true,
                by: By::Catalog,
            };
        }
        if node.contract && !node.columns.is_empty() {
            return Columns {
                all: node.columns.clone(),
                complete: true,
                by: By::Contract,
            };
        }
        if let Some(columns) = self.by_sql(node) {
            return columns;
        }
        let elsewhere = self.other.filter(|_| node.kind != NodeKind::Model);
        if let Some(listed) = elsewhere.and_then(|other| other.listed(&node.id)) {
            return Columns {
                all: listed.to_vec(),
                complete: true,
                by: By::Catalog,
            };
        }
        Columns {
            all: node.columns.clone(),
            complete: false,
            by: By::Documented,
        }
    }

    /// The columns that a node's SQL gives; `None` when it cannot be read.
    pub fn by_sql(&self, node: &Node) -> Option<Columns> {
        let statement = self.statement(node)?;
        if statement.columns.is_empty() {
            return None;
        }
        let named = |name: &str| {
            let mut documented = node.columns.iter();
            let held = documented.find(|column| column.name.eq_ignore_ascii_case(name));
            Column {
                name: name.to_owned(),
                data_type: held.and_then(|held| held.data_type.clone()),
                required: None,
            }
        };
        let unnamed = statement
            .columns
            .iter()
            .any(|column| column.name.is_empty());
        let columns = statement.columns.iter().filter(|c| !c.name.is_empty());
        Some(Columns {
            all: columns.map(|column| named(&column.name)).collect(),
            complete: !statement.more_columns && !unnamed,
            by: By::Sql,
        })
    }

    /// What a node's SQL says; `None` when there is none, or more than one query.
    pub fn statement(&self, node: &Node) -> Option<Rc<StatementLineage>> {
        if let Some(held) = self.read.borrow().get(&node.id) {
            return held.clone();
        }
        // dbt refuses cycles, but a manifest may be made by hand.
        if !self.working.borrow_mut().insert(node.id.clone()) {
            return None;
        }
        let read = self.read_statement(node, &[]);
        self.working.borrow_mut().remove(&node.id);
        self.read.borrow_mut().insert(node.id.clone(), read.clone());
        read
    }

    /// As [`Self::statement`], where relations have columns that they have no more, by node.
    pub fn read_statement(
        &self,
        node: &Node,
        gone: &[(String, Vec<String>)],
    ) -> Option<Rc<StatementLineage>> {
        if node.kind == NodeKind::Seed || node.kind == NodeKind::Source || node.language != "sql" {
            return None;
        }
        let sql = self.project.sql(node)?;
        let mut reading = self.reading(node);
        for (id, columns) in gone {
            let held = reading.nodes.iter().position(|node| node == id);
            if let Some(relation) = held.and_then(|at| reading.context.relations.get_mut(at)) {
                relation.columns.extend(columns.iter().cloned());
            }
        }
        let mut statements = read(&sql, &reading.context);
        match (statements.len(), statements.pop()) {
            (1, Some(statement)) => Some(Rc::new(statement)),
            _ => None,
        }
    }

    /// What a node's SQL is read with: what it depends on, and itself (incremental models read what
    /// they hold).
    pub fn reading(&self, node: &Node) -> Reading {
        let mut nodes = Vec::new();
        let mut relations = Vec::new();
        for id in self.upstream(node) {
            let Some(held) = self.node(&id) else { continue };
            let Some(parts) = &held.relation else {
                continue;
            };
            let columns = self.columns(held);
            relations.push(Relation {
                names: vec![parts.clone()],
                columns: columns.names(),
                complete: columns.complete,
            });
            nodes.push(id);
        }
        let own = node.relation.clone().map(|parts| {
            let listed = self.project.listed(&node.id).unwrap_or_default();
            nodes.push(node.id.clone());
            Relation {
                names: vec![parts],
                columns: listed.iter().map(|column| column.name.clone()).collect(),
                complete: false,
            }
        });
        let target = own.is_some().then_some(relations.len());
        relations.extend(own);
        Reading {
            context: Context {
                dialect: self.project.dialect,
                relations,
                target,
                ..Context::default()
            },
            nodes,
        }
    }

    /// Nodes that a node reads; what is never built is seen through.
    fn upstream(&self, node: &Node) -> Vec<String> {
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        let mut waiting: Vec<String> = node.reads.iter().rev().cloned().collect();
        let mut relations = HashSet::new();
        while let Some(id) = waiting.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            let Some(held) = self.node(&id) else { continue };
            match &held.relation {
                None => waiting.extend(held.reads.iter().rev().cloned()),
                // A source over a seed is the same table.
                Some(relation) if relations.insert(relation.clone()) => found.push(id),
                Some(_) => {}
            }
        }
        found
    }
}

//! Statements: what they write, and the answer as it is given.

use std::collections::BTreeSet;
use std::rc::Rc;

use sqlparser::ast::{CreateTable, CreateView, Expr, ObjectName, Query, Statement};

use super::super::Gap;
use super::super::flow::Flow;
use super::super::lineage::{ColumnLineage, StatementLineage, Target, Use, Verb};
use super::super::names::{Found, Name, find, parts, shown};
use super::shape::{Col, Shape};
use super::{Resolver, Step, Stop};

/// What a statement writes, while it is read.
pub struct Draft {
    pub verb: Verb,
    pub target: Option<Target>,
    /// The name of the target as it stands.
    pub path: Vec<Name>,
    pub columns: Vec<(String, Flow)>,
    pub more_columns: bool,
    pub indirect: Flow,
}

impl Draft {
    pub fn new(verb: Verb) -> Self {
        Self {
            verb,
            target: None,
            path: Vec::new(),
            columns: Vec::new(),
            more_columns: false,
            indirect: Flow::default(),
        }
    }

    /// Adds to a column of the target.
    pub fn add(&mut self, column: &str, flow: &Flow) {
        match self.columns.iter_mut().find(|(held, _)| held == column) {
            Some((_, held)) => held.join(flow),
            None => self.columns.push((column.to_owned(), flow.clone())),
        }
    }
}

impl Resolver<'_> {
    /// Reads one statement.
    pub fn statement(&mut self, line: u64, statement: &Statement) -> StatementLineage {
        self.gaps.clear();
        self.reads.clear();
        self.ctes.clear();
        self.depth = 0;
        match self.draft(statement) {
            Ok(draft) => {
                self.remember(&draft);
                self.told(line, draft)
            }
            Err(Stop(gap)) => StatementLineage::unknown(line, gap),
        }
    }

    fn draft(&mut self, statement: &Statement) -> Step<Draft> {
        match statement {
            Statement::Query(query) => self.query_statement(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::CreateTable(create) => self.create_table(create),
            Statement::CreateView(create) => self.create_view(create),
            Statement::Merge(merge) => self.merge_into(merge),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Copy { .. } => Ok(self.unread("COPY")),
            Statement::CopyIntoSnowflake { .. } => Ok(self.unread("COPY INTO")),
            Statement::Directory { .. } => Ok(self.unread("INSERT INTO a directory")),
            Statement::Call(_) => Ok(self.unread("CALL")),
            Statement::Case(_) | Statement::If(_) | Statement::While(_) => {
                Ok(self.unread("CASE, IF and WHILE of a script"))
            }
            Statement::StartTransaction { statements, .. } if !statements.is_empty() => {
                Ok(self.unread("a block of a script"))
            }
            Statement::CreateProcedure { .. }
            | Statement::CreateFunction(_)
            | Statement::CreateTrigger(_) => Ok(self.unread("a procedure, function or trigger")),
            Statement::Execute { .. } => Ok(self.unread("EXECUTE")),
            Statement::Unload { .. } => Ok(self.unread("UNLOAD")),
            Statement::ExportData(_) => Ok(self.unread("EXPORT DATA")),
            _ => Ok(Draft::new(Verb::Other)),
        }
    }

    fn unread(&mut self, what: &str) -> Draft {
        self.unsupported(what);
        let mut draft = Draft::new(Verb::Other);
        draft.indirect.gap = true;
        draft.more_columns = true;
        draft
    }

    fn query_statement(&mut self, query: &Query) -> Step<Draft> {
        if let Some(inner) = Self::statement_within(query) {
            if let Some(with) = &query.with {
                self.with(with, None)?;
            }
            return self.nested(|this| this.draft(inner));
        }
        let shape = self.query(query, None)?;
        let into = Self::plain_select(query).and_then(|select| select.into.as_ref());
        if let Some(into) = into {
            let mut draft = Draft::new(Verb::CreateTable);
            let path = match into.targets.as_slice() {
                [Expr::Identifier(ident)] => vec![Name::from(ident)],
                [Expr::CompoundIdentifier(path)] => path.iter().map(Name::from).collect(),
                _ => return Ok(self.unread("SELECT INTO variables")),
            };
            self.aim(&mut draft, path);
            self.fill(&mut draft, &shape);
            return Ok(draft);
        }
        let mut draft = Draft::new(Verb::Query);
        draft.target = self.context.target.map(Target::Known);
        self.fill(&mut draft, &shape);
        Ok(draft)
    }

    fn create_table(&mut self, create: &CreateTable) -> Step<Draft> {
        let mut draft = Draft::new(Verb::CreateTable);
        let path = parts(&create.name).unwrap_or_default();
        let copied = create.clone.as_ref();
        let columns: Vec<Name> = create.columns.iter().map(|c| Name::from(&c.name)).collect();
        let shape = if let Some(query) = &create.query {
            let shape = self.query(query, None)?;
            self.renamed(shape, &columns, &shown(&path))
        } else if let Some(of) = copied {
            self.relation(&parts(of).unwrap_or_default())
        } else {
            draft.verb = Verb::Other;
            let cols = columns.into_iter().map(|name| Col {
                name: Some(name),
                flow: Rc::default(),
            });
            let shape = Rc::new(Shape {
                cols: cols.collect(),
                ..Shape::default()
            });
            if !matches!(self.known(&path), Found::One(_)) {
                self.made.push((path, shape));
            }
            return Ok(draft);
        };
        self.aim(&mut draft, path);
        self.make(&draft, &shape);
        self.fill(&mut draft, &shape);
        Ok(draft)
    }

    fn create_view(&mut self, create: &CreateView) -> Step<Draft> {
        let mut draft = Draft::new(Verb::CreateView);
        let columns: Vec<Name> = create.columns.iter().map(|c| Name::from(&c.name)).collect();
        let shape = self.query(&create.query, None)?;
        let shape = self.renamed(shape, &columns, &create.name.to_string());
        self.aim(&mut draft, parts(&create.name).unwrap_or_default());
        self.make(&draft, &shape);
        self.fill(&mut draft, &shape);
        Ok(draft)
    }

    /// Sets the target of a statement.
    pub fn aim(&mut self, draft: &mut Draft, path: Vec<Name>) {
        draft.target = Some(match self.known(&path) {
            Found::One(relation) => Target::Known(relation),
            Found::None => Target::Named(shown(&path)),
            Found::Several => {
                self.gap(Gap::AmbiguousRelation(shown(&path)));
                Target::Named(shown(&path))
            }
        });
        draft.path = path;
    }

    /// The path of a name, or a gap.
    pub fn path(&mut self, name: &ObjectName) -> Vec<Name> {
        parts(name).unwrap_or_else(|| {
            self.unsupported("a relation that is named by a function");
            Vec::new()
        })
    }

    /// What a table that later statements may read is made of.
    fn make(&mut self, draft: &Draft, shape: &Rc<Shape>) {
        if let Some(Target::Named(_)) = draft.target {
            self.made.retain(|(held, _)| held != &draft.path);
            self.made.push((draft.path.clone(), Rc::clone(shape)));
        }
    }

    /// What is written to a table that an earlier statement made is in it for the later ones.
    fn remember(&mut self, draft: &Draft) {
        if matches!(draft.verb, Verb::CreateTable | Verb::CreateView) {
            return;
        }
        let held = self.made.iter_mut().find(|(held, _)| {
            held.len() == draft.path.len()
                && held.iter().zip(&draft.path).all(|(a, b)| a.is(&b.text))
        });
        let Some((_, shape)) = held else { return };
        let mut grown = Shape::clone(shape);
        grown.indirect.join(&draft.indirect);
        grown.indirect.gap |= draft.more_columns;
        for col in &mut grown.cols {
            let name = col.name.as_ref();
            let told = draft
                .columns
                .iter()
                .find(|(column, _)| name.is_some_and(|name| name.is(column)));
            if let Some((_, flow)) = told {
                let mut all = Flow::clone(&col.flow);
                all.join(flow);
                col.flow = Rc::new(all);
            }
        }
        *shape = Rc::new(grown);
    }

    /// Takes the columns of a result for those of the target, by name.
    pub fn fill(&mut self, draft: &mut Draft, shape: &Shape) {
        for (n, col) in shape.cols.iter().enumerate() {
            match &col.name {
                Some(name) => {
                    let column = self.spelled(draft, name);
                    draft.add(&column, &col.flow);
                }
                None if draft.target.is_some() => {
                    self.gap(Gap::Unnamed(n + 1));
                    draft.more_columns = true;
                }
                None => draft.columns.push((String::new(), Flow::clone(&col.flow))),
            }
        }
        draft.more_columns |= !shape.is_closed();
        draft.indirect.join(&shape.indirect);
    }

    /// A column's name as the target spells it.
    pub fn spelled(&self, draft: &Draft, name: &Name) -> String {
        let known = match draft.target {
            Some(Target::Known(relation)) => self.context.relations.get(relation),
            _ => None,
        };
        let columns = known
            .map(|known| known.columns.as_slice())
            .unwrap_or_default();
        let held = columns.iter().map(|column| (column.as_str(), column));
        match find(self.context.dialect, name, held) {
            Found::One(column) => column.clone(),
            Found::None | Found::Several => name.text.clone(),
        }
    }

    /// The columns of the target, in order, if all are known.
    pub fn columns_of(&mut self, draft: &Draft) -> Option<Vec<Name>> {
        let shape = self.shape_of(draft)?;
        if !shape.is_closed() {
            return None;
        }
        shape.cols.iter().map(|col| col.name.clone()).collect()
    }

    /// The target as a relation, if anything is known of it.
    pub fn shape_of(&mut self, draft: &Draft) -> Option<Rc<Shape>> {
        if let Some(Target::Known(relation)) = draft.target {
            return Some(self.base_unread(relation));
        }
        let held = self.made.iter().find(|(held, _)| {
            held.len() == draft.path.len()
                && held.iter().zip(&draft.path).all(|(a, b)| a.is(&b.text))
        });
        held.map(|(_, shape)| Rc::clone(shape))
    }

    fn told(&self, line: u64, draft: Draft) -> StatementLineage {
        let own = match draft.target {
            Some(Target::Known(relation)) => Some(relation),
            _ => None,
        };
        let columns = draft.columns.into_iter().map(|(name, flow)| {
            let mut sources = self.uses(&flow);
            // That a column keeps its value is no news.
            sources.retain(|source| {
                let same = Some(source.relation) == own && source.column == name;
                !(same && source.kinds == super::super::Kinds::IDENTITY)
            });
            ColumnLineage {
                sources,
                complete: !flow.gap,
                name,
            }
        });
        let columns: Vec<ColumnLineage> = columns.collect();
        let indirect = self.uses(&draft.indirect);
        // A table made on the way is seen through, and so read here is what it was made from.
        let used = columns
            .iter()
            .flat_map(|column| &column.sources)
            .chain(&indirect);
        let used = used.map(|one| one.relation).filter(|&at| Some(at) != own);
        let reads: BTreeSet<usize> = used.chain(self.reads.iter().copied()).collect();
        let mut gaps: Vec<Gap> = self.gaps.iter().cloned().collect();
        let open = draft.indirect.gap || columns.iter().any(|column| !column.complete);
        if open && gaps.is_empty() {
            gaps.push(Gap::Inherited);
        }
        StatementLineage {
            line,
            verb: draft.verb,
            target: draft.target,
            reads: reads.into_iter().collect(),
            columns,
            more_columns: draft.more_columns,
            indirect,
            indirect_complete: !draft.indirect.gap,
            gaps,
        }
    }

    fn uses(&self, flow: &Flow) -> Vec<Use> {
        let mut uses: Vec<Use> = flow
            .leaves
            .iter()
            .filter_map(|(&leaf, &kinds)| {
                let (relation, column) = self.leaves.get(leaf as usize)?;
                Some(Use {
                    relation: *relation,
                    column: column.clone(),
                    kinds,
                })
            })
            .collect();
        uses.sort();
        uses
    }
}

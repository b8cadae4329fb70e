//! Bodies of facets for the objects of an answer: read from the log when the first field asks,
//! once for all objects that are listed together, and never when no field asks.

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, Error, Result};
use tokio::task::block_in_place;

use crate::catalog::{DatasetId, FacetRef, FacetView, JobId};
use crate::engine::Engine;
use crate::openlineage::facets::standard::{Level, is_read};

use super::super::refs::{engine, internal};
use super::super::request::{Budget, budget};
use super::facet_bodies;

/// Objects of a list that are read together. A longer list is read in steps, between which the
/// budget of the request is asked.
const TOGETHER: usize = 64;

/// Whose facets.
pub enum Wanted {
    /// Those of a run that typed fields read.
    Run(Vec<FacetRef>),
    /// All of a run's uses of datasets: these are small.
    Uses(Vec<(DatasetId, bool, FacetRef)>),
    /// Those of a dataset that typed fields read.
    Dataset(DatasetId),
    /// Those of a job that typed fields read.
    Job(JobId),
}

/// A facet of a run, job or dataset, or of a run's use of a dataset.
pub struct Told {
    /// The dataset and whether it is an output, for a use of a dataset.
    pub of: Option<(DatasetId, bool)>,
    /// The facet.
    pub view: FacetView,
}

/// The facets of one object.
pub struct Bodies(Vec<Told>);

impl Bodies {
    /// The first of these facets that there is, in this order.
    pub fn get(&self, names: &[&str]) -> Option<&[u8]> {
        names.iter().find_map(|name| {
            let found = self.0.iter().find(|told| told.view.name == *name)?;
            Some(found.view.json.as_bytes())
        })
    }

    /// The facets of one use of a dataset.
    pub fn of_use(&self, dataset: DatasetId, output: bool) -> impl Iterator<Item = &FacetView> {
        let of = Some((dataset, output));
        let from = self.0.partition_point(|told| told.of < of);
        let those = self.0[from..].iter().take_while(move |told| told.of == of);
        those.map(|told| &told.view)
    }
}

struct Shelf {
    wanted: Vec<Wanted>,
    read: OnceLock<Result<Vec<Bodies>, Error>>,
}

/// Where the facets of one object are.
#[derive(Clone)]
pub struct Place {
    shelf: Arc<Shelf>,
    at: usize,
}

/// A place for each object of a list.
pub fn places(wanted: impl IntoIterator<Item = Wanted>) -> Vec<Place> {
    let mut wanted = wanted.into_iter().peekable();
    let mut places = Vec::new();
    while wanted.peek().is_some() {
        let together: Vec<Wanted> = wanted.by_ref().take(TOGETHER).collect();
        let count = together.len();
        let shelf = Arc::new(Shelf {
            wanted: together,
            read: OnceLock::new(),
        });
        places.extend((0..count).map(|at| Place {
            shelf: Arc::clone(&shelf),
            at,
        }));
    }
    places
}

impl Place {
    /// The place of an object that stands alone.
    pub fn alone(wanted: Wanted) -> Self {
        let shelf = Arc::new(Shelf {
            wanted: vec![wanted],
            read: OnceLock::new(),
        });
        Self { shelf, at: 0 }
    }

    /// The facets of this object.
    ///
    /// # Errors
    /// When the log cannot be read, and `DEADLINE`.
    pub fn bodies(&self, ctx: &Context<'_>) -> Result<&Bodies> {
        let engine = engine(ctx)?;
        let shelf = &self.shelf;
        let read = shelf
            .read
            .get_or_init(|| block_in_place(|| read(engine, budget(ctx)?, &shelf.wanted)));
        let bodies = read.as_ref().map_err(Clone::clone)?;
        bodies
            .get(self.at)
            .ok_or_else(|| internal("an object has no place"))
    }

    /// Reads the first of these facets that there is.
    ///
    /// # Errors
    /// As [`Self::bodies`].
    pub fn told<T>(
        &self,
        ctx: &Context<'_>,
        names: &[&str],
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>> {
        Ok(self.bodies(ctx)?.get(names).map(read))
    }
}

fn read(engine: &Engine, budget: &Budget, wanted: &[Wanted]) -> Result<Vec<Bodies>> {
    let (mut refs, mut owners) = (Vec::new(), Vec::new());
    for (at, one) in wanted.iter().enumerate() {
        for (of, facet) in refs_of(engine, one)? {
            refs.push(facet);
            owners.push((at, of));
        }
    }
    let views = facet_bodies(engine, budget, &refs)?;
    let mut bodies: Vec<Bodies> = wanted.iter().map(|_| Bodies(Vec::new())).collect();
    for ((at, of), view) in owners.into_iter().zip(views) {
        bodies[at].0.push(Told { of, view });
    }
    for one in &mut bodies {
        one.0.sort_by_key(|told| told.of);
    }
    Ok(bodies)
}

type Of = Option<(DatasetId, bool)>;

fn refs_of(engine: &Engine, wanted: &Wanted) -> Result<Vec<(Of, FacetRef)>> {
    let read_at = |level: Level, facets: Vec<FacetRef>| {
        let read = facets
            .into_iter()
            .filter(|facet| is_read(level, &facet.name));
        read.map(|facet| (None, facet)).collect()
    };
    Ok(match wanted {
        Wanted::Run(facets) => read_at(Level::Run, facets.clone()),
        Wanted::Uses(facets) => {
            let one = |(dataset, output, facet): &(DatasetId, bool, FacetRef)| {
                (Some((*dataset, *output)), facet.clone())
            };
            facets.iter().map(one).collect()
        }
        Wanted::Dataset(id) => {
            let view = engine.catalog().dataset(*id).map_err(internal)?;
            read_at(Level::Dataset, view.facets)
        }
        Wanted::Job(id) => {
            let view = engine.catalog().job(*id).map_err(internal)?;
            read_at(Level::Job, view.facets)
        }
    })
}

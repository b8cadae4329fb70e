//! What one request may cost: its deadline, and how many things it may list.
//!
//! Depth and complexity are checked before a query runs, from the sizes that it asks for. What only
//! shows while it runs is checked here: each list is charged, and whatever loops asks now and then
//! whether to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ahash::HashSet;
use async_graphql::{Context, ContextBase, Error, Response, Result, ServerError, Value};

use parking_lot::Mutex;

use super::refs::coded;

/// Limits of queries.
#[derive(Debug, Clone, Copy)]
pub struct QueryLimits {
    /// A query that takes longer is answered with the error `DEADLINE`.
    pub deadline: Duration,
    /// Datasets, jobs, runs, columns, edges … that one answer may hold; more is answered with the
    /// error `TOO_LARGE`.
    pub rows: usize,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            rows: 2_000_000,
        }
    }
}

/// The complexity of a list: so many rows of so much. It is kept far from where the sums that
/// async-graphql makes of it would overflow.
pub fn list_complexity(rows: usize, child_complexity: usize) -> usize {
    rows.saturating_mul(child_complexity)
        .saturating_add(1)
        .min(1 << 40)
}

/// The rows that a limit allows; a limit that is none is refused later, when it is read.
pub fn rows_of(limit: i32) -> usize {
    usize::try_from(limit).unwrap_or(0)
}

/// The state of one request.
pub struct Budget {
    limits: QueryLimits,
    ends: Instant,
    rows: AtomicUsize,
    writing: Writing,
}

/// How lists that are written at once are handed to async-graphql.
enum Writing {
    /// As values like all others.
    Values,
    /// As the bytes of their JSON, in [`Value::Binary`], which no other field has. That is the fast
    /// way, but async-graphql cannot merge them when one key is selected twice. So it is noted under
    /// which paths there are some, and whether one was written twice.
    Bytes {
        paths: Mutex<HashSet<Vec<String>>>,
        twice: AtomicBool,
    },
}

const A_DAY: Duration = Duration::from_secs(24 * 3600);
const DEADLINE: &str = "DEADLINE";
const TOO_LARGE: &str = "TOO_LARGE";

impl Budget {
    /// A request that starts now.
    pub fn new(limits: QueryLimits) -> Self {
        let now = Instant::now();
        Self {
            limits,
            // A deadline beyond what the clock can count is none; a day is as good.
            ends: now.checked_add(limits.deadline).unwrap_or(now + A_DAY),
            rows: AtomicUsize::new(0),
            writing: Writing::Values,
        }
    }

    /// The same request, whose lists may be bytes of JSON.
    #[must_use]
    pub fn with_bytes(mut self) -> Self {
        self.writing = Writing::Bytes {
            paths: Mutex::default(),
            twice: AtomicBool::new(false),
        };
        self
    }

    /// The same request, run once more with values.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            ends: self.ends,
            ..Self::new(self.limits)
        }
    }

    /// Whether lists must be values.
    pub fn writes_values(&self) -> bool {
        matches!(self.writing, Writing::Values)
    }

    /// Notes that a list is about to be written. When it is not to be, the whole request runs again.
    pub fn may_write(&self, path: Vec<String>) -> bool {
        let Writing::Bytes { paths, twice } = &self.writing else {
            return true;
        };
        let new = paths.lock().insert(path);
        if !new {
            twice.store(true, Ordering::Relaxed);
        }
        new
    }

    /// A list was to be written twice under one key: only values can be merged.
    pub fn must_run_again(&self) -> bool {
        match &self.writing {
            Writing::Values => false,
            Writing::Bytes { twice, .. } => twice.load(Ordering::Relaxed),
        }
    }

    /// The time that is left.
    pub fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// The time is over.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.ends
    }

    /// Asks whether to go on.
    ///
    /// # Errors
    /// `DEADLINE`.
    pub fn check(&self) -> Result<()> {
        if self.is_over() {
            return Err(self.late());
        }
        Ok(())
    }

    fn late(&self) -> Error {
        let limit = self.limits.deadline.as_secs_f64();
        let message = format!(
            "the query took longer than {limit} s; ask for less, with limit, first or maxDepth"
        );
        coded(DEADLINE, message)
    }

    /// Whether as many rows more would be too many.
    pub fn would_burst(&self, rows: usize) -> bool {
        self.rows.load(Ordering::Relaxed).saturating_add(rows) > self.limits.rows
    }

    /// Charges rows of an answer.
    ///
    /// # Errors
    /// `TOO_LARGE`, and `DEADLINE`.
    pub fn charge(&self, rows: usize) -> Result<()> {
        self.check()?;
        if self.would_burst(rows) {
            return Err(self.too_large());
        }
        self.rows.fetch_add(rows, Ordering::Relaxed);
        Ok(())
    }

    /// The error that says what may be listed.
    pub fn too_large(&self) -> Error {
        let rows = self.limits.rows;
        let message = format!(
            "the answer would hold more than {rows} things; ask for less, with limit, first or maxDepth"
        );
        coded(TOO_LARGE, message)
    }

    /// Runs a walk under this budget: it is stopped at the deadline, and when it holds more edges
    /// than may be listed.
    ///
    /// # Errors
    /// `DEADLINE` and `TOO_LARGE`.
    pub fn walk<W>(
        &self,
        walk: impl FnOnce(crate::graph::Guard<'_>) -> Result<W, crate::graph::Stopped>,
    ) -> Result<W> {
        self.check()?;
        walk(&mut |edges| !self.is_over() && !self.would_burst(edges)).map_err(|_| {
            if self.is_over() {
                self.late()
            } else {
                self.too_large()
            }
        })
    }

    /// The answer to give: that of the query, or a single error when it broke a limit. async-graphql
    /// goes on after an error and puts null where it was, also where the schema says that there is
    /// none; an answer with such holes would only invite to be read.
    pub fn settle(response: Response) -> Response {
        let broke = |error: &ServerError| {
            let code = error.extensions.as_ref().and_then(|held| held.get("code"));
            [DEADLINE, TOO_LARGE]
                .map(Value::from)
                .iter()
                .any(|limit| Some(limit) == code)
        };
        let broken = response.errors.iter().position(broke);
        let mut response = response;
        match broken {
            None => response,
            Some(at) => Response::from_errors(vec![response.errors.swap_remove(at)]),
        }
    }

    /// The answer to a query that ran out of time.
    pub fn expired(&self) -> Response {
        Response::from_errors(vec![
            self.late().into_server_error(async_graphql::Pos::default()),
        ])
    }
}

/// The budget of the request. There is one in every request, also of subscriptions.
///
/// # Errors
/// When the schema runs without its routes.
pub fn budget<'c, T>(ctx: &ContextBase<'c, T>) -> Result<&'c Budget> {
    Ok(&**ctx.data::<Arc<Budget>>()?)
}

/// Charges a list of entities.
///
/// # Errors
/// `TOO_LARGE` and `DEADLINE`.
pub fn charge(ctx: &Context<'_>, rows: usize) -> Result<()> {
    budget(ctx)?.charge(rows)
}

//! Tests of the catalog as a whole: made-up events in, answers out.

mod built;
mod convergence;
mod events;
mod exposures;
mod names;
mod past;
mod stores;

//! Verdicts over small graphs, and a property over random ones.

mod build;
mod reach;
mod rules;

//! Integration tests through the real front doors: the binary, HTTP, the command line.

// A table of cases reads better as one.
#![allow(
    clippy::too_many_lines,
    clippy::type_complexity,
    clippy::needless_for_each,
    clippy::format_collect
)]

mod bad_input;
mod check;
mod compatibility;
mod contracts;
mod crash;
mod dbt_shop;
mod demo;
mod emitters;
mod events;
mod foreign;
mod full_disk;
mod graphql;
mod graphql_facets;
mod graphql_limits;
mod identity;
mod lifecycle;
mod neighbourhood;
mod odcs;
mod policy;
mod rest;
mod retire;
mod server;
mod socket;
mod time;
mod tools;
mod transfer;
mod traps;

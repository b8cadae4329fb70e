//! Integration tests through the real front doors: the binary, HTTP, the command line.

mod bad_input;
mod crash;
mod events;
mod graphql;
mod server;
mod tools;

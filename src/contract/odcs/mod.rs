//! The Open Data Contract Standard (ODCS): its documents as contracts of a policy, and datasets with
//! their contracts as documents.
//!
//! Pure text to text. [`import()`] makes entries for `contracts` of a policy file from a document, and
//! lists what of it Headwater does not hold. [`export()`] writes a document. Which server of ODCS is
//! which namespace of `OpenLineage` stands in `server`, what its types match in `types`, how long its
//! service levels allow in `sla`. `docs/ODCS.md` says all of it for users.

mod columns;
mod documents;
mod export;
mod import;
mod left;
mod levels;
mod members;
mod object;
mod owner;
mod print;
mod promise;
mod server;
mod sla;
mod types;

#[cfg(test)]
mod tests;

pub use documents::{Find, Named, add, patterns, whole};
pub use export::{Document, ExportedColumn, ExportedObject, export, holds};
pub use import::{Imported, Options, import};
pub use left::Left;
pub use print::contracts;
pub use promise::{Keeps, Promise, literal_of};

/// Versions of the standard that are read.
pub const VERSIONS: [&str; 4] = ["v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0"];

/// Custom property of a server: the namespace of its datasets, where its type does not tell it.
pub const NAMESPACE: &str = "headwaterNamespace";
/// Custom property of an object: the contracts of the policy that its promises are from.
pub const CONTRACTS: &str = "headwaterContracts";
/// Custom property of a property: `false` where it is told and not promised, else the contracts that
/// promise it, each with the patterns of its type.
pub const PROMISES: &str = "headwaterPromises";

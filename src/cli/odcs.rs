//! `policy import-odcs` and `policy export-odcs`: contracts from and to documents of the Open Data
//! Contract Standard.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;

use crate::contract::odcs::{self, Document, ExportedObject, Imported, Options};
use crate::contract::policy::{Contract, Policy};
use crate::contract::{DatasetFacts, Facts, World, promised_by_any_job};
use crate::engine::read_policy;
use crate::graph::Graph;
use crate::openlineage::EventTime;

use super::remote;

#[derive(Args)]
pub struct ImportArgs {
    /// Documents of ODCS 3.0 or 3.1.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Pattern of the namespace of their datasets, in place of what their servers tell.
    #[arg(long)]
    namespace: Option<String>,
    /// The server that they are about; unless given the first of production, else the first.
    #[arg(long)]
    odcs_server: Option<String>,
}

#[derive(Args)]
pub struct ExportArgs {
    /// A policy file: what its contracts promise, without what a catalog knows.
    #[arg(required_unless_present = "server", conflicts_with = "server")]
    file: Option<PathBuf>,
    /// URL of a server: what its catalog knows, and what its policy promises.
    #[arg(long)]
    server: Option<String>,
    /// A dataset, by namespace and name.
    #[arg(long, required_unless_present = "contract", conflicts_with = "contract", num_args = 2, value_names = ["NAMESPACE", "NAME"])]
    dataset: Option<Vec<String>>,
    /// All datasets that a contract is about.
    #[arg(long)]
    contract: Option<String>,
}

/// Prints the contracts; what is not held goes to standard error.
pub fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let options = Options {
        namespace: args.namespace.as_deref(),
        server: args.odcs_server.as_deref(),
    };
    let (mut promises, mut heads, mut wrong) = (Vec::new(), String::new(), false);
    for file in &args.files {
        let shown = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
        match odcs::import(&text, &options) {
            Ok(read) => {
                heads.push_str(&head(file, &read));
                for left in &read.left {
                    eprintln!("{shown}:{left}");
                }
                promises.extend(read.promises);
            }
            Err(problems) => {
                wrong = true;
                for problem in problems {
                    eprintln!("{shown}:{problem}");
                }
            }
        }
    }
    if wrong {
        return Ok(ExitCode::from(1));
    }
    let text = odcs::contracts(&promises);
    // Names may stand in several of the files.
    if let Err(problems) = Policy::read(&format!("version: 1\n{text}")) {
        for problem in problems {
            eprintln!("these documents together: {}", problem.message);
        }
        return Ok(ExitCode::from(1));
    }
    print!("{heads}{text}");
    Ok(ExitCode::SUCCESS)
}

/// A comment that says where contracts are from.
fn head(file: &Path, read: &Imported) -> String {
    let text = format!(
        "{}: {} {} ({}), {} contracts; not held: {}",
        file.display(),
        read.name,
        read.version,
        read.status,
        read.promises.len(),
        read.left.len()
    );
    format!("# {}\n", text.replace(['\n', '\r'], " "))
}

/// Prints a document.
pub fn export(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let dataset = args.dataset.as_deref().and_then(|told| match told {
        [namespace, name] => Some((namespace.as_str(), name.as_str())),
        _ => None,
    });
    if let Some(server) = &args.server {
        let of = match (dataset, &args.contract) {
            (Some((namespace, name)), _) => vec![("namespace", namespace), ("name", name)],
            (None, Some(contract)) => vec![("contract", contract.as_str())],
            (None, None) => Vec::new(),
        };
        print!("{}", remote::odcs(server.trim_end_matches('/'), &of)?);
        return Ok(ExitCode::SUCCESS);
    }
    let file = args
        .file
        .as_deref()
        .context("give a policy file or --server URL")?;
    let policy = match read_policy(file) {
        Ok((policy, _)) => policy,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            return Ok(ExitCode::from(1));
        }
    };
    print!("{}", of_policy(policy, dataset, args.contract.as_deref())?);
    Ok(ExitCode::SUCCESS)
}

/// A document of what a policy promises.
fn of_policy(
    policy: Policy,
    dataset: Option<(&str, &str)>,
    contract: Option<&str>,
) -> anyhow::Result<String> {
    let (name, purpose, datasets) = match (dataset, contract) {
        (Some((namespace, name)), _) => {
            let one = (namespace.to_owned(), name.to_owned());
            (name.to_owned(), None, vec![one])
        }
        (None, contract) => {
            let wanted = contract.unwrap_or_default();
            let held = policy.contracts.iter().find(|one| one.name == wanted);
            let held = held.with_context(|| format!("the policy has no contract {wanted:?}"))?;
            (wanted.to_owned(), held.doc.clone(), literal(held)?)
        }
    };
    let world = world(policy, &datasets);
    let promises = |one: &Contract, id: Option<u32>| {
        let mut ids = promised_by_any_job(&world, one);
        odcs::holds(one) && ids.any(|held| id.is_none_or(|id| held == id))
    };
    // A file does not tell what jobs write.
    let contracts = world.policy.contracts.iter();
    let (of_jobs, contracts): (Vec<&Contract>, Vec<&Contract>) =
        contracts.partition(|one| one.jobs.is_some());
    for left in of_jobs.iter().filter(|one| promises(one, None)) {
        eprintln!(
            "left out: the contract {:?} is about what its `jobs` write, and a file does not tell what that is; ask a server with --server",
            left.name
        );
    }
    let objects = (0..).zip(&datasets).map(|(id, (namespace, name))| {
        let about = contracts.iter().copied();
        ExportedObject {
            namespace: namespace.clone(),
            name: name.clone(),
            description: None,
            tags: Vec::new(),
            owners: Vec::new(),
            columns: Vec::new(),
            folds: world.folds(id),
            contracts: about.filter(|one| promises(one, Some(id))).collect(),
        }
    });
    let document = Document {
        name,
        purpose,
        objects: objects.collect(),
    };
    if document.objects.iter().all(|one| one.contracts.is_empty()) {
        bail!(
            "no contract of this policy promises anything of it (has_columns, columns_classified, fresh, has_owner, tested)"
        );
    }
    odcs::export(&document).map_err(anyhow::Error::msg)
}

/// A world of these datasets, of which names alone are known.
fn world(policy: Policy, datasets: &[(String, String)]) -> World {
    let facts = datasets.iter().map(|(namespace, name)| {
        Some(Arc::new(DatasetFacts {
            namespace: namespace.clone(),
            name: name.clone(),
            ..DatasetFacts::default()
        }))
    });
    let facts = Facts {
        datasets: facts.collect(),
        ..Facts::default()
    };
    let graph = Graph::build(&vec![0; datasets.len()], &[], &[]);
    World::new(Arc::new(policy), facts, &graph, EventTime(0))
}

/// The datasets of a contract that names them without patterns.
fn literal(contract: &Contract) -> anyhow::Result<Vec<(String, String)>> {
    let texts = |patterns: &crate::contract::policy::Patterns| -> Vec<String> {
        let texts = patterns.0.iter();
        texts
            .filter_map(|glob| odcs::literal_of(&glob.text))
            .collect()
    };
    let selector = contract.datasets.as_ref();
    let (namespaces, names) = selector.map_or_else(Default::default, |selector| {
        (texts(&selector.namespace), texts(&selector.name))
    });
    if namespaces.is_empty() || names.is_empty() {
        bail!(
            "the contract {:?} selects datasets by patterns, and a file does not tell which there are; name one with --dataset, or ask a server with --server",
            contract.name
        );
    }
    let pairs = namespaces.iter().flat_map(|namespace| {
        let of = names.iter();
        of.map(|name| (namespace.clone(), name.clone()))
    });
    Ok(pairs.collect())
}

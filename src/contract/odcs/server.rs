//! Where a server of ODCS is, as namespaces and names of `OpenLineage`.

use crate::contract::policy::yaml::Node;

use super::promise::literal;

/// How the datasets of a server are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Pattern of their namespace.
    pub namespace: String,
    /// What stands before the name of a table, from the outermost: database, schema.
    before: Vec<Option<String>>,
    /// Names are folders and files below this one; none where they are tables.
    folder: Option<String>,
    /// Names begin with this one, and with it alone.
    prefix: &'static str,
}

/// What a type of server needs to be found.
struct Kind {
    /// Types of ODCS.
    types: &'static [&'static str],
    /// The namespace, with members of the server in braces; `{port=5432}` where there is a usual one.
    namespace: &'static str,
    /// Members before the name of a table.
    before: &'static [&'static str],
}

const fn kind(
    types: &'static [&'static str],
    namespace: &'static str,
    before: &'static [&'static str],
) -> Kind {
    Kind {
        types,
        namespace,
        before,
    }
}

/// Databases, as `spec/Naming.md` of `OpenLineage` names their datasets.
const KINDS: &[Kind] = &[
    kind(
        &["postgres", "postgresql"],
        "postgres://{host}:{port=5432}",
        &["database", "schema"],
    ),
    kind(&["mysql"], "mysql://{host}:{port=3306}", &["database"]),
    kind(
        &["snowflake"],
        "snowflake://{account}",
        &["database", "schema"],
    ),
    kind(&["bigquery"], "bigquery", &["project", "dataset"]),
    kind(
        &["redshift"],
        "redshift://{cluster}.{region}:{port=5439}",
        &["database", "schema"],
    ),
    kind(
        &["databricks"],
        "databricks://{host}",
        &["catalog", "schema"],
    ),
    kind(
        &["athena"],
        "awsathena://athena.{regionName}.amazonaws.com",
        &["catalog=AwsDataCatalog", "schema"],
    ),
    kind(&["glue"], "arn:aws:glue:{region}:{account}", &["database"]),
    kind(
        &["trino"],
        "trino://{host}:{port=8080}",
        &["catalog", "schema"],
    ),
    kind(
        &["sqlserver"],
        "mssql://{host}:{port=1433}",
        &["database", "schema=dbo"],
    ),
    kind(&["synapse"], "sqlserver://{host}:{port=1433}", &["schema"]),
    kind(
        &["oracle"],
        "oracle://{host}:{port=1521}",
        &["serviceName", "schema"],
    ),
    kind(
        &["db2"],
        "db2://{host}:{port=50000}",
        &["database", "schema"],
    ),
    kind(&["hive"], "hive://{host}:{port=10000}", &["database"]),
    kind(
        &["clickhouse"],
        "clickhouse://{host}:{port=8123}",
        &["database"],
    ),
    kind(&["duckdb"], "duckdb://{database}", &["stem", "schema=main"]),
    kind(&["kafka"], "kafka://{brokers}", &[]),
    kind(&["pubsub"], "pubsub", &["project"]),
];

/// Types of servers whose names are paths, by their `location`.
const FOLDERS: &[&str] = &["s3", "azure", "sftp"];

/// Beginnings of namespaces of stores that fold case (see `NameRules`): there a name is promised in
/// the spellings that producers send.
const FOLDING: &[&str] = &[
    "snowflake",
    "oracle",
    "redshift",
    "trino",
    "hive",
    "awsathena",
    "arn",
];

impl Place {
    /// Where the datasets of a server are.
    ///
    /// # Errors
    /// What of it is missing, or that its type is not known.
    pub fn of(server: &Node, namespace: Option<&str>) -> Result<Self, String> {
        let kind_of = text(server, "type").unwrap_or_default();
        let known = KINDS
            .iter()
            .find(|kind| kind.types.contains(&kind_of.as_str()));
        if let Some(known) = known {
            let held = match namespace {
                Some(namespace) => namespace.to_owned(),
                None => filled(known.namespace, server, &kind_of)?,
            };
            return Ok(Self {
                namespace: held,
                before: known
                    .before
                    .iter()
                    .map(|name| level(server, name))
                    .collect(),
                folder: None,
                prefix: match known.types[0] {
                    "glue" => "table/",
                    "pubsub" => "topic:",
                    _ => "",
                },
            });
        }
        if FOLDERS.contains(&kind_of.as_str()) {
            return folder(server, &kind_of, namespace);
        }
        match namespace {
            Some(namespace) => Ok(Self::anywhere(namespace)),
            None => Err(format!(
                "it is not known how OpenLineage names what is on a server of the type {kind_of:?}; give its namespace: --namespace, or the custom property {} of the server",
                super::NAMESPACE
            )),
        }
    }

    /// A place of which the namespace alone is known.
    pub fn anywhere(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            before: Vec::new(),
            folder: None,
            prefix: "",
        }
    }

    /// Patterns of the name of a table, topic or folder of this place.
    ///
    /// # Errors
    /// What of the server is missing for it.
    pub fn names(&self, physical: &str) -> Result<Vec<String>, String> {
        if let Some(folder) = &self.folder {
            return Ok(vec![literal(&folder.replace("{model}", physical))]);
        }
        if self.prefix == "topic:" {
            let project = self.before.iter().flatten().next();
            let project = project.ok_or("the server has no `project`")?;
            return Ok(vec![literal(&format!("topic:{project}:{physical}"))]);
        }
        let own = parts(physical);
        let missing = self.before.len().saturating_sub(own - 1);
        let mut name = String::from(self.prefix);
        let between = if self.prefix == "table/" { '/' } else { '.' };
        for (at, level) in self.before.iter().take(missing).enumerate() {
            let Some(level) = level else {
                let names = ["database, catalog or project", "schema"];
                let name = names.get(at).copied().unwrap_or("schema");
                return Err(format!(
                    "the server does not tell the {name} of {physical:?}; write it there, or in physicalName"
                ));
            };
            name.push_str(level);
            name.push(between);
        }
        name.push_str(physical);
        let mut names = vec![literal(&name)];
        let scheme = self.namespace.split([':', '/']).next().unwrap_or_default();
        if FOLDING.contains(&scheme) && !name.contains('"') {
            for folded in [name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
                let folded = literal(&folded);
                if !names.contains(&folded) {
                    names.push(folded);
                }
            }
        }
        Ok(names)
    }
}

/// Parts of a name, those in quotes whole.
fn parts(name: &str) -> usize {
    let mut quoted = false;
    let dots = name.chars().filter(|char| {
        quoted ^= matches!(char, '"' | '`');
        !quoted && *char == '.'
    });
    dots.count() + 1
}

fn text(node: &Node, name: &str) -> Option<String> {
    let text = node.get(name)?.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A member, or what it usually is.
fn level(server: &Node, name: &str) -> Option<String> {
    let (name, usual) = name
        .split_once('=')
        .map_or((name, None), |(name, usual)| (name, Some(usual)));
    if name == "stem" {
        // DuckDB names a database after its file.
        let database = text(server, "database")?;
        let file = database.rsplit('/').next().unwrap_or_default();
        return Some(file.split('.').next().unwrap_or_default().to_owned());
    }
    text(server, name).or_else(|| usual.map(str::to_owned))
}

/// The namespace with what the server says.
fn filled(shape: &str, server: &Node, kind_of: &str) -> Result<String, String> {
    let mut namespace = String::new();
    let mut rest = shape;
    while let Some((before, after)) = rest.split_once('{') {
        namespace.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = match name {
            "brokers" => text(server, "host").map(|host| broker(&host)),
            "cluster" => {
                text(server, "host").and_then(|host| Some(host.split('.').next()?.to_owned()))
            }
            // Amazon's names of Redshift clusters have it, those of Glue catalogs are not told.
            "region" => Some(region(server)),
            _ => level(server, name),
        };
        let Some(value) = value else {
            let name = name.split('=').next().unwrap_or(name);
            let name = if matches!(name, "brokers" | "cluster") {
                "host"
            } else {
                name
            };
            return Err(format!(
                "a server of the type {kind_of} must have `{name}` for its namespace to be known; write it, or give the namespace: --namespace, or the custom property {} of the server",
                super::NAMESPACE
            ));
        };
        let pattern = if value == "*" { value } else { literal(&value) };
        namespace.push_str(&pattern);
        rest = after;
    }
    namespace.push_str(rest);
    Ok(namespace)
}

/// The first of the brokers, with its port.
fn broker(hosts: &str) -> String {
    let first = hosts.split(',').next().unwrap_or_default().trim();
    let first = first.rsplit("://").next().unwrap_or(first);
    if first.contains(':') {
        first.to_owned()
    } else {
        format!("{first}:9092")
    }
}

fn region(server: &Node) -> String {
    let host = text(server, "host").unwrap_or_default();
    let of_host = host
        .split('.')
        .nth(2)
        .filter(|_| host.ends_with(".amazonaws.com"));
    let told = text(server, "region").or_else(|| of_host.map(str::to_owned));
    told.unwrap_or_else(|| "*".to_owned())
}

/// Scheme and authority are the namespace, the path without what begins with a pattern is the name.
fn folder(server: &Node, kind_of: &str, namespace: Option<&str>) -> Result<Place, String> {
    let location = text(server, "location")
        .ok_or_else(|| format!("a server of the type {kind_of} must have `location`"))?;
    let parts = location.split_once("://");
    let (scheme, rest) =
        parts.ok_or_else(|| format!("`location` must be a URL, {location:?} is none"))?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let kept = path
        .split('/')
        .take_while(|part| !part.contains(['*', '?']));
    let kept: Vec<&str> = kept.filter(|part| !part.is_empty()).collect();
    let own = literal(&format!("{scheme}://{authority}"));
    Ok(Place {
        namespace: namespace.map_or(own, str::to_owned),
        before: Vec::new(),
        folder: Some(kept.join("/")),
        prefix: "",
    })
}

/// Members of a server that a dataset may be on. Whether they lead back to it is for the caller to
/// see.
pub fn server_of(namespace: &str, name: &str) -> Option<Vec<(&'static str, String)>> {
    let (scheme, rest) = namespace.split_once("://").unwrap_or((namespace, ""));
    let scheme_of = |kind: &&Kind| {
        let shape = kind.namespace.split("://").next().unwrap_or_default();
        shape == scheme
    };
    if scheme == "s3" {
        return Some(vec![
            ("type", "s3".to_owned()),
            ("location", format!("{namespace}/{name}")),
        ]);
    }
    let kind = KINDS.iter().find(scheme_of)?;
    let mut members = vec![("type", kind.types[0].to_owned())];
    match kind.types[0] {
        "snowflake" => members.push(("account", rest.to_owned())),
        "bigquery" => {}
        "kafka" | "databricks" => members.push(("host", rest.to_owned())),
        "postgres" | "mysql" | "trino" | "sqlserver" | "oracle" | "db2" | "hive" | "clickhouse" => {
            let (host, port) = rest.rsplit_once(':')?;
            port.parse::<u16>().ok()?;
            members.push(("host", host.to_owned()));
            members.push(("port", port.to_owned()));
        }
        // Of the others a namespace tells too little, or the standard wants more than it tells.
        _ => return None,
    }
    let own: Vec<&str> = name.split('.').collect();
    if own.len() != kind.before.len() + 1 && !kind.before.is_empty() {
        return None;
    }
    let levels = kind.before.iter().zip(own);
    members.extend(levels.filter_map(|(level, part)| {
        let level = level.split('=').next()?;
        Some((level, part.to_owned()))
    }));
    Some(members)
}

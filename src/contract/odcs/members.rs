//! The members of ODCS 3.1, each with why it is not held; empty for what is read.

use super::left::Members;

const DESCRIBES: &str = "describes; stays in the document";
const QUERIES: &str = "Headwater runs no checks of its own; let dbt, Great Expectations or Soda run them, and it sees what they tell";
const ACCESS: &str = "Headwater grants nothing";

/// Of the document.
pub const DOCUMENT: Members = &[
    ("kind", ""),
    ("apiVersion", ""),
    ("version", ""),
    ("id", ""),
    ("name", ""),
    ("status", ""),
    ("description", ""),
    ("servers", ""),
    ("schema", ""),
    ("team", ""),
    ("slaProperties", ""),
    ("slaDefaultElement", ""),
    ("tenant", DESCRIBES),
    ("domain", DESCRIBES),
    ("dataProduct", DESCRIBES),
    ("tags", DESCRIBES),
    ("contractCreatedTs", DESCRIBES),
    ("authoritativeDefinitions", DESCRIBES),
    ("customProperties", DESCRIBES),
    ("roles", ACCESS),
    ("support", "where to ask; stays in the document"),
    ("price", "Headwater bills nothing"),
];

/// Of its description.
pub const DESCRIPTION: Members = &[
    ("purpose", ""),
    ("usage", DESCRIBES),
    ("limitations", DESCRIBES),
    ("authoritativeDefinitions", DESCRIBES),
    ("customProperties", DESCRIBES),
];

/// Of a server; which of these one has depends on its type.
pub const SERVER: Members = &[
    ("id", ""),
    ("server", ""),
    ("type", ""),
    ("environment", ""),
    ("account", ""),
    ("catalog", ""),
    ("database", ""),
    ("dataset", ""),
    ("host", ""),
    ("location", ""),
    ("port", ""),
    ("project", ""),
    ("region", ""),
    ("regionName", ""),
    ("schema", ""),
    ("serviceName", ""),
    ("customProperties", ""),
    ("description", DESCRIBES),
    ("delimiter", DESCRIBES),
    ("format", DESCRIBES),
    ("warehouse", DESCRIBES),
    ("stagingDir", DESCRIBES),
    ("endpointUrl", "is no part of the names of datasets"),
    ("path", "is no part of the names of datasets"),
    ("stream", "is no part of the names of datasets"),
    ("roles", ACCESS),
];

/// Of an object of the schema.
pub const OBJECT: Members = &[
    ("id", ""),
    ("name", ""),
    ("physicalName", ""),
    ("properties", ""),
    ("customProperties", ""),
    ("logicalType", DESCRIBES),
    ("physicalType", DESCRIBES),
    ("description", DESCRIBES),
    ("businessName", DESCRIBES),
    ("authoritativeDefinitions", DESCRIBES),
    ("tags", DESCRIBES),
    ("dataGranularityDescription", DESCRIBES),
    ("relationships", QUERIES),
    ("quality", QUERIES),
];

/// Of a property.
pub const PROPERTY: Members = &[
    ("id", ""),
    ("name", ""),
    ("physicalName", ""),
    ("logicalType", ""),
    ("physicalType", ""),
    ("properties", ""),
    ("items", ""),
    ("customProperties", ""),
    ("description", DESCRIBES),
    ("businessName", DESCRIBES),
    ("authoritativeDefinitions", DESCRIBES),
    ("tags", DESCRIBES),
    ("examples", DESCRIBES),
    ("classification", ""),
    ("criticalDataElement", DESCRIBES),
    ("encryptedName", DESCRIBES),
    ("partitioned", DESCRIBES),
    ("partitionKeyPosition", DESCRIBES),
    ("primaryKeyPosition", DESCRIBES),
    (
        "transformSourceObjects",
        "lineage is observed, not declared",
    ),
    ("transformLogic", "lineage is observed, not declared"),
    ("transformDescription", "lineage is observed, not declared"),
    ("logicalTypeOptions", VALUES),
    ("required", ""),
    ("unique", ""),
    ("primaryKey", ""),
    ("relationships", QUERIES),
    ("quality", QUERIES),
];
const VALUES: &str = "is about values, which Headwater does not see";

/// Of a service level.
pub const LEVEL: Members = &[
    ("id", ""),
    ("property", ""),
    ("value", ""),
    ("unit", ""),
    ("element", ""),
    (
        "valueExt",
        "what it adds to the value is not said by the standard",
    ),
    ("driver", DESCRIBES),
    ("description", DESCRIBES),
    ("scheduler", DESCRIBES),
    ("schedule", DESCRIBES),
];

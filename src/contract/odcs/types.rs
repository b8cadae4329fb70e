//! Types: which spellings of schemas keep what a document promises of a column.
//!
//! Patterns of a policy tell cases apart and schemas do not agree on one, nor on the names of types.
//! A promise is kept by each spelling that says the same, and by a type that says less (`VARCHAR`
//! where `VARCHAR(18)` is promised): what nobody tells breaks nothing.

use super::promise::literal;

/// Names for one type.
const SAME: &[&[&str]] = &[
    &["int2", "smallint"],
    &["int4", "int", "integer"],
    &["int8", "bigint"],
    &["serial", "int4", "integer"],
    &["bigserial", "int8", "bigint"],
    &["float4", "real"],
    &["float8", "double precision", "double"],
    &["bool", "boolean"],
    &["varchar", "character varying"],
    &["bpchar", "char", "character"],
    &["decimal", "numeric"],
    &["timestamp", "timestamp without time zone"],
    &["timestamptz", "timestamp with time zone"],
];

/// Logical types of ODCS with the beginnings of the types that are of each.
const LOGICAL: &[(&str, &[&str])] = &[
    (
        "string",
        &[
            "string",
            "str",
            "varchar",
            "nvarchar",
            "char",
            "nchar",
            "bpchar",
            "character",
            "text",
            "tinytext",
            "mediumtext",
            "longtext",
            "citext",
            "clob",
            "uuid",
            "enum",
            "fixedstring",
            "utf8",
            "name",
            "xml",
        ],
    ),
    ("integer", WHOLE),
    (
        "number",
        &[
            "int",
            "bigint",
            "smallint",
            "tinyint",
            "mediumint",
            "hugeint",
            "uint",
            "long",
            "short",
            "byte",
            "serial",
            "bigserial",
            "number",
            "numeric",
            "decimal",
            "bignumeric",
            "float",
            "double",
            "real",
            "money",
        ],
    ),
    ("boolean", &["bool", "bit", "tinyint(1)"]),
    ("date", &["date"]),
    ("timestamp", &["timestamp", "datetime", "smalldatetime"]),
    ("time", &["time"]),
    (
        "object",
        &[
            "object", "struct", "record", "row", "map", "json", "variant", "super", "tuple",
        ],
    ),
    ("array", &["array", "list", "repeated", "variant", "super"]),
];

const WHOLE: &[&str] = &[
    "int",
    "bigint",
    "smallint",
    "tinyint",
    "mediumint",
    "hugeint",
    "uint",
    "long",
    "short",
    "byte",
    "serial",
    "bigserial",
];

/// Patterns of a type as a database names it.
pub fn of_physical(told: &str) -> Vec<String> {
    let told = told.trim();
    let (name, arguments) = split(told);
    let mut names = vec![name.to_owned()];
    let lower = name.to_ascii_lowercase();
    let same = SAME.iter().find(|names| names.contains(&lower.as_str()));
    for one in same
        .into_iter()
        .flat_map(|names| names.iter().copied())
        .chain([lower.as_str()])
    {
        names.push(one.to_owned());
        names.push(one.to_ascii_uppercase());
    }
    let endings = match arguments {
        // Whatever its size is: none was promised.
        None => vec![String::new(), "(*)".to_owned()],
        Some(arguments) => {
            let close = arguments.split(',').map(str::trim).collect::<Vec<_>>();
            let spaced = close.join(", ");
            let close = close.join(",");
            let mut endings = vec![String::new()];
            for one in [close, spaced] {
                let one = format!("({})", literal(&one));
                if !endings.contains(&one) {
                    endings.push(one);
                }
            }
            endings
        }
    };
    let names: Vec<String> = deduped(names).iter().map(|name| literal(name)).collect();
    vec![format!("{}{}", one_of(&names), one_of(&endings))]
}

/// `NUMBER(18,2)` as `NUMBER` and `18,2`; other brackets are part of the name.
fn split(told: &str) -> (&str, Option<&str>) {
    let Some(inner) = told.strip_suffix(')') else {
        return (told, None);
    };
    match inner.split_once('(') {
        Some((name, arguments)) if !arguments.contains(['(', ')']) => {
            (name.trim(), Some(arguments))
        }
        _ => (told, None),
    }
}

/// Patterns of a logical type; `None` when ODCS has none of that name.
pub fn of_logical(told: &str) -> Option<Vec<String>> {
    let (word, names) = LOGICAL.iter().find(|(word, _)| *word == told)?;
    let mut patterns = Vec::new();
    for case in [str::to_ascii_lowercase, str::to_ascii_uppercase, capital] {
        let all = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| case(name)).collect();
            one_of(&names)
        };
        match *word {
            // Others begin like these.
            "date" => patterns.push(format!("{}{}", all(names), "{,32}")),
            "time" => patterns.push(format!("{}{}", all(names), case("{,tz,(*,64*, with*}"))),
            _ => patterns.push(format!("{}*", all(names))),
        }
        if *word == "integer" {
            // Without a scale, or with none.
            let names = all(&["number", "numeric", "decimal"]);
            patterns.push(format!("{names}{}", "{,(?),(??),(*\\,0),(*\\, 0)}"));
        }
    }
    if *word == "array" {
        patterns.push("*\\[\\]".to_owned());
    }
    Some(patterns)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|char| char.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// The logical type that has these patterns.
pub fn logical_with(patterns: &[String]) -> Option<&'static str> {
    let mut words = LOGICAL.iter().map(|(word, _)| *word);
    words.find(|word| of_logical(word).is_some_and(|held| held == patterns))
}

/// The logical type of a type as a schema tells it.
pub fn logical_of(told: &str) -> Option<&'static str> {
    let fits = |word: &str| {
        let patterns = of_logical(word).unwrap_or_default();
        patterns.iter().any(|pattern| {
            crate::contract::policy::Glob::new(pattern).is_ok_and(|glob| glob.matches(told))
        })
    };
    // `tinyint(1)` is a boolean, an array of texts begins like neither; whole numbers are numbers too.
    let order = [
        "boolean",
        "array",
        "integer",
        "number",
        "date",
        "timestamp",
        "time",
        "object",
    ];
    let mut order = order.iter().chain(&["string"]);
    order.find(|word| fits(word)).copied()
}

fn deduped(texts: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

/// A pattern for one of several patterns.
fn one_of(patterns: &[String]) -> String {
    match patterns {
        [one] => one.clone(),
        many => {
            let many: Vec<String> = many.iter().map(|one| unbroken(one)).collect();
            format!("{{{}}}", many.join(","))
        }
    }
}

/// Commas separate alternatives.
fn unbroken(pattern: &str) -> String {
    pattern.replace(',', "\\,")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::policy::Glob;

    fn keeps(patterns: &[String], told: &str) -> bool {
        patterns
            .iter()
            .any(|one| Glob::new(one).unwrap().matches(told))
    }

    #[test]
    fn a_physical_type_is_kept_by_all_its_spellings() {
        let number = of_physical("NUMBER(18,2)");
        for told in ["NUMBER(18,2)", "number(18, 2)", "NUMBER"] {
            assert!(keeps(&number, told), "{told}: {number:?}");
        }
        for told in ["NUMBER(18,3)", "NUMBER(1,2)", "FLOAT", "NUMBERS"] {
            assert!(!keeps(&number, told), "{told}");
        }
        let varchar = of_physical("varchar(18)");
        assert!(keeps(&varchar, "character varying(18)") && keeps(&varchar, "VARCHAR"));
        assert!(!keeps(&varchar, "varchar(20)") && !keeps(&varchar, "text"));
        assert!(keeps(&of_physical("VARCHAR"), "varchar(20)"));
        assert!(keeps(&of_physical("int8"), "BIGINT"));
        assert!(keeps(&of_physical("varchar[15]"), "varchar[15]"));
        assert!(keeps(
            &of_physical("ARRAY<STRUCT<a:INT,b:MAP(x)>>"),
            "ARRAY<STRUCT<a:INT,b:MAP(x)>>"
        ));
        assert!(keeps(&of_physical("a*{b},c"), "a*{b},c"));
        assert!(!keeps(&of_physical("a*"), "abc"));
    }

    #[test]
    fn a_logical_type_is_kept_by_types_of_its_kind_alone() {
        for (logical, kept, broken) in [
            (
                "string",
                &["VARCHAR(20)", "text", "String", "uuid"][..],
                &["NUMBER", "date"][..],
            ),
            (
                "integer",
                &[
                    "BIGINT",
                    "int4",
                    "NUMBER(38,0)",
                    "Int64",
                    "NUMBER(9)",
                    "NUMBER",
                ],
                &["NUMBER(18,2)", "FLOAT", "text"],
            ),
            (
                "number",
                &["NUMBER(18,2)", "double precision", "INTEGER", "money"],
                &["VARCHAR"],
            ),
            (
                "date",
                &["DATE", "date", "Date32"],
                &["DATETIME", "datetime2", "timestamp"],
            ),
            (
                "timestamp",
                &["TIMESTAMP_TZ", "timestamp with time zone", "Datetime"],
                &["DATE", "TIME"],
            ),
            (
                "time",
                &["TIME", "time(6)", "time with time zone", "timetz"],
                &["TIMESTAMP", "timestamp_tz"],
            ),
            ("boolean", &["BOOLEAN", "bool", "tinyint(1)"], &["tinyint"]),
            (
                "object",
                &["STRUCT<a: int>", "jsonb", "RECORD", "Map(String)"],
                &["VARCHAR"],
            ),
            ("array", &["ARRAY<INT64>", "text[]", "LIST"], &["VARCHAR"]),
        ] {
            let patterns = of_logical(logical).unwrap();
            for told in kept {
                assert!(keeps(&patterns, told), "{logical}: {told}: {patterns:?}");
            }
            for told in broken {
                assert!(!keeps(&patterns, told), "{logical}: {told}");
            }
        }
        assert_eq!(of_logical("varchar"), None);
    }

    #[test]
    fn the_logical_type_of_what_schemas_tell() {
        for (told, logical) in [
            ("NUMBER(38,0)", Some("integer")),
            ("NUMBER(18,2)", Some("number")),
            ("VARCHAR", Some("string")),
            ("TIMESTAMP_TZ", Some("timestamp")),
            ("DATE", Some("date")),
            ("BOOLEAN", Some("boolean")),
            ("text[]", Some("array")),
            ("GEOGRAPHY", None),
        ] {
            assert_eq!(logical_of(told), logical, "{told}");
        }
    }
}

//! Promises as entries of `contracts` in a policy file. JSON strings are YAML texts.

use std::fmt::Write;

use super::promise::{Keeps, Promise};

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn one_or_list(texts: &[String]) -> String {
    match texts {
        [one] => quoted(one),
        many => {
            let many: Vec<String> = many.iter().map(|text| quoted(text)).collect();
            format!("[{}]", many.join(", "))
        }
    }
}

/// The section `contracts` with these promises.
pub fn contracts(promises: &[Promise]) -> String {
    if promises.is_empty() {
        return "contracts: []\n".to_owned();
    }
    let mut text = String::from("contracts:\n");
    for promise in promises {
        entry(promise, &mut text);
    }
    text
}

fn entry(promise: &Promise, text: &mut String) {
    let _ = writeln!(text, "  - name: {}", quoted(&promise.name));
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "    {name}: {value}");
    };
    line("rule", promise.keeps.rule().to_owned());
    line("severity", promise.severity.clone());
    if let Some(doc) = &promise.doc {
        line("doc", quoted(doc));
    }
    if let Some(owner) = &promise.owner {
        line("owner", quoted(owner));
    }
    let (namespace, names) = (quoted(&promise.namespace), one_or_list(&promise.names));
    line(
        "datasets",
        format!("{{namespace: {namespace}, name: {names}}}"),
    );
    match &promise.keeps {
        Keeps::Owner => {}
        Keeps::Fresh(within) => line("within", super::sla::written(*within)),
        Keeps::Columns(columns) | Keeps::Tested(columns) | Keeps::Classified(columns) => {
            text.push_str("    columns:\n");
            for (name, types) in columns {
                let _ = writeln!(text, "      {}: {}", quoted(name), one_or_list(types));
            }
        }
    }
}

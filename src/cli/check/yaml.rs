//! YAML as JSON, for what is written in either.

use serde_json::{Map, Value};

use crate::contract::policy::yaml::{Node, Value as Yaml};

/// The same as JSON: plain scalars are numbers and flags where they look so.
pub fn json(node: &Node) -> Value {
    match &node.value {
        Yaml::Null => Value::Null,
        Yaml::List(items) => items.iter().map(json).collect(),
        Yaml::Map(members) => {
            let members = members.iter();
            let members = members.map(|(name, node)| (name.text.clone(), json(node)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Yaml::Scalar { text, plain } => {
            if *plain && matches!(text.as_str(), "true" | "false") {
                return Value::Bool(text == "true");
            }
            let number = text.parse::<u64>().ok().filter(|_| *plain);
            number.map_or_else(|| Value::String(text.clone()), Value::from)
        }
    }
}

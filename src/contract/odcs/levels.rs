//! Service levels: what of them becomes a promise to be fresh.

use crate::contract::policy::yaml::{Node, Value};

use super::import::{Reader, text};
use super::object::Object;
use super::{members, sla};

impl Reader {
    /// Takes how long ago each object may have been written from `slaProperties`; the shortest counts.
    pub(super) fn service_levels(&mut self, file: &Node, objects: &mut [Object<'_>]) {
        let default = text(file, "slaDefaultElement");
        let list = file.get("slaProperties");
        if let Some(list) = list.filter(|list| !matches!(list.value, Value::List(_) | Value::Null))
        {
            self.wrong(
                list.at,
                format!(
                    "`slaProperties` must be a list (each entry begins with `- `), this is {}",
                    list.kind()
                ),
            );
            return;
        }
        for level in list.map_or(&[][..], Node::items) {
            self.left.of(level, "slaProperties", members::LEVEL);
            let Some(property) = text(level, "property") else {
                self.wrong(level.at, "an entry of `slaProperties` must have `property`");
                continue;
            };
            let Some(within) = self.within(level, &property) else {
                continue;
            };
            let element = text(level, "element").or_else(|| default.clone());
            let mut found = false;
            for object in objects.iter_mut() {
                if element
                    .as_deref()
                    .is_none_or(|element| names(element, object))
                {
                    object.within = Some(object.within.map_or(within, |held| held.min(within)));
                    found = true;
                }
            }
            if let ([only], false) = (&mut *objects, found) {
                // "If there is only one object in the contract, the object name is not required."
                if !element.as_deref().unwrap_or_default().contains('.') {
                    only.within = Some(only.within.map_or(within, |held| held.min(within)));
                    found = true;
                }
            }
            if !found {
                let why = format!(
                    "{property}: {:?} names no object of this document",
                    element.unwrap_or_default()
                );
                self.left.add(level.at, "slaProperties", why);
            }
        }
    }

    /// The longest time between now and the last write that keeps a level.
    fn within(&mut self, level: &Node, property: &str) -> Option<i64> {
        // Two writes in neighbouring periods are less than two periods apart.
        let periods = match property.to_ascii_lowercase().as_str() {
            "freshness" | "latency" | "ly" => 1,
            "frequency" | "fy" => 2,
            _ => {
                let why = format!(
                    "{property}: Headwater knows when a dataset was written, and holds freshness, latency and frequency"
                );
                self.left.add(level.at, "slaProperties", why);
                return None;
            }
        };
        let Some(value) = text(level, "value") else {
            self.wrong(
                level.at,
                format!("the service level {property} must have `value`"),
            );
            return None;
        };
        let at = level.get("value").map_or(level.at, |node| node.at);
        match sla::length(&value, text(level, "unit").as_deref()) {
            Ok(length) => Some(sla::whole(length.saturating_mul(periods))),
            Err(reason) => {
                self.wrong(at, format!("the service level {property}: {reason}"));
                None
            }
        }
    }
}

/// Whether elements, separated by commas, name an object or a column of it.
fn names(elements: &str, object: &Object<'_>) -> bool {
    elements.split(',').map(str::trim).any(|element| {
        [&object.name, &object.physical].into_iter().any(|name| {
            let rest = element.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    })
}

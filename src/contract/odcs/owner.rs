//! Who answers for a document: its team, as a mapping (3.1) or as a list of members (3.0).

use crate::contract::policy::yaml::{Node, Value};

use super::left::{Lefts, Members};

const TEAM: Members = &[
    ("id", ""),
    ("name", ""),
    ("members", ""),
    ("description", DESCRIBES),
    ("tags", DESCRIBES),
    ("customProperties", DESCRIBES),
    ("authoritativeDefinitions", DESCRIBES),
];
const MEMBER: Members = &[
    ("id", ""),
    ("username", ""),
    ("role", ""),
    ("dateOut", ""),
    ("name", DESCRIBES),
    ("description", DESCRIBES),
    ("dateIn", DESCRIBES),
    ("replacedByUsername", DESCRIBES),
    ("tags", DESCRIBES),
    ("customProperties", DESCRIBES),
    ("authoritativeDefinitions", DESCRIBES),
];
const DESCRIBES: &str = "describes; stays in the document";

/// The owner: a present member with a role that has "owner" in it, else the name of the team, else
/// the first present member.
pub fn of(team: &Node, left: &mut Lefts) -> Option<String> {
    let members = match &team.value {
        Value::Map(_) => {
            left.of(team, "team", TEAM);
            team.get("members").map_or(&[][..], Node::items)
        }
        _ => team.items(),
    };
    let text = |node: &Node, name: &str| {
        let text = node.get(name)?.text()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    for member in members {
        left.of(member, "team.members", MEMBER);
    }
    let present: Vec<&Node> = members
        .iter()
        .filter(|member| text(member, "dateOut").is_none())
        .collect();
    let owns = |member: &Node| {
        text(member, "role").is_some_and(|role| role.to_lowercase().contains("owner"))
    };
    let named = |member: &Node| text(member, "username");
    let owner = present.iter().find(|member| owns(member));
    let owner = owner.and_then(|member| named(member));
    let owner = owner.or_else(|| text(team, "name"));
    let owner = owner.or_else(|| present.iter().find_map(|member| named(member)));
    for member in members {
        let name = named(member);
        if name.is_some() && name != owner {
            let why = "a contract of a policy has one owner";
            left.add(member.at, "team.members", why);
        }
    }
    owner
}

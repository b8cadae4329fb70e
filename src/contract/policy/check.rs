//! Holds a file against the tables of [`super::shape`]. It goes on after a mistake, so that all of
//! them are told at once.

use chrono::NaiveDate;

use super::glob::Glob;
use super::rules;
use super::shape::{CONTRACT, Key, Kind, Shape};
use super::yaml::{Name, Node, Problem, Value};

/// Problems that are told of one file.
const MAX_PROBLEMS: usize = 100;

/// Holds a mapping against its shape.
pub fn check(node: &Node, shape: &Shape, problems: &mut Vec<Problem>) {
    let keys: Vec<Key> = shape.keys.to_vec();
    check_keys(node, shape.what, &keys, problems);
    problems.truncate(MAX_PROBLEMS);
}

fn check_keys(node: &Node, what: &str, keys: &[Key], problems: &mut Vec<Problem>) {
    if !matches!(node.value, Value::Map(_)) {
        let message = format!("{what} must be a mapping, this is {}", node.kind());
        problems.push(Problem::new(node.at, message));
        return;
    }
    for (name, value) in node.members() {
        match keys.iter().find(|key| key.name == name.text) {
            Some(key) => check_value(value, key, problems),
            None => problems.push(unknown(name, what, keys)),
        }
    }
    for key in keys.iter().filter(|key| key.required) {
        if node.get(key.name).is_none() {
            let message = format!("{what} must have `{}`: {}", key.name, key.doc);
            problems.push(Problem::new(node.at, message));
        }
    }
}

fn unknown(name: &Name, what: &str, keys: &[Key]) -> Problem {
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let guess = nearest(&name.text, &names);
    let guess = guess.map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
    let message = format!(
        "{what} has no `{}`.{guess} It may have: {}",
        name.text,
        names.join(", ")
    );
    Problem::new(name.at, message)
}

fn check_value(node: &Node, key: &Key, problems: &mut Vec<Problem>) {
    let name = key.name;
    let mut wrong = |at, expected: &str| {
        let message = format!("`{name}` must be {expected}");
        problems.push(Problem::new(at, message));
    };
    match key.kind {
        Kind::Text if !is_text(node) => wrong(node.at, "a text that is not empty"),
        Kind::Text => {}
        Kind::Texts => each_text(node, "a text or a list of texts", &mut wrong, |_| Ok(())),
        Kind::Globs => each_text(
            node,
            "a pattern or a list of patterns",
            &mut wrong,
            |text| Glob::new(text).map(drop),
        ),
        Kind::Count => {
            if node
                .text()
                .and_then(|text| text.parse::<u32>().ok())
                .is_none()
            {
                wrong(node.at, "a whole number that is not negative");
            }
        }
        Kind::Duration => {
            if node.text().and_then(duration).is_none() {
                wrong(node.at, "a length of time such as 30m, 6h or 2d");
            }
        }
        Kind::Day => {
            if node.text().and_then(day).is_none() {
                wrong(node.at, "a day such as 2026-12-31");
            }
        }
        Kind::Word(words) => {
            if !node.text().is_some_and(|text| words.contains(&text)) {
                wrong(node.at, &one_of(words));
            }
        }
        Kind::Words(words) => each_text(node, &one_of(words), &mut wrong, |text| {
            let known = words.contains(&text);
            known.then_some(()).ok_or_else(|| one_of(words))
        }),
        Kind::Object(shape) => check_keys(node, shape.what, shape.keys, problems),
        Kind::Objects(shape) => {
            for item in list(node, &mut wrong) {
                check_keys(item, shape.what, shape.keys, problems);
            }
        }
        Kind::GlobsByName => globs_by(node, "names", &mut wrong),
        Kind::GlobsByGlob => {
            globs_by(node, "patterns", &mut wrong);
            for (key, _) in node.members() {
                if let Err(reason) = Glob::new(&key.text) {
                    let text = &key.text;
                    let said =
                        format!("a mapping from patterns to patterns; {text:?} is none: {reason}");
                    wrong(key.at, &said);
                }
            }
        }
        Kind::Contracts => {
            for item in list(node, &mut wrong) {
                check_contract(item, problems);
            }
        }
    }
}

fn globs_by(node: &Node, what: &str, wrong: &mut impl FnMut(super::yaml::Place, &str)) {
    let expected = format!("a mapping from {what} to patterns");
    if !matches!(node.value, Value::Map(_)) {
        wrong(node.at, &expected);
    }
    for (_, value) in node.members() {
        each_text(value, &expected, wrong, |text| Glob::new(text).map(drop));
    }
}

fn list<'n>(node: &'n Node, wrong: &mut impl FnMut(super::yaml::Place, &str)) -> &'n [Node] {
    match &node.value {
        Value::List(items) => items,
        Value::Null => &[],
        _ => {
            wrong(node.at, "a list (each entry begins with `- `)");
            &[]
        }
    }
}

fn each_text(
    node: &Node,
    expected: &str,
    wrong: &mut impl FnMut(super::yaml::Place, &str),
    fits: impl Fn(&str) -> Result<(), String>,
) {
    if matches!(node.value, Value::Null | Value::Map(_)) {
        wrong(node.at, expected);
        return;
    }
    for item in node.items() {
        let Some(text) = item.text().filter(|text| !text.is_empty()) else {
            wrong(item.at, expected);
            continue;
        };
        if let Err(reason) = fits(text) {
            let said = if reason == expected {
                format!("{expected}, not {text:?}")
            } else {
                format!("{expected}; {text:?} is none: {reason}")
            };
            wrong(item.at, &said);
        }
    }
}

fn is_text(node: &Node) -> bool {
    node.text().is_some_and(|text| !text.trim().is_empty())
}

/// A contract has the members of all contracts and those of its rule.
fn check_contract(node: &Node, problems: &mut Vec<Problem>) {
    let named = node.get("rule").and_then(|rule| Some((rule, rule.text()?)));
    let mut keys = CONTRACT.keys.to_vec();
    let mut what = CONTRACT.what.to_owned();
    if let Some((place, name)) = named {
        let Some(shape) = rules::by_name(name) else {
            let names: Vec<&str> = rules::RULES.iter().map(|rule| rule.name).collect();
            let guess = nearest(name, &names);
            let guess = guess.map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
            let message = format!(
                "there is no rule {name:?}.{guess} The rules are: {}",
                names.join(", ")
            );
            problems.push(Problem::new(place.at, message));
            return;
        };
        keys.extend_from_slice(shape.keys);
        what = format!("a contract with the rule {name}");
    }
    check_keys(node, &what, &keys, problems);
}

fn one_of(words: &[&str]) -> String {
    match words {
        [one] => format!("`{one}`"),
        _ => format!("one of {}", words.join(", ")),
    }
}

/// The name that is meant by one that is not there, if one is close.
pub fn nearest<'n>(text: &str, names: &[&'n str]) -> Option<&'n str> {
    let far = names.iter().map(|name| (distance(text, name), *name));
    let (steps, name) = far.min()?;
    (steps <= 1 + name.len() / 4).then_some(name)
}

/// Characters to add, take away or change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut before = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = cost.min(before + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Reads a length of time: microseconds.
pub fn duration(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: i64 = text[..text.len() - 1].parse().ok()?;
    let fits = (1..=100_000).contains(&count);
    fits.then(|| count * unit * 1_000_000)
}

/// Reads a day.
pub fn day(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}

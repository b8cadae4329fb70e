//! Names: what is spelling stays stripped, and which names are one dataset does not depend on the
//! order in which names and ties are listed.
//!
//! Input: lines of text, each a namespace and a name with a tab between them (without one: a name in
//! the namespace before). Up to the first NUL; behind it three bytes for each tie between two names.
#![no_main]

use std::cmp::Reverse;

use headwater_fuzz::openlineage::{EventTime, run_id, secrets};
use headwater_fuzz::project::family::family;
use headwater_fuzz::project::identity::{Claim, Name, Resolved, resolve};
use headwater_fuzz::project::naming::{NameRules, is_unlocated, producer_kind};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const WINDOW: i64 = 1_000;
const MOST_NAMES: usize = 40;

fn spelling(rules: &NameRules, namespace: &str, name: &str) {
    let bare = rules.bare(namespace, name).into_owned();
    assert_eq!(rules.bare(namespace, &bare), bare, "bare twice: {namespace} {name}");
    if let Some(key) = rules.case_key(namespace, &bare) {
        assert_eq!(rules.case_key(namespace, &key).as_deref(), Some(&*key), "folded twice: {bare}");
        let respelled = rules.bare(namespace, &key).into_owned();
        assert_eq!(rules.case_key(namespace, &respelled).as_deref(), Some(&*key), "{bare}");
    }
    let _ = (rules.rule(namespace, name), is_unlocated(namespace, name));
    let kind = producer_kind(name);
    assert_eq!(producer_kind(&kind), kind);
    if let Some(of) = family(name) {
        assert!(of.contains('*') && of.len() < name.len(), "family {of} of {name}");
    }
    assert_eq!(run_id(name), run_id(name));
    masked(name);
}

/// A secret is gone from a text, wherever the text has it, and masked JSON has the same members.
fn masked(text: &str) {
    let around = text.replace(['"', '\'', '=', '\\'], " ");
    let shown = secrets::mask_text(&format!("{around};password=sesame0;{around}")).into_owned();
    assert!(!shown.contains("=sesame0"), "{shown}");
    let document = json!({ "name": text, "value": text, "password": "sesame0", "other": [text] });
    let shown = secrets::mask_json(&document.to_string()).expect("it has a secret");
    assert!(!shown.contains("sesame0") || text.contains("sesame0"), "{shown}");
    let shown: Value = serde_json::from_str(&shown).expect("masked JSON is JSON");
    let keys = |value: &Value| value.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>());
    assert_eq!(keys(&shown), keys(&document));
}

/// The canonical name of each, and all else by names, so that two listings can be compared.
fn told(found: &Resolved, place: impl Fn(usize) -> usize) -> Vec<(usize, usize, usize)> {
    let mut all: Vec<(usize, usize, usize)> = Vec::new();
    let pairs = |tag: usize, list: &[(usize, usize)], all: &mut Vec<(usize, usize, usize)>| {
        all.extend(list.iter().map(|&(a, b)| (tag, place(a), place(b))));
    };
    for (at, &canonical) in found.canonical.iter().enumerate() {
        all.push((0, place(at), place(canonical)));
    }
    pairs(1, &found.former, &mut all);
    pairs(2, &found.renamed, &mut all);
    pairs(3, &found.reused, &mut all);
    all.extend(found.tangled.iter().map(|&at| (4, place(at), 0)));
    for conflict in &found.conflicts {
        let rivals = conflict.rivals.iter();
        all.extend(rivals.map(|&rival| (5, place(conflict.hub), place(rival))));
    }
    all.sort_unstable();
    all
}

fn identity(names: &[(&str, &str)], ties: &[u8]) {
    let count = names.len();
    let named: Vec<Name<'_>> = names
        .iter()
        .enumerate()
        .map(|(at, &(namespace, name))| Name {
            namespace,
            name,
            lives: ties.get(at).is_none_or(|byte| byte % 4 != 0),
            written: ties.get(at).and_then(|byte| (byte % 3 == 0).then_some(EventTime(i64::from(*byte) * 20))),
        })
        .collect();
    let mut claims: Vec<Claim> = ties
        .chunks_exact(3)
        .map(|tie| Claim {
            from: usize::from(tie[0]) % count,
            to: usize::from(tie[1]) % count,
            last: EventTime(i64::from(tie[2]) * 20),
            rename: tie[2] % 5 == 0,
        })
        .filter(|claim| claim.from != claim.to)
        .collect();
    // A claim is what was told last of its kind.
    claims.sort_by_key(|claim| (claim.from, claim.to, claim.rename, Reverse(claim.last)));
    claims.dedup_by_key(|claim| (claim.from, claim.to, claim.rename));
    let found = resolve(&named, &claims, WINDOW);
    assert!(found.canonical.iter().all(|&at| found.canonical[at] == at));
    let turned: Vec<Name<'_>> = named.iter().rev().copied().collect();
    let mut turned_claims: Vec<Claim> = claims
        .iter()
        .rev()
        .map(|claim| Claim { from: count - 1 - claim.from, to: count - 1 - claim.to, ..*claim })
        .collect();
    // Told twice is told once.
    turned_claims.extend(turned_claims.first().copied());
    let other = resolve(&turned, &turned_claims, WINDOW);
    assert_eq!(told(&found, |at| at), told(&other, |at| count - 1 - at));
}

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let Ok(text) = std::str::from_utf8(&data[..end]) else {
        return;
    };
    let rules = NameRules::default();
    let mut names: Vec<(&str, &str)> = Vec::new();
    let mut before = "";
    for line in text.lines().take(MOST_NAMES) {
        let (namespace, name) = line.split_once('\t').unwrap_or((before, line));
        before = namespace;
        spelling(&rules, namespace, name);
        if !names.contains(&(namespace, name)) {
            names.push((namespace, name));
        }
    }
    if !names.is_empty() {
        identity(&names, data.get(end + 1..).unwrap_or_default());
    }
});

use super::*;
use proptest::prelude::*;

const DAY: i64 = 24 * 3600 * 1_000_000;
const WINDOW: i64 = 30 * DAY;

/// Names as `namespace|name`; those that only are other names begin with `(`.
fn resolved(names: &[&str], claims: &[(usize, usize, i64)]) -> (Vec<usize>, Resolved) {
    let named: Vec<Name<'_>> = names
        .iter()
        .map(|text| {
            let plain = text.trim_start_matches('(');
            let (namespace, name) = plain.split_once('|').unwrap();
            let lives = plain.len() == text.len();
            Name {
                namespace,
                name,
                lives,
                written: None,
            }
        })
        .collect();
    let claims: Vec<Claim> = claims
        .iter()
        .map(|&(from, to, day)| Claim {
            from,
            to,
            last: EventTime(day * DAY),
            rename: false,
        })
        .collect();
    let found = resolve(&named, &claims, WINDOW);
    (found.canonical.clone(), found)
}

#[test]
fn roots_of_file_stores_hold_paths_and_all_else_names() {
    for storage in [
        "file",
        "s3://bucket",
        "s3a://bucket/",
        "hdfs://node:8020",
        "gs://b",
        "abfss://c@a.dfs.core.windows.net",
        "FILE",
        "file://",
    ] {
        assert_eq!(name_kind(storage), NameKind::Storage, "{storage}");
    }
    for logical in [
        "file:/srv/lake",
        "file:///srv/lake",
        "s3://bucket/warehouse",
        "hive://metastore:9083",
        "postgres://db:5432",
        "kafka://broker:9092",
        "arn:aws:glue:eu-west-1:1",
        "snowflake://account",
        "bigquery",
        "",
    ] {
        assert_eq!(name_kind(logical), NameKind::Logical, "{logical}");
    }
}

#[test]
fn trap_7_a_path_and_the_table_it_holds_are_one() {
    // Only the path is used: it stays the name that answers give.
    let names = ["s3://lake|db/orders", "(hive://m|db.orders"];
    assert_eq!(resolved(&names, &[(0, 1, 0)]).0, [0, 0]);
    // Trino reads the table under its own name: that is the better name.
    let names = ["s3://lake|db/orders", "hive://m|db.orders"];
    assert_eq!(resolved(&names, &[(0, 1, 0)]).0, [1, 1]);
    // Trino's name for it leads over the metastore's.
    let names = [
        "s3://lake|db/orders",
        "(hive://m|db.orders",
        "trino://t|h.db.orders",
    ];
    let (canonical, found) = resolved(&names, &[(0, 1, 0), (2, 1, 0)]);
    assert_eq!(canonical, [2, 2, 2]);
    assert!(!found.is_contested());
}

#[test]
fn a_topic_and_its_table_are_one() {
    let names = ["kafka://b|orders", "(kafka://b|default.orders"];
    assert_eq!(resolved(&names, &[(0, 1, 0)]).0, [0, 0]);
}

#[test]
fn two_tables_over_one_path_are_not_joined() {
    let names = ["s3://lake|shared", "hive://m|db.a", "hive://m|db.b"];
    let (canonical, found) = resolved(&names, &[(0, 1, 0), (0, 2, 3)]);
    assert_eq!(canonical, [0, 1, 2]);
    let rivals = vec![1, 2];
    assert_eq!(found.conflicts, [Conflict { hub: 0, rivals }]);
    // While nobody uses them as tables, they are two names of the path.
    let names = ["s3://lake|shared", "(hive://m|db.a", "(hive://m|db.b"];
    assert_eq!(resolved(&names, &[(0, 1, 0), (0, 2, 3)]).0, [0, 0, 0]);
    // When one is used, the other is a name of that.
    let names = ["s3://lake|shared", "hive://m|db.a", "(hive://m|db.b"];
    assert_eq!(resolved(&names, &[(0, 1, 0), (0, 2, 3)]).0, [1, 1, 1]);
}

#[test]
fn one_table_at_two_paths_is_not_joined_until_one_is_given_up() {
    let names = ["s3://lake|old", "s3://lake|new", "hive://m|db.t"];
    let (canonical, found) = resolved(&names, &[(0, 2, 0), (1, 2, 30)]);
    assert_eq!(canonical, [0, 1, 2]);
    assert_eq!(found.conflicts.len(), 1);
    // The table moved: its old place was not told for longer than the window.
    let (canonical, found) = resolved(&names, &[(0, 2, 0), (1, 2, 31)]);
    assert_eq!(canonical, [0, 2, 2]);
    assert_eq!((found.former, found.conflicts), (vec![(2, 0)], vec![]));
    // A name that nobody uses joins two places as little.
    let names = ["s3://lake|old", "s3://lake|new", "(hive://m|db.t"];
    assert_eq!(resolved(&names, &[(0, 2, 0), (1, 2, 30)]).0, [0, 1, 2]);
}

#[test]
fn a_chain_that_leads_to_two_places_is_not_joined() {
    let names = ["s3://l|p", "hive://m|t", "trino://t|t", "s3://l|q"];
    let (canonical, found) = resolved(&names, &[(0, 1, 0), (2, 1, 0), (3, 2, 0)]);
    assert_eq!(canonical, [0, 1, 2, 3]);
    assert_eq!(found.tangled, [0, 1, 2, 3]);
    // Two places that one of them says are one, are.
    let names = ["s3://l|p", "s3a://l|p"];
    assert_eq!(resolved(&names, &[(0, 1, 0)]).0, [0, 0]);
}

#[test]
fn a_renamed_table_and_its_old_name_are_one_until_that_is_written_again() {
    let name = |name, written: Option<i64>| Name {
        namespace: "hive://m",
        name,
        lives: true,
        written: written.map(|day| EventTime(day * DAY)),
    };
    let rename = |from, to, day| Claim {
        from,
        to,
        last: EventTime(day * DAY),
        rename: true,
    };
    let canonical = |names: &[Name<'_>], claims: &[Claim]| resolve(names, claims, WINDOW).canonical;
    // a became b, b became c.
    let names = [name("a", Some(1)), name("b", Some(3)), name("c", Some(5))];
    let claims = [rename(1, 0, 2), rename(2, 1, 4)];
    assert_eq!(canonical(&names, &claims), [2, 2, 2]);
    // a was written after it had become b: another table of that name.
    let names = [name("a", Some(9)), names[1], names[2]];
    let found = resolve(&names, &claims, WINDOW);
    assert_eq!(
        (found.canonical, found.reused),
        (vec![0, 2, 2], vec![(0, 1)])
    );
    // There and back again: the latest counts.
    let names = [name("a", None), name("b", None)];
    assert_eq!(
        canonical(&names, &[rename(1, 0, 2), rename(0, 1, 4)]),
        [0, 0]
    );
    // Renamed to two names: neither.
    let names = [name("a", None), name("b", None), name("c", None)];
    let found = resolve(&names, &[rename(1, 0, 2), rename(2, 0, 4)], WINDOW);
    assert_eq!(found.canonical, [0, 1, 2]);
    assert_eq!(found.conflicts[0].rivals, [1, 2]);
    // The place of a table stays its place under the new name.
    let place = Name {
        namespace: "s3://lake",
        name: "t",
        ..name("", None)
    };
    let names = [name("a", Some(1)), name("b", Some(3)), place];
    let symlink = |to| Claim {
        rename: false,
        ..rename(2, to, 3)
    };
    let claims = [rename(1, 0, 2), symlink(0), symlink(1)];
    assert_eq!(canonical(&names, &claims), [1, 1, 1]);
}

/// The rules, one by one over all pairs.
fn reference(names: &[Name<'_>], claims: &[Claim], window: i64) -> Vec<usize> {
    let count = names.len();
    let last = |a: usize, b: usize| {
        let of = claims
            .iter()
            .filter(|c| a != b && ((c.from, c.to) == (a, b) || (c.to, c.from) == (a, b)));
        of.map(|c| c.last.0).max()
    };
    let kind = |at: usize| name_kind(names[at].namespace);
    let good_at = |hub: usize, at: usize| {
        !names[at].lives
            || (0..count).all(|other| {
                let rival = other != at && names[other].lives && kind(other) == kind(at);
                let told = last(hub, other).filter(|_| rival);
                told.is_none_or(|told| told < last(hub, at).unwrap().saturating_sub(window))
            })
    };
    let tied = |a, b| a == b || last(a, b).is_some() && good_at(a, b) && good_at(b, a);
    let row = |a| (0..count).map(|b| tied(a, b)).collect();
    let mut linked: Vec<Vec<bool>> = (0..count).map(row).collect();
    for via in 0..count {
        for a in 0..count {
            for b in 0..count {
                linked[a][b] |= linked[a][via] && linked[via][b];
            }
        }
    }
    let sound = |at: usize| {
        let group: Vec<usize> = (0..count).filter(|&b| linked[at][b]).collect();
        [NameKind::Logical, NameKind::Storage]
            .iter()
            .all(|&wanted| {
                let living: Vec<usize> = group
                    .iter()
                    .copied()
                    .filter(|&b| names[b].lives && kind(b) == wanted)
                    .collect();
                living.len() < 2 || living.len() == 2 && last(living[0], living[1]).is_some()
            })
    };
    (0..count)
        .map(|at| {
            if !sound(at) {
                return at;
            }
            let group = (0..count).filter(|&b| linked[at][b]);
            let rank = |&b: &usize| {
                let name = names[b];
                (!name.lives, kind(b), name.namespace, name.name)
            };
            group.min_by_key(rank).unwrap()
        })
        .collect()
}

const POOL: [(&str, &str); 8] = [
    ("s3://l", "a"),
    ("hive://m", "a"),
    ("s3://l", "b"),
    ("hive://m", "b"),
    ("file", "/a"),
    ("kafka://k", "a"),
    ("file:/w", "a"),
    ("hive://m", "c"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// In any order of names and claims, the same as the rules say one by one.
    #[test]
    fn same_as_the_rules_one_by_one(
        lives in prop::collection::vec(any::<bool>(), 8),
        written in prop::collection::vec(prop::option::of(0_i64..90), 8),
        renames in prop::collection::vec((0_usize..8, 0_usize..8, 0_i64..90), 0..4),
        claims in prop::collection::vec((0_usize..8, 0_usize..8, 0_i64..90), 0..9),
        order in Just((0_usize..8).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let name = |at: usize| Name { namespace: POOL[at].0, name: POOL[at].1, lives: lives[at], written: written[at].map(|day| EventTime(day * DAY)) };
        let names: Vec<_> = (0..8).map(name).collect();
        let claim = |&(from, to, day)| Claim { from, to, last: EventTime(day * DAY), rename: false };
        let told: Vec<Claim> = claims.iter().map(claim).collect();
        let found = resolve(&names, &told, WINDOW);
        prop_assert_eq!(&found.canonical, &reference(&names, &told, WINDOW));
        // With renames: the newest names, then the same rules.
        let renamed = renames.iter().map(|told| Claim { rename: true, ..claim(told) });
        let told: Vec<Claim> = told.into_iter().chain(renamed).collect();
        let found = resolve(&names, &told, WINDOW);
        for &(old, new) in &found.renamed {
            prop_assert_eq!(found.canonical[old], found.canonical[new]);
        }
        // The same under other numbers, told the other way round.
        let shuffled: Vec<_> = order.iter().map(|&at| name(at)).collect();
        let place = |at: usize| order.iter().position(|&held| held == at).unwrap();
        let told: Vec<Claim> = told.iter().rev()
            .map(|c| Claim { from: place(c.from), to: place(c.to), ..*c })
            .collect();
        let again = resolve(&shuffled, &told, WINDOW);
        for at in 0..8 {
            prop_assert_eq!(order[again.canonical[place(at)]], found.canonical[at]);
        }
        prop_assert_eq!(again.is_contested(), found.is_contested());
        prop_assert_eq!(again.tangled.len(), found.tangled.len());
        prop_assert_eq!(again.conflicts.len(), found.conflicts.len());
    }
}

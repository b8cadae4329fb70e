//! What is kept, what goes, and what a damaged file does.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::{CheckLimits, Checks, Context, Draft, FORMAT};
use crate::impact::report::Report;
use crate::impact::{ChangeSet, CheckPolicy, Observed, assess};

fn time(n: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_760_000_000_000 + n).unwrap()
}

fn report() -> Report {
    let set = ChangeSet {
        source: "file".to_owned(),
        ..ChangeSet::default()
    };
    assess(
        &set,
        &Observed::default(),
        &CheckPolicy::default(),
        "2026-01-31",
    )
}

fn draft(n: i64) -> Draft {
    Draft {
        headwater_stored_check: FORMAT,
        checked_at: time(n),
        context: Context {
            title: Some(format!("change {n}")),
            ..Context::default()
        },
        exit: 0,
        report: report(),
    }
}

fn open(dir: &Path, limits: CheckLimits) -> (Checks, Vec<String>) {
    let mut told = Vec::new();
    let checks = Checks::open(dir.join("checks"), limits, &mut told).unwrap();
    (checks, told)
}

#[test]
fn a_file_of_the_first_version_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let sample = "bd46d91688c7eb732764075e.check";
    let of = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/checks/1");
    std::fs::create_dir(dir.path().join("checks")).unwrap();
    std::fs::copy(of.join(sample), dir.path().join("checks").join(sample)).unwrap();
    let (checks, told) = open(dir.path(), CheckLimits::default());
    assert_eq!(told, Vec::<String>::new());
    let head = checks.page(None, 1).heads.remove(0);
    assert_eq!(head.context, draft(1).context);
    assert_eq!(checks.report(&head.id).unwrap(), Some(report()));
}

fn titles(checks: &Checks) -> Vec<String> {
    let heads = checks.page(None, 100).heads.into_iter();
    heads.filter_map(|head| head.context.title).collect()
}

#[test]
fn a_check_is_there_after_a_restart_and_once_though_sent_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (checks, _) = open(dir.path(), CheckLimits::default());
    let first = checks.put(&draft(1), time(10)).unwrap();
    assert!(first.new);
    let again = checks.put(&draft(1), time(20)).unwrap();
    assert!(!again.new);
    assert_eq!(first.head, again.head);
    assert_eq!(first.head.id, draft(1).id());
    assert_ne!(first.head.id, draft(2).id());

    drop(checks);
    let (checks, told) = open(dir.path(), CheckLimits::default());
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(checks.head(&first.head.id), Some(first.head.clone()));
    assert_eq!(checks.report(&first.head.id).unwrap(), Some(report()));
    assert_eq!(checks.report("../log/0").unwrap(), None);
}

#[test]
fn the_id_of_a_check_does_not_change_with_versions() {
    // Links are in comments of pull requests: what was sent once has this id for good. A new member
    // of the report is left out of the JSON where it has nothing to say.
    assert_eq!(draft(1).id(), "bd46d91688c7eb732764075e");
}

#[test]
fn pages_go_from_the_newest_though_the_clock_goes_back_and_checks_go() {
    let dir = tempfile::tempdir().unwrap();
    let (checks, _) = open(
        dir.path(),
        CheckLimits {
            keep: 3,
            ..CheckLimits::default()
        },
    );
    for n in 1..=3 {
        checks.put(&draft(n), time(100 - n)).unwrap();
    }
    assert_eq!(titles(&checks), ["change 3", "change 2", "change 1"]);
    let page = checks.page(None, 2);
    assert!(page.more && page.total == 3);
    let cursor = page.heads[1].cursor();
    let put = checks.put(&draft(4), time(500)).unwrap();
    assert_eq!(put.dropped, 1);
    checks.put(&draft(5), time(500)).unwrap();
    assert_eq!(titles(&checks), ["change 5", "change 4", "change 3"]);
    // The check of the cursor is gone, and so is all behind it.
    let rest = checks.page(Some(cursor.to_string().parse().unwrap()), 2);
    assert!(rest.heads.is_empty() && !rest.more);
    assert_eq!(
        std::fs::read_dir(dir.path().join("checks"))
            .unwrap()
            .count(),
        3
    );
}

#[test]
fn bytes_are_bounded_but_the_newest_stays() {
    let dir = tempfile::tempdir().unwrap();
    let limits = CheckLimits {
        total_bytes: 1,
        ..CheckLimits::default()
    };
    let (checks, _) = open(dir.path(), limits);
    checks.put(&draft(1), time(1)).unwrap();
    assert_eq!(checks.put(&draft(2), time(2)).unwrap().dropped, 1);
    assert_eq!(titles(&checks), ["change 2"]);
}

#[test]
fn lower_limits_and_damage_are_told_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (checks, _) = open(dir.path(), CheckLimits::default());
    let ids: Vec<String> = (1..=4)
        .map(|n| checks.put(&draft(n), time(n)).unwrap().head.id)
        .collect();
    drop(checks);
    let file = |id: &str| dir.path().join("checks").join(format!("{id}.check"));
    let whole = std::fs::read(file(&ids[3])).unwrap();
    std::fs::write(file(&ids[3]), &whole[..20]).unwrap();
    std::fs::write(dir.path().join("checks/x.unfinished"), "half").unwrap();
    let (checks, told) = open(
        dir.path(),
        CheckLimits {
            keep: 2,
            ..CheckLimits::default()
        },
    );
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains(&ids[3]) && told[0].contains("--store"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("1 stored checks were deleted"),
        "{told:?}"
    );
    assert_eq!(titles(&checks), ["change 3", "change 2"]);
    assert!(!dir.path().join("checks/x.unfinished").exists());

    // A report that rotted is told as such, and never shown.
    let mut bytes = std::fs::read(file(&ids[2])).unwrap();
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    std::fs::write(file(&ids[2]), bytes).unwrap();
    assert!(
        checks
            .report(&ids[2])
            .unwrap_err()
            .to_string()
            .contains("cannot be read")
    );
}

#[test]
fn what_is_no_check_is_refused_with_the_reason() {
    let sent = |change: fn(&mut serde_json::Value)| {
        let mut value = serde_json::to_value(draft(1)).unwrap();
        change(&mut value);
        match Draft::read(value.to_string().as_bytes()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(sent(|_| ()), "");
    for (text, part) in [
        (
            sent(|v| v["headwaterStoredCheck"] = 2.into()),
            "headwaterStoredCheck is 2",
        ),
        (
            sent(|v| v["report"]["headwaterCheck"] = 9.into()),
            "report.headwaterCheck is 9",
        ),
        (
            sent(|v| v["report"] = "all well".into()),
            "no check to be stored",
        ),
        (sent(|v| v["exit"] = 3.into()), "exit: 3 is not"),
        (sent(|v| v["url"] = "javascript:alert(1)".into()), "url: "),
        (
            sent(|v| v["title"] = "x".repeat(301).into()),
            "title: it has more than 300",
        ),
        (
            sent(|v| v["branch"] = "a\u{7}b".into()),
            "branch: it has control",
        ),
    ] {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
    let long = Context {
        title: Some("é\n".repeat(400)),
        url: Some(" ".into()),
        ..Context::default()
    };
    let fitted = long.fitted();
    assert_eq!(fitted.title.unwrap().chars().count(), 300);
    assert_eq!(fitted.url, None);
}

//! The rules of docs/CHECK.md, one by one.

use super::build::*;
use crate::impact::{
    Action, CheckPolicy, Class, Consumer, Flow, Job, Kind, Looks, Rule, Waiver, Word, assess,
};

fn shop() -> crate::impact::Observed {
    graph(
        &["raw: id email", "stg: id mail", "mart: n", "export"],
        vec![
            (
                "load",
                &["raw"],
                &["stg"],
                &["raw.id > stg.id", "raw.email > stg.mail"],
            ),
            ("build", &["stg"], &["mart"], &["stg.id > mart.n"]),
            ("dump", &["stg"], &["export"], &[]),
            ("dashboard", &["mart"], &[], &[]),
        ],
    )
}

#[test]
fn a_removed_column_breaks_what_reads_it_and_may_break_what_tells_no_columns() {
    let report = judge(&set(vec![removed("raw", "email")]), &shop());
    assert_eq!(
        affected(&report),
        [
            "breaking load",
            "breaking stg.mail",
            "possibly_breaking dump",
            "possibly_breaking export"
        ]
    );
    let finding = &report.findings[0];
    assert_eq!(
        (finding.class, report.verdict),
        (Class::Breaking, Action::Fail)
    );
    assert!(finding.fix.as_ref().unwrap().contains("keep email"));
    let mail = finding
        .affected
        .iter()
        .find(|one| one.column.is_some())
        .unwrap();
    let way: Vec<String> = mail
        .path
        .iter()
        .map(crate::impact::report::Step::shown)
        .collect();
    assert_eq!(way, ["raw.email", "stg.mail"]);
    assert_eq!(mail.path[1].by.as_deref(), Some("load"));
    assert_eq!(mail.path[1].evidence.as_ref().unwrap().runs, 3);
}

#[test]
fn what_is_added_flags_nothing() {
    let changes = vec![
        change("raw", Kind::ColumnAdded("new".into())),
        change("other", Kind::DatasetAdded),
    ];
    let report = judge(&set(changes), &shop());
    assert_eq!((affected(&report).len(), report.verdict), (0, Action::Pass));
}

#[test]
fn a_column_without_readers_is_safe_to_remove_where_its_dataset_is_observed() {
    let mut estate = shop();
    estate.flows.retain(|flow| flow.columns_told);
    let report = judge(&set(vec![removed("stg", "mail")]), &estate);
    assert_eq!(report.findings[0].class, Class::Safe);
    assert_eq!(report.verdict, Action::Pass);
}

#[test]
fn what_is_not_observed_is_unknown_and_never_passes() {
    for (dataset, column, why) in [
        ("nowhere", "x", "is not in the observed graph"),
        ("mart", "misspelt", "no event names a column misspelt"),
    ] {
        let mut estate = shop();
        estate.flows.retain(|flow| flow.columns_told);
        let report = judge(&set(vec![removed(dataset, column)]), &estate);
        let finding = &report.findings[0];
        assert_eq!(finding.class, Class::Unknown, "{dataset}");
        assert!(finding.reason.contains(why), "{}", finding.reason);
        assert_eq!(report.verdict, Action::CannotTell);
    }
    let mut estate = shop();
    estate.flows.retain(|flow| flow.columns_told);
    estate.sql_waiting = 2;
    let report = judge(&set(vec![removed("stg", "mail")]), &estate);
    assert_eq!(
        report.verdict,
        Action::CannotTell,
        "SQL that was not read yet"
    );
}

#[test]
fn contracts_that_are_behind_are_told() {
    let added = || set(vec![change("stg", Kind::ColumnAdded("new".into()))]);
    let mut estate = shop();
    assert!(judge(&added(), &estate).notes.is_empty());
    estate.contracts_seq = Some(7);
    let report = judge(&added(), &estate);
    assert_eq!(report.verdict, Action::Pass);
    assert!(
        report.notes[0].message.contains("event 7"),
        "{:?}",
        report.notes
    );
    // They have seen nothing: it cannot be told who reads what.
    estate.contracts_seq = Some(0);
    assert_eq!(judge(&added(), &estate).verdict, Action::CannotTell);
}

#[test]
fn a_rename_whose_readers_are_changed_along_is_no_break() {
    let estate = graph(
        &["a: x", "b: y"],
        vec![("dbt", &["a"], &["b"], &["a.x > b.y"])],
    );
    let renamed = change("a", Kind::ColumnRenamed("x".into(), "z".into()));
    let alone = judge(&set(vec![renamed.clone()]), &estate);
    assert_eq!(alone.verdict, Action::Fail);

    let mut along = set(vec![renamed.clone()]);
    along.adapted = vec![name("dbt")];
    let report = judge(&along, &estate);
    assert_eq!(
        (report.verdict, report.findings[0].class),
        (Action::Pass, Class::Safe)
    );
    assert_eq!(report.findings[0].changed_along.len(), 2);

    // By the code of the reader: the observed edge is dbt's, and its model reads the new name.
    let mut estate = estate;
    estate.flows[0].evidence.producer = "https://example.org/integration/dbt".to_owned();
    let mut code = set(vec![renamed]);
    code.code.models = vec![model("b", &["y"], Some(&["a.x > y"]), Some(&["a.z > y"]))];
    let report = judge(&code, &estate);
    assert_eq!(report.verdict, Action::Pass, "{:?}", affected(&report));

    // A reader that goes on reading the old name breaks.
    code.code.models = vec![model("b", &["y"], Some(&["a.x > y"]), Some(&["a.x > y"]))];
    assert_eq!(
        affected(&judge(&code, &estate)),
        ["breaking b.y", "breaking model.b"]
    );
}

#[test]
fn another_tool_that_writes_a_model_still_counts() {
    let mut estate = graph(
        &["a: x", "b: y"],
        vec![
            ("dbt", &["a"], &["b"], &["a.x > b.y"]),
            ("backfill", &["a"], &["b"], &["a.x > b.y"]),
        ],
    );
    estate.flows[0].evidence.producer = "https://example.org/integration/dbt".to_owned();
    let mut set = set(vec![removed("a", "x")]);
    set.code.models = vec![model("b", &["y"], Some(&["a.x > y"]), Some(&[]))];
    assert_eq!(
        affected(&judge(&set, &estate)),
        ["breaking b.y", "breaking backfill"]
    );
}

#[test]
fn code_that_cannot_be_read_is_unknown() {
    let estate = graph(&["a: x", "b: y"], vec![]);
    let mut set = set(vec![removed("a", "x")]);
    let mut reader = model("b", &["y"], Some(&["a.x > y"]), Some(&["a.w > y"]));
    reader
        .head
        .as_mut()
        .unwrap()
        .gaps
        .push("pipe syntax".into());
    set.code.models = vec![reader];
    let report = judge(&set, &estate);
    assert_eq!(report.findings[0].class, Class::Unknown);
    assert_eq!(report.verdict, Action::CannotTell);
}

#[test]
fn a_wider_type_changes_values_and_another_one_breaks() {
    let estate = graph(
        &["a: x", "b: y"],
        vec![("j", &["a"], &["b"], &["a.x > b.y"])],
    );
    let retyped = |from: &str, to: &str| {
        let widens = crate::impact::widens(from, to);
        let kind = Kind::ColumnRetyped("x".into(), Some(from.into()), Some(to.into()), widens);
        judge(&set(vec![change("a", kind)]), &estate).findings[0].class
    };
    assert_eq!(retyped("int", "bigint"), Class::ValueChange);
    assert_eq!(retyped("bigint", "int"), Class::Breaking);
    assert_eq!(retyped("text", "timestamp"), Class::Breaking);
}

#[test]
fn a_model_that_was_built_with_a_new_type_can_take_it() {
    let estate = graph(
        &["a: x", "b: y", "c: z"],
        vec![("out", &["b"], &["c"], &["b.y > c.z"])],
    );
    let kind = Kind::ColumnRetyped("x".into(), Some("text".into()), Some("date".into()), false);
    let mut set = set(vec![change("a", kind)]);
    let mut reader = model("b", &["y"], Some(&["a.x > y"]), Some(&["a.x > y"]));
    reader.built = true;
    set.code.models = vec![reader];
    assert_eq!(
        affected(&judge(&set, &estate)),
        [
            "value_change b.y",
            "value_change c.z",
            "value_change model.b",
            "value_change out"
        ]
    );
}

#[test]
fn a_predicate_changes_every_column() {
    let estate = graph(
        &["a: x w", "b: y v"],
        vec![("j", &["a"], &["b"], &["a.x > b.y", "a.w > b.v"])],
    );
    let report = judge(&set(vec![change("a", Kind::RowsChanged)]), &estate);
    assert_eq!(
        affected(&report),
        ["value_change b.v", "value_change b.y", "value_change j"]
    );
    assert_eq!(report.verdict, Action::Warn);
    let one = judge(
        &set(vec![change("a", Kind::ColumnRederived("x".into()))]),
        &estate,
    );
    assert_eq!(affected(&one), ["value_change b.y", "value_change j"]);
}

#[test]
fn a_column_that_decides_about_rows_takes_all_columns_with_it() {
    let estate = graph(
        &["a: x", "b: y v"],
        vec![("j", &["a"], &["b"], &["a.x > b"])],
    );
    let report = judge(&set(vec![removed("a", "x")]), &estate);
    assert_eq!(
        affected(&report),
        ["breaking b.v", "breaking b.y", "breaking j"]
    );
}

#[test]
fn a_removed_dataset_breaks_each_reader() {
    let report = judge(&set(vec![change("stg", Kind::DatasetRemoved)]), &shop());
    let broken = affected(&report);
    for one in [
        "breaking build",
        "breaking mart.n",
        "breaking dump",
        "breaking export",
    ] {
        assert!(broken.contains(&one.to_owned()), "{one}: {broken:?}");
    }
    let renamed = judge(
        &set(vec![change("stg", Kind::DatasetRenamed("s".into()))]),
        &shop(),
    );
    assert_eq!(affected(&renamed), broken);
}

#[test]
fn order_is_a_hazard_for_who_tells_no_columns() {
    let report = judge(&set(vec![change("stg", Kind::ColumnsReordered)]), &shop());
    assert_eq!(
        affected(&report),
        ["possibly_breaking dump", "possibly_breaking export"]
    );
    let told = judge(&set(vec![change("raw", Kind::ColumnsReordered)]), &shop());
    assert_eq!(told.findings[0].class, Class::Safe);
}

#[test]
fn a_required_column_may_break_who_writes_it() {
    let required = change("stg", Kind::ColumnRequired("id".into()));
    assert_eq!(
        affected(&judge(&set(vec![required]), &shop())),
        ["possibly_breaking load"]
    );
    let nullable = change("raw", Kind::ColumnNullable("id".into()));
    let report = judge(&set(vec![nullable]), &shop());
    assert_eq!(report.findings[0].class, Class::ValueChange);
}

#[test]
fn a_removed_job_starves_what_it_wrote() {
    let report = judge(&set(vec![change("load", Kind::JobRemoved)]), &shop());
    let broken = affected(&report);
    assert!(broken.contains(&"breaking stg".to_owned()), "{broken:?}");
    assert!(broken.contains(&"breaking mart.n".to_owned()), "{broken:?}");
    let unknown = judge(&set(vec![change("lode", Kind::JobRemoved)]), &shop());
    assert_eq!(unknown.verdict, Action::CannotTell);
}

#[test]
fn a_promise_breaks_without_a_reader() {
    let mut estate = shop();
    estate.flows.retain(|flow| flow.columns_told);
    let mut change = removed("stg", "mail");
    change.promised = Some("dbt enforces a contract on it".into());
    let report = judge(&set(vec![change]), &estate);
    assert_eq!(
        (report.findings[0].class, report.verdict),
        (Class::Breaking, Action::Fail)
    );
}

#[test]
fn a_declared_consumer_may_break_and_one_that_is_changed_along_does_not() {
    let mut set = set(vec![removed("stg", "mail")]);
    let looks = Looks {
        datasets: vec![name("stg")],
        columns: None,
    };
    set.code.consumers = vec![Consumer {
        name: name("weekly"),
        known_as: Some(name("exposure.shop.weekly")),
        kind: "dashboard".into(),
        place: None,
        owners: vec!["Ann".into()],
        base: Some(looks.clone()),
        head: Some(looks.clone()),
        test: false,
    }];
    let mut estate = shop();
    estate.flows.retain(|flow| flow.columns_told);
    // The server has seen it too, under the name that dbt told: what the code says of it counts.
    let stg = estate
        .datasets
        .iter()
        .position(|held| held.name == name("stg"));
    estate.flows.push(Flow {
        job: Some(u32::try_from(estate.jobs.len()).unwrap()),
        inputs: vec![u32::try_from(stg.unwrap()).unwrap()],
        told: true,
        ..Flow::default()
    });
    estate.jobs.push(Job {
        name: name("exposure.shop.weekly"),
        consumer: Some("dashboard".into()),
        ..Job::default()
    });
    let report = judge(&set, &estate);
    assert_eq!(affected(&report), ["possibly_breaking weekly"]);
    assert_eq!(report.findings[0].affected[0].owners, ["Ann"]);
    assert_eq!(report.summary.consumers, 1);
    set.code.consumers[0].head = None;
    assert_eq!(judge(&set, &estate).findings[0].class, Class::Safe);
}

#[test]
fn a_reader_that_tells_its_columns_breaks_with_one_of_them_alone_and_a_test_minds_no_values() {
    let mut set = set(vec![removed("stg", "mail")]);
    let of = |column: &str| {
        Some(Looks {
            datasets: vec![name("stg")],
            columns: Some(vec![(0, column.to_owned())]),
        })
    };
    let reader = |column: &str, test: bool| Consumer {
        name: name("reader"),
        known_as: None,
        kind: "metric".into(),
        place: None,
        owners: Vec::new(),
        base: of(column),
        head: of(column),
        test,
    };
    let mut estate = shop();
    estate.flows.retain(|flow| flow.columns_told);
    for (column, test, class) in [
        ("mail", false, Class::Breaking),
        ("mail", true, Class::Breaking),
        ("id", false, Class::Safe),
        ("id", true, Class::Safe),
    ] {
        set.code.consumers = vec![reader(column, test)];
        let report = judge(&set, &estate);
        assert_eq!(report.findings[0].class, class, "{column} {test}");
        let (jobs, consumers) = (report.summary.jobs, report.summary.consumers);
        let breaks = usize::from(class == Class::Breaking);
        let counted = if test { (breaks, 0) } else { (0, breaks) };
        assert_eq!((jobs, consumers), counted, "{column} {test}");
    }
    set.changes[0].kind = Kind::ColumnRetyped("mail".into(), None, None, false);
    for (test, class) in [(false, Class::Breaking), (true, Class::PossiblyBreaking)] {
        set.code.consumers = vec![reader("mail", test)];
        assert_eq!(judge(&set, &estate).findings[0].class, class, "{test}");
    }
    // Another value: the metric has another one too, the test goes on testing.
    set.changes[0].kind = Kind::ColumnRederived("mail".into());
    for (test, count) in [(false, 1), (true, 0)] {
        set.code.consumers = vec![reader("mail", test)];
        assert_eq!(judge(&set, &estate).findings[0].affected_total, count);
    }
}

#[test]
fn rules_of_the_policy_and_waivers() {
    let changes = set(vec![removed("raw", "email")]);
    let mut policy = CheckPolicy::default();
    policy.rules.push(Rule {
        class: vec![Class::Breaking, Class::PossiblyBreaking],
        change: vec![Word::ColumnRemoved],
        layer: Vec::new(),
        consumer: Some(false),
        contracted: None,
        then: Action::Warn,
    });
    let report = assess(&changes, &shop(), &policy, TODAY);
    assert_eq!(report.verdict, Action::Warn);

    let mut policy = CheckPolicy::default();
    policy.waivers.push(Waiver {
        of: "ra*".into(),
        column: Some("email".into()),
        change: Vec::new(),
        owner: "Ann".into(),
        reason: "moved".into(),
        until: TODAY.into(),
    });
    let report = assess(&changes, &shop(), &policy, TODAY);
    assert_eq!((report.verdict, report.summary.waived), (Action::Pass, 1));
    let later = assess(&changes, &shop(), &policy, "2026-02-02");
    assert_eq!(later.verdict, Action::Fail);
    assert!(later.notes.iter().any(|note| note.code == "WAIVER_ENDED"));
}

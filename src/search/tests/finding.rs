//! Table-driven: documents, a query, the hits in order.

use super::*;

#[test]
fn exact_names_come_first_then_words_beginnings_inner_parts_and_typos() {
    check(
        &[
            "db.orders",
            "db.stg_orders",
            "db.orders_daily",
            "db.ordersheet",
            "db.xorders",
            "db.orderz",
            "db.payments",
        ],
        "orders",
        &[
            "db.orders",
            "db.stg_orders",
            "db.orders_daily",
            "db.ordersheet",
            "db.xorders",
            "db.orderz",
        ],
    );
}

#[test]
fn full_names_match_whatever_the_case_quotes_and_separators() {
    let docs = ["ANALYTICS.MARTS.ORDERS", "raw.orders", "marts.analytics"];
    for text in [
        "ANALYTICS.MARTS.ORDERS",
        "analytics.marts.orders",
        "\"Analytics\".\"Marts\".\"Orders\"",
        "analytics/marts/orders",
    ] {
        check(&docs, text, &["ANALYTICS.MARTS.ORDERS"]);
    }
    check(&docs, "orders", &["raw.orders", "ANALYTICS.MARTS.ORDERS"]);
}

#[test]
fn a_shorter_full_name_beats_a_longer_one_of_the_same_end() {
    check(
        &["a.marts.orders", "marts.orders"],
        "marts.orders",
        &["marts.orders", "a.marts.orders"],
    );
}

#[test]
fn equal_matches_are_datasets_then_columns_then_jobs() {
    check(
        &["@orders", "t#orders", "a.orders"],
        "orders",
        &["a.orders", "t#orders", "@orders"],
    );
}

#[test]
fn the_last_word_is_a_beginning_earlier_ones_are_not() {
    let docs = ["stg_orders", "st_orders"];
    check(&docs, "stg ord", &["stg_orders"]);
    check(&docs, "st ord", &["st_orders"]);
    check(&docs, "o", &["st_orders", "stg_orders"]);
}

#[test]
fn inner_parts_are_found_across_separators_too() {
    check(&["stg_orders", "rd_er"], "rder", &["rd_er", "stg_orders"]);
    check(&["stg_orders"], "gorder", &["stg_orders"]);
    check(
        &["db.order", "dborder.x"],
        "border",
        &["dborder.x", "db.order"],
    );
    // Pieces of three that do not stand together are not a match.
    check(&["abcd_bcx", "xabcdx"], "abcdx", &["xabcdx", "abcd_bcx"]);
    check(&["abcq_bcdq"], "xabcd", &[]);
}

#[test]
fn names_are_cut_at_case_and_digits() {
    let docs = ["orderItems", "order_lines", "HTTPServerLog", "orders2024"];
    check(&docs, "items", &["orderItems"]);
    check(&docs, "order items", &["orderItems"]);
    check(&docs, "orderitems", &["orderItems"]);
    check(&docs, "server", &["HTTPServerLog"]);
    check(&docs, "2024", &["orders2024"]);
    check(&["items_of_order"], "OrderItems", &["items_of_order"]);
    check(
        &["path/to-the/data.file"],
        "the data",
        &["path/to-the/data.file"],
    );
}

#[test]
fn typing_errors_are_forgiven_by_length() {
    let docs = ["customer_history", "orders", "abc"];
    check(&docs, "ordesr", &["orders"]);
    check(&docs, "oders", &["orders"]);
    check(&docs, "odresx", &[]);
    check(&docs, "custmoer histry", &["customer_history"]);
    check(&docs, "cxstxmer", &["customer_history"]);
    check(&docs, "custme", &["customer_history"]);
    check(&docs, "abd", &[]);
}

#[test]
fn all_words_must_match_else_some_do_and_the_page_says_so() {
    let docs = ["orders_daily", "orders_monthly", "payments"].map(doc);
    let index = index_of(&docs);
    let page = |text: &str| index.search(text, &SearchFilter::default(), 10, 0).unwrap();
    let strict = page("monthly orders");
    assert!(!strict.relaxed);
    assert_eq!(strict.hits.len(), 1);
    let relaxed = page("orders zzzz monthly");
    assert!(relaxed.relaxed);
    let names: Vec<_> = relaxed.hits.iter().map(written).collect();
    assert_eq!(names, ["orders_monthly", "orders_daily"]);
    let none = page("zzzz");
    assert!(!none.relaxed && none.total == 0 && none.hits.is_empty());
}

#[test]
fn columns_are_found_by_table_and_column() {
    let docs = [
        "db.orders",
        "db.orders#amount",
        "db.orders#id",
        "db.refunds#amount",
        "db.amount_orders",
        "db.orders#address.city",
    ];
    check(
        &docs,
        "orders.amount",
        &["db.orders#amount", "db.amount_orders"],
    );
    check(&docs, "db.orders.id", &["db.orders#id"]);
    check(&docs, "orders.address.city", &["db.orders#address.city"]);
    check(
        &docs,
        "orders am",
        &["db.amount_orders", "db.orders#amount"],
    );
    check(
        &docs,
        "orders.am",
        &["db.orders#amount", "db.amount_orders"],
    );
    check(
        &docs,
        "amount",
        &["db.orders#amount", "db.refunds#amount", "db.amount_orders"],
    );
    // A dataset's name alone does not list its columns, a dot after it does.
    check(&docs, "orders", &["db.orders", "db.amount_orders"]);
    check(
        &docs,
        "orders.",
        &[
            "db.orders",
            "db.amount_orders",
            "db.orders#id",
            "db.orders#amount",
            "db.orders#address.city",
        ],
    );
}

#[test]
fn where_a_thing_lives_counts_only_beside_its_own_name() {
    let mut far = dataset("orders");
    far.namespace = "snowflake://acme".to_owned();
    let docs = [far, dataset("orders"), dataset("payments")];
    let index = index_of(&docs);
    let page = index
        .search("acme orders", &SearchFilter::default(), 10, 0)
        .unwrap();
    assert_eq!((page.total, page.relaxed), (1, false));
    assert_eq!(page.hits[0].namespace, "snowflake://acme");
    let page = index
        .search("snowfl", &SearchFilter::default(), 10, 0)
        .unwrap();
    assert_eq!((page.total, page.relaxed), (1, true));
}

#[test]
fn descriptions_are_searched_after_names() {
    let mut told = dataset("a_first");
    told.description = Some("Refunds of the shop, by day".to_owned());
    let index = index_of(&[told, dataset("refunds"), dataset("other")]);
    let all = SearchFilter::default();
    assert_eq!(find(&index, "refunds", &all), ["refunds", "a_first"]);
    assert_eq!(find(&index, "shop refu", &all), ["a_first"]);
    let page = index.search("shop", &all, 10, 0).unwrap();
    let mark = &page.hits[0].matches[0];
    assert_eq!(mark.field, HighlightField::Description);
    assert_eq!(mark.ranges, [(15, 19)]);
}

#[test]
fn names_of_any_script_are_found() {
    let docs = [
        "🚀_launch",
        "注文明細",
        "Größe",
        "db.«Ventes»",
        "naïve cafe\u{301}",
    ];
    check(&docs, "🚀", &["🚀_launch"]);
    check(&docs, "注文", &["注文明細"]);
    check(&docs, "文明細", &["注文明細"]);
    check(&docs, "grosse", &["Größe"]);
    check(&docs, "GRÖẞE", &["Größe"]);
    check(&docs, "ventes", &["db.«Ventes»"]);
    check(&docs, "naive café", &["naïve cafe\u{301}"]);
}

#[test]
fn an_empty_text_lists_by_name() {
    // Without case first; at the same name datasets before jobs.
    check(
        &["b", "A", "c#z", "@a", "a"],
        "  ",
        &["a", "@a", "A", "b", "c#z"],
    );
}

#[test]
fn filters_are_exact_or_within_and_between() {
    let with = |name: &str, layer: &str, tags: &[&str], owner: &str| SearchDoc {
        layer: Some(layer.to_owned()),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        owners: vec![owner.to_owned()],
        ..doc(name)
    };
    let docs = [
        with("orders_a", "mart", &["pii", "money"], "ann"),
        with("orders_b", "raw", &["pii"], "bob"),
        with("orders_c", "mart", &["PII"], "ann"),
        with("@orders_d", "mart", &[], "ann"),
        doc("orders_e"),
    ];
    let index = index_of(&docs);
    let list = |values: &[&str]| values.iter().map(|&v| v.to_owned()).collect::<Vec<_>>();
    let none = SearchFilter::default;
    let marts = SearchFilter {
        layers: list(&["mart"]),
        ..none()
    };
    assert_eq!(
        find(&index, "orders", &marts),
        ["orders_a", "orders_c", "@orders_d"]
    );
    assert_eq!(
        find(&index, "", &marts),
        ["orders_a", "orders_c", "@orders_d"]
    );
    let either = SearchFilter {
        tags: list(&["pii", "PII"]),
        ..none()
    };
    assert_eq!(
        find(&index, "", &either),
        ["orders_a", "orders_b", "orders_c"]
    );
    let both = SearchFilter {
        tags: list(&["pii"]),
        owners: list(&["ann"]),
        ..none()
    };
    assert_eq!(find(&index, "orders", &both), ["orders_a"]);
    let jobs = SearchFilter {
        kinds: vec![SearchKind::Job],
        ..none()
    };
    assert_eq!(find(&index, "", &jobs), ["@orders_d"]);
    let elsewhere = SearchFilter {
        namespaces: list(&["ns2", "n"]),
        ..none()
    };
    assert!(find(&index, "orders", &elsewhere).is_empty());
    // A layer is not a tag of the same name.
    let mixed = SearchFilter {
        tags: list(&["mart"]),
        ..none()
    };
    assert!(find(&index, "", &mixed).is_empty());
}

#[test]
fn the_empty_layer_is_what_is_in_none() {
    let mut mart = dataset("orders");
    mart.layer = Some("mart".into());
    let mut amount = column("orders", "amount");
    amount.layer = Some("mart".into());
    let docs = [
        mart,
        amount,
        dataset("loose"),
        column("loose", "id"),
        job("load"),
    ];
    let index = index_of(&docs);
    let layers = |names: &[&str]| SearchFilter {
        layers: names.iter().map(|name| (*name).to_owned()).collect(),
        ..SearchFilter::default()
    };
    let sorted = |filter: &SearchFilter| {
        let mut found = find(&index, "", filter);
        found.sort();
        found
    };
    assert_eq!(sorted(&layers(&[""])).len(), 2);
    assert_eq!(sorted(&layers(&["", "mart"])).len(), 4);
    assert_eq!(find(&index, "loose", &layers(&["mart"])).len(), 0);
}

#[test]
fn counts_are_those_of_the_result() {
    let mut money = dataset("orders");
    money.tags = vec!["money".into(), "pii".into(), "pii".into()];
    money.layer = Some("mart".into());
    money.owners = vec!["ann".into()];
    let mut other = dataset("orders_b");
    other.tags = vec!["pii".into()];
    other.namespace = "ns2".into();
    let index = index_of(&[money, other, job("orders_job"), dataset("payments")]);
    let all = SearchFilter::default();
    let counts = index.counts("orders", &all).unwrap();
    assert_eq!(counts.total, 3);
    assert_eq!(
        counts.kinds,
        [(SearchKind::Dataset, 2), (SearchKind::Job, 1)]
    );
    assert_eq!(
        counts.namespaces,
        [("ns".to_owned(), 2), ("ns2".to_owned(), 1)]
    );
    assert_eq!(
        counts.tags,
        [("pii".to_owned(), 2), ("money".to_owned(), 1)]
    );
    assert_eq!(
        counts.layers,
        [(String::new(), 1), ("mart".to_owned(), 1)],
        "a job has no layer to be without"
    );
    assert_eq!(counts.owners, [("ann".to_owned(), 1)]);
    assert_eq!(index.counts("", &all).unwrap().total, 4);
    let relaxed = index.counts("orders zzzz", &all).unwrap();
    assert_eq!((relaxed.total, relaxed.relaxed), (3, true));
}

#[test]
fn pages_fit_together_over_segments_and_merges() {
    let index = SearchIndex::open(None, 0).unwrap();
    for round in 0..5 {
        for at in 0..20 {
            let mut doc = dataset(&format!("orders_{at:02}"));
            doc.namespace = format!("ns{round}");
            index.upsert(&doc).unwrap();
        }
        index.commit(round + 1).unwrap();
    }
    for text in ["orders", "ordesr", ""] {
        let all = SearchFilter::default();
        let whole = index.search(text, &all, 200, 0).unwrap();
        assert_eq!(whole.total, 100, "{text:?}");
        let mut paged = Vec::new();
        for offset in (0..100).step_by(7) {
            let page = index.search(text, &all, 7, offset).unwrap();
            assert_eq!(page.total, 100);
            paged.extend(page.hits);
        }
        assert_eq!(paged, whole.hits);
    }
}

#[test]
fn too_deep_a_page_is_an_error_that_says_so() {
    let index = index_of(&[dataset("a")]);
    let all = SearchFilter::default();
    assert!(
        index
            .search("", &all, 10, MAX_WINDOW - 10)
            .unwrap()
            .hits
            .is_empty()
    );
    let error = index.search("", &all, usize::MAX, 5).unwrap_err();
    assert!(error.to_string().contains("10000"), "{error}");
}

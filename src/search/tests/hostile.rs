//! Any text is safe to search and to index.

use proptest::prelude::*;

use super::*;

fn numbered_words(count: usize) -> String {
    let words: Vec<String> = (0..count).map(|at| format!("w{at}")).collect();
    words.join(" ")
}

#[test]
fn no_text_is_a_syntax_error() {
    let index = index_of(&[
        dataset("orders"),
        dataset("AND"),
        dataset("a \"quoted\" name"),
        dataset("***"),
        dataset("x\0y"),
        column("t", "select * from x; drop table y"),
    ]);
    let long_word = "x".repeat(10_000);
    let long_text = "orders ".repeat(2_000);
    let long_punctuation = "\"(*".repeat(4_000);
    let many = numbered_words(5_000);
    let hostile = [
        "AND OR NOT",
        "+orders -orders",
        "*",
        "?",
        "orders*",
        "ord~2",
        "\"",
        "\"orders",
        "(((",
        "name:orders",
        "/.*/",
        "[a TO b]",
        "^$",
        ".*",
        "\\",
        "\0",
        "\u{feff}",
        "🚀🚀",
        "a\u{300}\u{300}\u{300}",
        "orders'--",
        "<b>orders</b>",
        "{\"a\":1}",
        "-",
        "...",
        "%",
        &long_word,
        &long_text,
        &long_punctuation,
        &many,
    ];
    for text in hostile {
        let page = index.search(text, &SearchFilter::default(), 10, 0).unwrap();
        assert_eq!(
            index.counts(text, &SearchFilter::default()).unwrap().total,
            page.total
        );
    }
    let all = SearchFilter::default();
    assert_eq!(find(&index, "and", &all)[0], "AND");
    assert_eq!(find(&index, "***", &all), ["***"]);
    assert_eq!(find(&index, "\"quoted\"", &all), ["a \"quoted\" name"]);
    assert_eq!(find(&index, ".*", &all), [""; 0]);
    assert_eq!(
        find(&index, "drop table", &all),
        ["t#select * from x; drop table y"]
    );
}

#[test]
fn words_past_the_limit_are_reported() {
    let index = index_of(&[dataset("orders")]);
    let ignored = |text: &str| {
        let page = index.search(text, &SearchFilter::default(), 1, 0).unwrap();
        page.ignored_terms
    };
    assert_eq!(ignored(&numbered_words(MAX_TERMS)), 0);
    assert_eq!(ignored(&numbered_words(MAX_TERMS + 3)), 3);
    // The same word again costs nothing.
    assert_eq!(ignored(&"orders ".repeat(100)), 0);
}

#[test]
fn huge_names_and_descriptions_are_kept_apart_and_found() {
    let long = |end: &str| format!("{}.{end}", "x".repeat(100_000));
    let mut told = dataset("told");
    told.description = Some(format!("{}é needle", "y".repeat(MAX_DESCRIPTION_BYTES - 1)));
    let index = index_of(&[dataset(&long("a_end")), dataset(&long("b_end")), told]);
    assert_eq!(index.doc_count(), 3);
    let all = SearchFilter::default();
    assert_eq!(find(&index, "a_end", &all), [long("a_end")]);
    assert_eq!(find(&index, &long("b_end"), &all)[0], long("b_end"));
    let page = index.search("told", &all, 1, 0).unwrap();
    let kept = page.hits[0].description.as_ref().unwrap();
    assert_eq!(kept.len(), MAX_DESCRIPTION_BYTES - 1);
    index
        .remove(SearchKind::Dataset, "ns", &long("a_end"), None)
        .unwrap();
    index.commit(2).unwrap();
    assert_eq!(index.doc_count(), 2);
}

/// Names as hostile as they come, mixed with such that words and typos can match.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[a-cA-C_.0-2é🚀ß]{0,16}",
        any::<String>(),
        "(orders|Größe|İstanbul|ﬁx|ǅ|Σς){1,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is indexed is found by its own name, and every highlight lies on character
    /// boundaries, in order, apart from one another.
    #[test]
    fn names_find_themselves_and_highlights_are_sound(
        names in prop::collection::vec((any_text(), any_text()), 1..6),
        typed in prop::collection::vec(any_text(), 0..4),
    ) {
        let index = SearchIndex::open(None, 0).unwrap();
        for (name, description) in &names {
            let mut doc = dataset(name);
            doc.description = Some(description.clone());
            index.upsert(&doc).unwrap();
        }
        index.commit(1).unwrap();
        for (name, _) in &names {
            let page = index.search(name, &SearchFilter::default(), 50, 0).unwrap();
            let bare = text::segments(name).is_empty() && text::chunks(name).next().is_none();
            prop_assert!(bare || page.hits.iter().any(|hit| &hit.name == name), "{name:?}");
            check_highlights(&page.hits)?;
        }
        for typed in &typed {
            let page = index.search(typed, &SearchFilter::default(), 50, 0).unwrap();
            check_highlights(&page.hits)?;
        }
    }
}

fn check_highlights(hits: &[SearchHit]) -> Result<(), TestCaseError> {
    for mark in hits.iter().flat_map(|hit| &hit.matches) {
        prop_assert!(!mark.ranges.is_empty());
        let mut at = 0;
        for &(start, end) in &mark.ranges {
            prop_assert!(at <= start && start < end && end <= mark.text.len());
            prop_assert!(mark.text.is_char_boundary(start) && mark.text.is_char_boundary(end));
            at = end;
        }
    }
    Ok(())
}

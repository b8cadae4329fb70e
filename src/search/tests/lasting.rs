//! Replacing, removing, reopening, and folders that cannot be trusted.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[test]
fn upsert_replaces_by_key_and_remove_removes_one() {
    let index = index_of(&[]);
    let mut told = dataset("a.orders");
    for text in ["first", "second"] {
        told.description = Some(text.to_owned());
        index.upsert(&told).unwrap();
    }
    index.upsert(&column("a.orders", "id")).unwrap();
    index.upsert(&job("a.orders")).unwrap();
    index.commit(7).unwrap();
    assert_eq!((index.doc_count(), index.committed_seq()), (3, 7));
    let all = SearchFilter::default();
    assert!(find(&index, "first", &all).is_empty());
    assert_eq!(find(&index, "second", &all), ["a.orders"]);
    index
        .remove(SearchKind::Dataset, "ns", "a.orders", None)
        .unwrap();
    index
        .remove(SearchKind::Dataset, "ns", "no such", None)
        .unwrap();
    assert_eq!(index.doc_count(), 3, "not before the commit");
    index.commit(8).unwrap();
    assert_eq!(find(&index, "", &all), ["a.orders#id", "@a.orders"]);
}

#[test]
fn replacing_and_removing_work_before_after_and_across_commits() {
    let index = index_of(&[dataset("old")]);
    let remove = |name: &str| {
        let removed = index.remove(SearchKind::Dataset, "ns", name, None);
        removed.unwrap();
    };
    let all = SearchFilter::default();
    index.upsert(&dataset("old")).unwrap();
    index.upsert(&dataset("brief")).unwrap();
    remove("brief");
    index.upsert(&dataset("again")).unwrap();
    remove("again");
    index.upsert(&dataset("again")).unwrap();
    index.commit(2).unwrap();
    assert_eq!(find(&index, "", &all), ["again", "old"]);
    for name in ["again", "old", "again"] {
        index.upsert(&dataset(name)).unwrap();
    }
    index.commit(3).unwrap();
    assert_eq!(find(&index, "", &all), ["again", "old"]);
    remove("old");
    index.commit(4).unwrap();
    assert_eq!(find(&index, "", &all), ["again"]);
}

#[test]
fn clear_removes_what_is_pending_too_and_keeps_what_comes_after() {
    let index = index_of(&[dataset("committed")]);
    index.upsert(&dataset("pending")).unwrap();
    index.clear().unwrap();
    index.upsert(&dataset("after")).unwrap();
    index.commit(2).unwrap();
    assert_eq!(find(&index, "", &SearchFilter::default()), ["after"]);
    assert_eq!(index.doc_count(), 1);
}

#[test]
fn a_reopened_index_is_that_of_the_last_commit() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("search");
    let index = SearchIndex::open(Some(&dir), 0).unwrap();
    assert_eq!((index.committed_seq(), index.reset_reason()), (0, None));
    index.upsert(&dataset("orders")).unwrap();
    index.commit(41).unwrap();
    index.upsert(&dataset("not committed")).unwrap();
    drop(index);
    let index = SearchIndex::open(Some(&dir), 0).unwrap();
    assert_eq!((index.committed_seq(), index.reset_reason()), (41, None));
    assert_eq!(find(&index, "", &SearchFilter::default()), ["orders"]);
    index.commit(42).unwrap();
    drop(index);
    assert_eq!(
        SearchIndex::open(Some(&dir), 0).unwrap().committed_seq(),
        42
    );
}

#[test]
fn a_second_writer_is_refused_and_nothing_is_moved() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("search");
    let index = SearchIndex::open(Some(&dir), 0).unwrap();
    let error = SearchIndex::open(Some(&dir), 0).err().unwrap();
    assert!(matches!(error, SearchError::Locked(_)), "{error}");
    index.upsert(&dataset("orders")).unwrap();
    index.commit(1).unwrap();
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}

/// Makes an index, spoils its folder, and expects a fresh one beside the spoilt one.
#[track_caller]
fn check_reset(spoil: impl Fn(&std::path::Path), reason: &str) {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("search");
    for round in 1..=2 {
        let index = SearchIndex::open(Some(&dir), 0).unwrap();
        index.upsert(&dataset("orders")).unwrap();
        index.commit(9).unwrap();
        drop(index);
        spoil(&dir);
        let index = SearchIndex::open(Some(&dir), 0).unwrap();
        let told = index.reset_reason().expect("must be reset");
        assert!(told.contains(reason), "{told}");
        let aside = root.path().join(format!("search.broken-{round}"));
        assert!(told.contains(&aside.display().to_string()), "{told}");
        assert!(aside.exists());
        assert_eq!((index.committed_seq(), index.doc_count()), (0, 0));
        index.upsert(&dataset("again")).unwrap();
        index.commit(10).unwrap();
        assert_eq!(find(&index, "again", &SearchFilter::default()), ["again"]);
        drop(index);
        let index = SearchIndex::open(Some(&dir), 0).unwrap();
        assert_eq!((index.committed_seq(), index.reset_reason()), (10, None));
    }
}

fn segment_files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let ours = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        !name.starts_with('.') && name != "layout" && name != "meta.json"
    };
    files.filter(ours).collect()
}

#[test]
fn a_folder_that_cannot_be_trusted_is_put_aside() {
    check_reset(
        |dir| fs::write(dir.join("meta.json"), "{").unwrap(),
        "cannot be opened",
    );
    check_reset(
        |dir| fs::remove_file(dir.join("meta.json")).unwrap(),
        "missing",
    );
    check_reset(
        |dir| fs::write(dir.join("layout"), "of 2031").unwrap(),
        "another layout",
    );
    check_reset(
        |dir| fs::remove_file(dir.join("layout")).unwrap(),
        "not a search index",
    );
}

#[test]
fn an_index_of_other_fields_is_put_aside() {
    check_reset(
        |dir| {
            fs::remove_dir_all(dir).unwrap();
            fs::create_dir(dir).unwrap();
            let mut builder = tantivy::schema::Schema::builder();
            builder.add_text_field("title", tantivy::schema::TEXT);
            tantivy::Index::create_in_dir(dir, builder.build()).unwrap();
            fs::write(dir.join("layout"), schema::LAYOUT).unwrap();
        },
        "fields",
    );
}

#[test]
fn damaged_and_missing_segments_are_noticed_at_opening() {
    check_reset(
        |dir| {
            for file in segment_files(dir) {
                let mut bytes = fs::read(&file).unwrap();
                let middle = bytes.len() / 3;
                bytes[middle] ^= 0x40;
                fs::write(&file, bytes).unwrap();
            }
        },
        "",
    );
    check_reset(
        |dir| {
            for file in segment_files(dir) {
                fs::write(&file, "").unwrap();
            }
        },
        "",
    );
    check_reset(
        |dir| {
            for file in segment_files(dir) {
                fs::remove_file(file).unwrap();
            }
        },
        "",
    );
}

#[test]
fn a_file_in_place_of_the_folder_is_put_aside() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("search");
    fs::write(&dir, "hello").unwrap();
    let index = SearchIndex::open(Some(&dir), 0).unwrap();
    assert!(index.reset_reason().unwrap().contains("a file"));
    assert_eq!(
        fs::read(root.path().join("search.broken-1")).unwrap(),
        b"hello"
    );
}

#[test]
fn readers_see_whole_commits_while_one_thread_writes() {
    let index = Arc::new(index_of(&[]));
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (index, done) = (Arc::clone(&index), Arc::clone(&done));
            std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let page = index
                        .search("orders", &SearchFilter::default(), 5, 0)
                        .unwrap();
                    // Commit n holds 10 × (n - 1) documents: never a part of a commit.
                    let expect = 10 * (page.committed_seq - 1);
                    assert_eq!(page.total as u64, expect);
                }
            })
        })
        .collect();
    for round in 2..8_u64 {
        for at in 0..10 {
            index
                .upsert(&dataset(&format!("orders_{round}_{at}")))
                .unwrap();
        }
        index.commit(round).unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
}

#[test]
fn after_rolling_back_the_last_commit_holds_and_writing_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(Some(dir.path()), 0).unwrap();
    let all = SearchFilter::default();
    index.upsert(&dataset("kept")).unwrap();
    index.commit(1).unwrap();
    index.upsert(&dataset("lost")).unwrap();
    index.roll_back().unwrap();
    index.roll_back().unwrap();
    assert_eq!(find(&index, "", &all), ["kept"]);
    // Given again, as after a failed commit: each is there once.
    for name in ["kept", "lost"] {
        index.upsert(&dataset(name)).unwrap();
    }
    index.commit(2).unwrap();
    assert_eq!((index.doc_count(), index.committed_seq()), (2, 2));
    assert_eq!(find(&index, "", &all), ["kept", "lost"]);
}

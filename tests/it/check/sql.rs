//! Migrations against a server.

use super::support::{check, code_and_text, complaint, estate};

#[test]
fn migrations_are_taken_in_order_and_checked_against_who_reads() {
    let dir = tempfile::tempdir().unwrap();
    let server = estate(&dir.path().join("data"));
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let run = |files: &[&str]| {
        let mut args = vec![
            "sql",
            "--dialect",
            "postgres",
            "--namespace",
            "ns",
            "--server",
        ];
        args.push(&server.url);
        args.extend(files);
        check(&args)
    };
    let add = write("1.sql", "ALTER TABLE raw ADD COLUMN phone text;\n");
    let drop = write(
        "2.sql",
        "-- no longer kept\n\nALTER TABLE raw DROP COLUMN email;\n",
    );
    let (code, text) = code_and_text(&run(&[&add]));
    assert_eq!(code, 0, "{text}");
    let (code, text) = code_and_text(&run(&[&add, &drop]));
    assert_eq!(code, 1, "{text}");
    for part in [
        "FAIL breaking: column removed raw.email",
        "2.sql:3",
        "raw.email -> stg.mail",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    let block = write("3.sql", "DO $$ BEGIN PERFORM 1; END $$;\n");
    let (code, text) = code_and_text(&run(&[&add, &block]));
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("3.sql:1"), "{text}");

    for (args, part) in [
        (vec!["sql", "--namespace", "ns", &add], "--dialect"),
        (
            vec!["sql", "--namespace", "ns", "--dialect", "cobol", &add],
            "there is no such dialect",
        ),
        (
            vec!["sql", "--namespace", "postgres://x", "nowhere.sql"],
            "reading nowhere.sql",
        ),
    ] {
        let output = check(&args);
        assert_eq!(output.status.code(), Some(2));
        assert!(complaint(&output).contains(part), "{}", complaint(&output));
    }
}

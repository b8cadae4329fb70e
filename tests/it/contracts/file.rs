//! The policy file: wrong at the start, wrong later, changed.

use super::*;

#[test]
fn a_wrong_policy_leaves_the_one_before_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    estate(&server);
    let file = dir.path().join("p.yaml");
    let reload = || server.post("/api/v1/policy/reload", &[], b"");
    std::fs::write(&file, POLICY.replace("no_skipped_layer", "no_skiped_layer")).unwrap();
    let (status, body) = reload();
    assert_eq!(status, 422, "{body}");
    let problem = body["problems"][0].as_str().unwrap();
    assert!(
        problem.contains(
            "p.yaml:16:27: there is no rule \"no_skiped_layer\". Did you mean `no_skipped_layer`?"
        ),
        "{problem}"
    );
    let query = "{ status { policy { file problems } } contracts { name } }";
    let told = data(&server, query);
    assert_eq!(told["status"]["policy"]["problems"][0], body["problems"][0]);
    assert_eq!(told["contracts"].as_array().unwrap().len(), 2);
    let (_, metrics) = server.get("/metrics");
    assert!(
        metrics.contains("\nheadwater_policy_failed 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains(
            "headwater_violations{contract=\"marts-only\",severity=\"error\",state=\"open\"} 1"
        ),
        "{metrics}"
    );
    // With an exception it is excused.
    let excepted = POLICY.to_owned()
        + "exceptions:\n  - {contract: marts-only, subject: {name: dash_sales}, reason: r, owner: o, approved_by: b, until: 2999-01-01}\n";
    std::fs::write(&file, excepted).unwrap();
    let (status, body) = reload();
    assert_eq!((status, &body["problems"]), (200, &json!([])), "{body}");
    settle(&server);
    assert_eq!(violations(&server, "")[0]["state"], "EXCEPTED");
    assert!(violations(&server, "filter: {state: OPEN}").is_empty());
}

#[test]
fn a_server_does_not_start_with_a_wrong_policy() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("p.yaml");
    std::fs::write(&file, "version: 1\nlayer: []\n").unwrap();
    let mut command = headwater();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir.path().join("data"));
    let done = command.arg("--policy").arg(&file).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(
        told.contains("p.yaml:2:1: a policy file has no `layer`"),
        "{told}"
    );
}

#[test]
fn a_changed_file_and_a_hangup_are_heard() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    estate(&server);
    let contracts = || {
        data(&server, "{ contracts { name } }")["contracts"]
            .as_array()
            .unwrap()
            .len()
    };
    let wait = |count: usize| {
        let begin = Instant::now();
        while contracts() != count {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "still {}",
                contracts()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let file = dir.path().join("p.yaml");
    std::fs::write(
        &file,
        POLICY.to_owned() + "  - {name: circles, rule: no_cycle}\n",
    )
    .unwrap();
    wait(3);
    std::fs::write(&file, POLICY).unwrap();
    server.hang_up();
    wait(2);
}

//! Contracts about datasets that select jobs.

use super::{POLICY, data, estate, start, violations};
use crate::server::run_event;

#[test]
fn a_promise_may_be_about_what_some_jobs_write() {
    let dir = tempfile::tempdir().unwrap();
    let contracts = "  - {name: built, rule: has_owner, jobs: {name: build}}\n  - {name: loaded, rule: has_owner, datasets: {name: \"*\"}, jobs: {name: load}}\n  - {name: boards, rule: has_owner, jobs: {name: \"dash_*\"}}\n";
    let policy = POLICY.to_owned() + contracts;
    let server = start(dir.path(), &policy);
    estate(&server);
    let of = |contract: &str| -> Vec<String> {
        let found = violations(&server, &format!("filter: {{contracts: [\"{contract}\"]}}"));
        let messages = found.iter().map(|one| one["message"].as_str().unwrap());
        messages.map(str::to_owned).collect()
    };
    assert_eq!(of("built"), ["fct_a (gold) has no owner"]);
    assert_eq!(of("loaded"), ["stg_a (staging) has no owner"]);
    assert_eq!(of("boards"), Vec::<String>::new());
    let told = data(&server, "{ contracts { name openCount selected } }");
    let counted = told["contracts"].as_array().unwrap().iter();
    let counted: Vec<(&str, u64, u64)> = counted
        .map(|one| {
            let number = |of: &str| one[of].as_u64().unwrap();
            (
                one["name"].as_str().unwrap(),
                number("openCount"),
                number("selected"),
            )
        })
        .filter(|one| ["built", "loaded", "boards"].contains(&one.0))
        .collect();
    assert_eq!(
        counted,
        [("built", 1, 1), ("loaded", 1, 1), ("boards", 0, 0)]
    );
    // Trying the policy says the same.
    let (status, tried) = server.post("/api/v1/policy/test", &[], policy.as_bytes());
    assert_eq!(status, 200, "{tried}");
    let tried = tried.to_string();
    for message in ["fct_a (gold) has no owner", "stg_a (staging) has no owner"] {
        assert!(tried.contains(message), "{tried}");
    }
    // At the door an event tells whose job writes what.
    let rejecting = policy.replace(
        "jobs: {name: build}}",
        "jobs: {name: build}, reject: {producer: \"*\"}}",
    );
    std::fs::write(dir.path().join("p.yaml"), rejecting).unwrap();
    assert_eq!(server.post("/api/v1/policy/reload", &[], b"").0, 200);
    let mut event = run_event(9, &["stg_a"], &["fct_b"]);
    event["job"]["name"] = "build".into();
    let (status, answer) = server.send(event.to_string().as_bytes());
    assert_eq!(status, 422, "{answer}");
    assert_eq!(
        answer["error"]["contracts"][0]["message"],
        "fct_b (gold) has no owner"
    );
    event["job"]["name"] = "load".into();
    assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
}

//! Pages of other sites: what they make a browser send is refused where it may change something.

use std::process::Output;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest};

use crate::server::{Server, agent, headwater, run_event};

const EVIL: &str = "https://evil.example";

/// Status and body of a request with an empty body.
fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent().run(request.body(()).unwrap()).unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (response.status().as_u16(), body)
}

fn events(server: &Server) -> u64 {
    let status: Value = serde_json::from_str(&server.get("/api/v1/status").1).unwrap();
    status["counts"]["events"].as_u64().unwrap()
}

/// Sends an event of its own with these headers, as a form would, and says how it was answered.
fn send(server: &Server, n: u128, headers: &[(&str, &str)]) -> (u16, Value) {
    let event = run_event(n, &["a"], &["b"]).to_string();
    server.post("/api/v1/lineage", headers, event.as_bytes())
}

#[test]
fn a_page_of_another_site_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let foreign: [&[(&str, &str)]; 5] = [
        &[("Sec-Fetch-Site", "cross-site")],
        &[
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "http://127.0.0.1:1"),
        ],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &server.url)],
        &[("Origin", EVIL)],
        &[("Origin", "null")],
    ];
    for headers in foreign {
        for (method, path) in [
            ("POST", "/api/v1/lineage"),
            ("POST", "/api/v1/lineage/batch"),
            ("POST", "/api/v1/retire"),
            ("POST", "/api/v1/restore"),
            ("POST", "/api/v1/checks"),
            ("POST", "/api/v1/quarantine/ab/release"),
            ("DELETE", "/api/v1/quarantine/ab"),
            ("POST", "/api/v1/policy/reload"),
            ("POST", "/api/v1/policy/test"),
            ("POST", "/api/v1/verify"),
            ("POST", "/api/v1/graph"),
            ("POST", "/graphql"),
            ("PUT", "/nothing"),
        ] {
            let (status, body) = ask(&server, method, path, headers);
            assert_eq!(
                (status, &body["error"]["code"]),
                (403, &json!("foreign_page")),
                "{method} {path} {headers:?}: {body}"
            );
        }
        assert_eq!(send(&server, 1, headers).0, 403, "{headers:?}");
        // Reading is what a link from elsewhere does.
        let (status, body) = ask(&server, "GET", "/api/v1/status", headers);
        assert_eq!((status, &body["headSeq"]), (200, &json!(0)), "{headers:?}");
    }
    assert_eq!(events(&server), 0);
    let told = ask(&server, "POST", "/graphql", &[("Origin", EVIL)]).1;
    let message = told["error"]["message"].as_str().unwrap();
    for part in [
        EVIL,
        "allowed_origins",
        "HEADWATER_SERVER_ALLOWED_ORIGINS",
        "Host",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let metrics = server.get("/metrics").1;
    assert!(
        metrics.contains(r#"headwater_refused_total{reason="foreign_page"} "#),
        "{metrics}"
    );
}

#[test]
fn programs_and_own_pages_notice_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let own: [&[(&str, &str)]; 6] = [
        &[],
        &[("Origin", &server.url)],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", &server.url)],
        &[("Sec-Fetch-Site", "none")],
        // A proxy that does not pass on Host, over TLS: the browser knows better than we.
        &[
            ("Sec-Fetch-Site", "same-origin"),
            ("Origin", "https://catalog.example.com"),
        ],
        // As Node's fetch has it.
        &[("Sec-Fetch-Mode", "cors")],
    ];
    for (n, headers) in (1..).zip(own) {
        let (status, body) = send(&server, n, headers);
        assert_eq!(status, 201, "{headers:?}: {body}");
    }
    assert_eq!(events(&server), 6);
}

async fn socket(server: &Server, headers: &[(&'static str, &str)]) -> u16 {
    let url = format!("{}/graphql", server.url.replace("http", "ws"));
    let mut request = url.into_client_request().unwrap();
    let mut set = |name, value: &str| request.headers_mut().insert(name, value.parse().unwrap());
    set("Sec-WebSocket-Protocol", "graphql-transport-ws");
    for &(name, value) in headers {
        set(name, value);
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((_, response)) => response.status().as_u16(),
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_opens_no_socket() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for headers in [[("Origin", EVIL)], [("Sec-Fetch-Site", "same-site")]] {
        assert_eq!(socket(&server, &headers).await, 403, "{headers:?}");
    }
    assert_eq!(socket(&server, &[("Origin", &server.url)]).await, 101);
    assert_eq!(socket(&server, &[]).await, 101);
}

fn serve(data: &std::path::Path, settings: &str, flags: &[&str]) -> Result<Server, Output> {
    let file = data.join("headwater.toml");
    std::fs::write(&file, settings).unwrap();
    let mut command = headwater();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(file)
        .arg("--data")
        .arg(data.join("data"))
        .args(flags);
    Server::try_spawn(command)
}

#[test]
fn origins_that_are_allowed_may_change_things() {
    let outer = [("Origin", "https://catalog.example.com")];
    let allowed = "[server]\nallowed_origins = [\"https://catalog.example.com/\"]\n";
    let flags = [
        "--allowed-origins",
        "http://other,https://catalog.example.com",
    ];
    let none: [&str; 0] = [];
    for (settings, flags) in [(allowed, &none[..]), ("", &flags[..])] {
        let dir = tempfile::tempdir().unwrap();
        let server = serve(dir.path(), settings, flags).unwrap();
        assert_eq!(send(&server, 1, &outer).0, 201, "{settings} {flags:?}");
        assert_eq!(send(&server, 2, &[("Origin", EVIL)]).0, 403);
    }
    let dir = tempfile::tempdir().unwrap();
    let set = [(
        "HEADWATER_SERVER_ALLOWED_ORIGINS",
        "https://catalog.example.com,",
    )];
    let server = Server::start_with(dir.path(), &set);
    assert_eq!(send(&server, 1, &outer).0, 201);
}

#[test]
fn an_origin_that_is_none_is_told_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = "[server]\nallowed_origins = [\"catalog.example.com\"]\n";
    let said = |started: Result<Server, Output>| {
        let output = started.err().expect("it must not start");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let told = said(serve(dir.path(), wrong, &[]));
    for part in [
        "headwater.toml",
        "line 2",
        "\"catalog.example.com\" is no origin",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let told = said(serve(dir.path(), "", &["--allowed-origins", "*"]));
    assert!(
        told.contains("--allowed-origins") && told.contains("\"*\" is no origin"),
        "{told}"
    );
    let mut command = headwater();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir.path().join("data"))
        .env("HEADWATER_SERVER_ALLOWED_ORIGINS", "https://a/b");
    let told = said(Server::try_spawn(command));
    assert!(
        told.contains("server.allowed_origins") && told.contains("\"https://a/b\""),
        "{told}"
    );
}

//! Bad and unusual input: a clear error or a faithful record, nothing lost, nothing crashed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Server, agent, run_event};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn each_bad_body_gets_its_status_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let good = run_event(1, &["a"], &["b"]).to_string();
    let with = |pointer: &str, value: Value| {
        let mut event = run_event(1, &["a"], &["b"]);
        *event.pointer_mut(pointer).unwrap() = value;
        event.to_string().into_bytes()
    };
    let packed = gzip(good.as_bytes());
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let json = ("Content-Type", "application/json");
    let gz = ("Content-Encoding", "gzip");
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000)).into_bytes();
    let cases: Vec<(&str, Vec<(&str, &str)>, Vec<u8>, u16, &str)> = vec![
        ("empty", vec![json], vec![], 400, "ends too early"),
        (
            "not JSON",
            vec![json],
            b"hello".to_vec(),
            400,
            "not valid JSON",
        ),
        (
            "cut",
            vec![json],
            good.as_bytes()[..good.len() - 2].to_vec(),
            400,
            "ends too early",
        ),
        (
            "not UTF-8",
            vec![json],
            b"{\"a\": \"\xff\xfe\"}".to_vec(),
            400,
            "not UTF-8",
        ),
        ("deep", vec![json], deep, 400, "nested deeper"),
        (
            "truncated gzip",
            vec![json, gz],
            packed[..packed.len() / 2].to_vec(),
            400,
            "gzip",
        ),
        (
            "no gzip",
            vec![json, gz],
            good.clone().into_bytes(),
            400,
            "gzip",
        ),
        ("gzip bomb", vec![json, gz], bomb, 413, "larger than"),
        (
            "too large",
            vec![json],
            vec![b' '; 33 << 20],
            413,
            "larger than",
        ),
        (
            "brotli",
            vec![json, ("Content-Encoding", "br")],
            good.clone().into_bytes(),
            415,
            "gzip or none",
        ),
        (
            "a form",
            vec![("Content-Type", "application/x-www-form-urlencoded")],
            good.clone().into_bytes(),
            415,
            "application/json",
        ),
        (
            "no time",
            vec![json],
            with("/eventTime", Value::Null),
            422,
            "/eventTime",
        ),
        (
            "a number for a name",
            vec![json],
            with("/inputs/0/name", json!(7)),
            422,
            "/inputs/0/name",
        ),
        (
            "an empty name",
            vec![json],
            with("/job/name", json!("")),
            422,
            "/job/name",
        ),
        (
            "an array for a job",
            vec![json],
            with("/job", json!(["a", "b"])),
            422,
            "/job",
        ),
        (
            "a huge number for a string",
            vec![json],
            with("/producer", json!(1e300)),
            422,
            "/producer",
        ),
    ];
    for (name, headers, body, status, text) in cases {
        let (seen, answer) = server.post("/api/v1/lineage", &headers, &body);
        assert_eq!(seen, status, "{name}: {answer}");
        assert!(
            answer["error"].to_string().contains(text),
            "{name}: {answer}"
        );
    }
    assert_eq!(
        server.get("/api/v1/events").1,
        "",
        "nothing malformed enters the log"
    );
    assert_eq!(server.post("/api/v1/lineage", &[json, gz], &packed).0, 201);
}

#[test]
fn unusual_events_are_kept_faithfully() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let name = "a \"b\"/c|d%7C 🚀 \u{202e}x ümlaut <script>";
    let mut event = run_event(2, &[name], &["wide"]);
    let fields: Vec<Value> = (0..10_000)
        .map(|n| json!({"name": format!("c {n}.x/y")}))
        .collect();
    event["outputs"][0]["facets"] = json!({"schema": {"_producer": "p", "fields": fields}});
    let mut text = event.to_string();
    text = text.replace(
        "\"job\":{",
        "\"custom\":[NaN,9007199254740993,1e+400],\"job\":{",
    );
    let (status, receipt) = server.send(text.as_bytes());
    assert_eq!(status, 201, "{receipt}");
    assert_eq!(receipt["warnings"][0]["code"], "non_finite_number");
    server.settle();
    assert_eq!(server.get("/api/v1/events/1").1, text);
    let quoted = serde_json::to_string(name).unwrap();
    let answer = server.graphql(&format!(
        "{{ dataset(namespace: \"ns\", name: {quoted}) {{ name downstream {{ name columns {{ name }} }} }} }}"
    ));
    let wide = &answer["data"]["dataset"]["downstream"][0];
    assert_eq!(answer["data"]["dataset"]["name"], name);
    assert_eq!(wide["columns"].as_array().unwrap().len(), 10_000);
    assert_eq!(wide["columns"][9_999]["name"], "c 9999.x/y");
    let answer = server.graphql(&format!(
        "{{ search(query: {quoted}) {{ edges {{ node {{ name }} }} }} }}"
    ));
    assert_eq!(answer["data"]["search"]["edges"][0]["node"]["name"], name);
}

#[test]
fn chunked_bodies_are_read_and_the_answer_has_a_length() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let body = run_event(3, &["a"], &["b"]).to_string();
    let mut reader = std::io::Cursor::new(body);
    let mut response = agent()
        .post(format!("{}/api/v1/lineage", server.url))
        .header("Content-Type", "application/json; charset=utf-8")
        .send(ureq::SendBody::from_reader(&mut reader))
        .unwrap();
    assert_eq!(response.status().as_u16(), 201);
    let length: usize = response.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap().len(), length);
}

#[test]
fn a_batch_of_very_many_elements_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let headers = [
        ("Content-Type", "application/json"),
        ("Content-Encoding", "gzip"),
    ];
    let mut ones = b"1,".repeat(10 << 20);
    ones[0] = b'[';
    *ones.last_mut().unwrap() = b']';
    let (status, answer) = server.post("/api/v1/lineage/batch", &headers, &gzip(&ones));
    assert_eq!(status, 400, "the second byte is a comma: {answer}");
    ones.splice(0..1, *b"[1");
    let (status, answer) = server.post("/api/v1/lineage/batch", &headers, &gzip(&ones));
    assert_eq!(status, 413, "{answer}");
    assert_eq!(answer["error"]["code"], "too_many_events");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("receive.batch_events"), "{message}");
}

#[test]
fn the_warnings_of_a_batch_are_listed_up_to_a_limit_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let event = |n| {
        let mut event = run_event(n, &["a"], &["b"]);
        // Two warnings each: unknown, and without a producer.
        let facets: serde_json::Map<_, _> = (0..9).map(|n| (format!("f{n}"), json!({}))).collect();
        event["run"]["facets"] = Value::Object(facets);
        event
    };
    let batch: Vec<Value> = (1..=200).map(event).collect();
    let body = serde_json::to_vec(&batch).unwrap();
    let json = [("Content-Type", "application/json")];
    let (status, answer) = server.post("/api/v1/lineage/batch", &json, &body);
    assert_eq!(status, 201);
    let receipts = answer["receipts"].as_array().unwrap();
    let listed = |receipt: &Value| receipt["warnings"].as_array().unwrap().len();
    assert_eq!(receipts.iter().map(listed).sum::<usize>(), 990);
    assert_eq!(answer["summary"]["warnings_not_listed"], 200 * 18 - 990);
}

/// Sends the head of a request and the first bytes of its body.
fn begin(server: &Server, announced: usize) -> TcpStream {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let head = format!(
        "POST /api/v1/lineage HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn clients_that_announce_much_and_stall_keep_nobody_out() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_with(dir.path(), &[("HEADWATER_RECEIVE_IDLE_SECONDS", "2")]);
    let stalled: Vec<TcpStream> = (0..32).map(|_| begin(&server, 32 << 20)).collect();
    let (status, receipt) = server.send(run_event(1, &["a"], &["b"]).to_string().as_bytes());
    assert_eq!(status, 201, "{receipt}");
    for stream in stalled {
        let text = answer(stream);
        assert!(text.starts_with("HTTP/1.1 408"), "{text}");
        assert!(text.contains("receive.idle_seconds"), "{text}");
    }
}

#[test]
fn a_body_that_trickles_in_has_a_deadline() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_with(dir.path(), &[("HEADWATER_RECEIVE_BODY_SECONDS", "2")]);
    let start = Instant::now();
    let mut stream = begin(&server, 1_000);
    while start.elapsed() < Duration::from_secs(20) && stream.write_all(b" ").is_ok() {
        std::thread::sleep(Duration::from_millis(100));
        stream.set_nonblocking(true).unwrap();
        let answered = stream.peek(&mut [0]).is_ok_and(|read| read > 0);
        stream.set_nonblocking(false).unwrap();
        if answered {
            break;
        }
    }
    assert!(start.elapsed() < Duration::from_secs(15));
    let text = answer(stream);
    assert!(text.starts_with("HTTP/1.1 408"), "{text}");
}

#[test]
fn a_request_head_has_a_deadline_and_connections_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let settings = [
        ("HEADWATER_SERVER_HEAD_SECONDS", "2"),
        ("HEADWATER_SERVER_MAX_CONNECTIONS", "4"),
    ];
    let server = Server::start_with(dir.path(), &settings);
    let address = server.url.strip_prefix("http://").unwrap();
    let start = Instant::now();
    let slow: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"POST /api/v1/lineage HT").unwrap();
            stream
        })
        .collect();
    // Waits for one of the four to be closed, and no longer.
    let (status, receipt) = server.send(run_event(1, &["a"], &["b"]).to_string().as_bytes());
    assert_eq!(status, 201, "{receipt}");
    assert!(start.elapsed() > Duration::from_secs(1));
    assert!(start.elapsed() < Duration::from_secs(30));
    drop(slow);
    assert_eq!(server.stop(), Some(0));
}

/// A WebSocket outlives the request that opened it, and is a connection all the while.
#[test]
fn a_websocket_counts_as_a_connection_until_it_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_with(dir.path(), &[("HEADWATER_SERVER_MAX_CONNECTIONS", "1")]);
    let address = server.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    let upgrade = "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
    socket.write_all(upgrade.as_bytes()).unwrap();
    let mut head = [0; 12];
    socket.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 101");
    let mut other = TcpStream::connect(address).unwrap();
    let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    other.write_all(request.as_bytes()).unwrap();
    other
        .set_read_timeout(Some(Duration::from_millis(700)))
        .unwrap();
    other.read_exact(&mut head).unwrap_err();
    drop(socket);
    other
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    other.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
}

#[test]
fn trap_16_23_numbers_and_bare_nan_come_back_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let text = run_event(1, &["a"], &["b"]).to_string().replace(
        "\"job\":{",
        "\"n\": [9007199254740993, 6.5482e+18,NaN ,-Infinity],\"job\":{",
    );
    let (status, receipt) = server.send(text.as_bytes());
    assert_eq!(
        (status, receipt["warnings"][0]["code"].as_str()),
        (201, Some("non_finite_number"))
    );
    assert_eq!(server.get("/api/v1/events/1").1, text);
}

#[test]
fn trap_31_an_event_that_is_sent_again_in_another_spelling_is_a_duplicate() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let event = run_event(1, &["a"], &["b"]);
    assert_eq!(
        server.send(event.to_string().as_bytes()).1["status"],
        "accepted"
    );
    for _ in 0..5 {
        let (status, receipt) = server.send(&serde_json::to_vec_pretty(&event).unwrap());
        assert_eq!(
            (status, receipt["status"].as_str()),
            (201, Some("duplicate"))
        );
        assert_eq!(receipt["seq"], 1);
    }
}

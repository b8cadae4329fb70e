//! News of violations over WebSocket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};

use super::{POLICY, send, settle, start};
use crate::socket::{self, text};

#[tokio::test]
async fn who_listens_hears_of_violations_that_open_and_close() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), POLICY);
    send(
        &server,
        1,
        "load",
        "2026-01-10T00:00:00Z",
        &["raw_a"],
        &["stg_a"],
    );
    settle(&server);
    let mut socket = socket::connect(&server).await;
    let subscribe = r#"{"id":"1","type":"subscribe","payload":{"query":"subscription { violationChanged { event contract severity message evaluatedSeq missed } }"}}"#;
    socket.send(text(subscribe)).await.unwrap();
    // The subscription is live once the server has read the message: break something until it is heard.
    let mut heard = Vec::new();
    for n in 0..50 {
        let (job, raw) = (format!("dash_{n}"), format!("raw_{n}"));
        send(&server, 100 + n, &job, "2026-01-11T00:00:00Z", &[&raw], &[]);
        let wait = tokio::time::timeout(Duration::from_millis(500), socket.next());
        if let Ok(Some(Ok(message))) = wait.await {
            heard.push(message.to_string());
            break;
        }
    }
    let first: Value = serde_json::from_str(heard.first().expect("news is heard")).unwrap();
    let news = &first["payload"]["data"]["violationChanged"];
    assert_eq!(news["event"], "OPENED", "{first}");
    assert_eq!(
        (&news["contract"], &news["severity"]),
        (&json!("marts-only"), &json!("ERROR"))
    );
    let message = news["message"].as_str().unwrap();
    assert!(
        message.starts_with("dash_") && message.ends_with("which is no mart"),
        "{message}"
    );
    let job = message.split(' ').next().unwrap();
    // A later run reads a mart alone: once the window has gone by, it is mended.
    send(&server, 900, job, "2026-03-01T00:00:00Z", &["fct_a"], &[]);
    let closed = async {
        loop {
            let told = socket.next().await.unwrap().unwrap().to_string();
            let told: Value = serde_json::from_str(&told).unwrap();
            let news = told["payload"]["data"]["violationChanged"].clone();
            if news["event"] == "CLOSED" {
                break news;
            }
        }
    };
    let news = tokio::time::timeout(Duration::from_secs(30), closed)
        .await
        .unwrap();
    assert_eq!(news["message"], message);
}

//! What was acknowledged survives: SIGKILL under load, and syncs held back or failing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use headwater::engine::{DataDir, Engine, EngineOptions};
use headwater::log::faults::FaultDisk;
use headwater::log::{LogOptions, SegmentLog};

use crate::server::{Server, agent, run_event};

#[test]
fn sigkill_under_load_loses_no_acknowledged_event() {
    let dir = tempfile::tempdir().unwrap();
    let acknowledged: Arc<Mutex<BTreeMap<u64, u128>>> = Arc::default();
    let mut next = 0_u128;
    for round in 0..8_u64 {
        let server = Server::start(dir.path());
        let stop = Arc::new(AtomicBool::new(false));
        let senders: Vec<_> = (0..4)
            .map(|_| {
                next += 1_000_000;
                let (url, stop, acknowledged) = (
                    server.url.clone(),
                    Arc::clone(&stop),
                    Arc::clone(&acknowledged),
                );
                std::thread::spawn(move || {
                    let agent = agent();
                    for n in next.. {
                        if stop.load(Ordering::SeqCst) {
                            return;
                        }
                        let body = run_event(n, &["a"], &["b"]).to_string();
                        let Ok(mut response) = agent
                            .post(format!("{url}/api/v1/lineage"))
                            .header("Content-Type", "application/json")
                            .send(body.as_bytes())
                        else {
                            return;
                        };
                        if response.status().as_u16() == 201
                            && let Ok(text) = response.body_mut().read_to_string()
                        {
                            let receipt: serde_json::Value = serde_json::from_str(&text).unwrap();
                            acknowledged
                                .lock()
                                .unwrap()
                                .insert(receipt["seq"].as_u64().unwrap(), n);
                        }
                    }
                })
            })
            .collect();
        let enough = acknowledged.lock().unwrap().len() + 100;
        while acknowledged.lock().unwrap().len() < enough {
            std::thread::sleep(Duration::from_millis(3 + round));
        }
        server.kill();
        stop.store(true, Ordering::SeqCst);
        senders
            .into_iter()
            .for_each(|sender| sender.join().unwrap());
    }
    let server = Server::start(dir.path());
    server.settle();
    let exported = server.get("/api/v1/events").1;
    let lines: Vec<&str> = exported.lines().collect();
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() >= 800);
    for (&seq, &n) in acknowledged.iter() {
        let line = lines[usize::try_from(seq).unwrap() - 1];
        assert!(
            line.contains(&uuid::Uuid::from_u128(n).to_string()),
            "event {seq}: {line}"
        );
    }
    let (_, verified) = server.post("/api/v1/verify", &[], b"");
    assert_eq!(verified["holds"], true, "{verified}");
}

fn faulty(dir: &std::path::Path, disk: &FaultDisk) -> Arc<Engine> {
    let data = DataDir(dir.to_owned());
    let (log, _) =
        SegmentLog::open_with(&data.log(), LogOptions::default(), Arc::new(disk.clone())).unwrap();
    Arc::new(Engine::open_on(&data, Arc::new(log), EngineOptions::default(), Vec::new()).unwrap())
}

fn event(n: u128) -> Vec<Bytes> {
    vec![Bytes::from(run_event(n, &["a"], &["b"]).to_string())]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledgement_before_the_sync() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultDisk::new();
    let engine = faulty(dir.path(), &disk);
    disk.hold_syncs();
    let taker = Arc::clone(&engine);
    let accepting = tokio::spawn(async move { taker.accept(event(1), 0).await });
    let waiter = disk.clone();
    tokio::task::spawn_blocking(move || waiter.wait_for_held_sync())
        .await
        .unwrap();
    assert!(
        !accepting.is_finished(),
        "acknowledged although the sync has not returned"
    );
    assert_eq!(engine.log().head(), 0);
    disk.release_syncs();
    let receipt = accepting.await.unwrap().unwrap().remove(0).unwrap();
    assert_eq!(receipt.seq, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_sync_is_answered_with_503_and_never_201() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultDisk::new();
    let engine = faulty(dir.path(), &disk);
    disk.fail_syncs(Some(std::io::ErrorKind::Other));
    let app = headwater::api::router(
        Arc::clone(&engine),
        headwater::receive::ReceiveLimits::default(),
        None,
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/v1/lineage", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let response = tokio::task::spawn_blocking(move || {
        agent()
            .post(url)
            .header("Content-Type", "application/json")
            .send(run_event(1, &["a"], &["b"]).to_string())
            .unwrap()
    });
    let response = response.await.unwrap();
    assert_eq!(response.status().as_u16(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(engine.log().head(), 0);
    serving.abort();
}

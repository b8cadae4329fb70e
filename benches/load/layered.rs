//! Lineage over HTTP on the layered estate.

use std::time::{Duration, Instant};

use headwater::estate::generate::{GenerateSpec, generate};
use tokio::net::TcpStream;

use super::{ask, request, server};

/// Loads it, and asks for what is downstream of its hub.
pub async fn measure() {
    let (_dir, engine, address) = server().await;
    let (mut events, mut hub) = (Vec::new(), None);
    tokio::task::block_in_place(|| {
        let truth = generate(&GenerateSpec::layered(1, 1_769_817_600_000), |line| {
            events.push(bytes::Bytes::copy_from_slice(line.as_bytes()));
            Ok(())
        });
        hub = Some(truth.unwrap().hub);
    });
    let start = Instant::now();
    for batch in events.chunks(500) {
        engine.accept(batch.to_vec(), 0).await.unwrap();
    }
    engine.settle(Duration::from_secs(600));
    println!(
        "layered estate: {} events applied and searchable in {:.1} s",
        events.len(),
        start.elapsed().as_secs_f64()
    );
    let hub = hub.unwrap();
    let node = format!(
        "lineage(node: {{dataset: {{namespace: {:?}, name: {:?}}}}}, direction: DOWNSTREAM, maxDepth: 20)",
        hub.namespace, hub.name
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut buffer = Vec::new();
    for (what, selection) in [
        ("total", "{ total }"),
        (
            "nodes and edges",
            "{ total nodes { kind name depth } edges { from to } }",
        ),
        (
            "with evidence",
            "{ total nodes { kind name depth } edges { from to kind evidence { jobName runs lastSeen } } }",
        ),
    ] {
        let body = serde_json::json!({"query": format!("{{ {node} {selection} }}")}).to_string();
        let mut times: Vec<(Duration, usize)> = Vec::new();
        for _ in 0..10 {
            let start = Instant::now();
            let (status, answer) = ask(
                &mut stream,
                &request("/graphql", body.as_bytes()),
                &mut buffer,
            )
            .await;
            assert_eq!(status, 200);
            times.push((start.elapsed(), answer.len()));
        }
        times.sort_unstable();
        println!(
            "  downstream of one to depth 20, {what}: median {:.1} ms, {} bytes",
            times[5].0.as_secs_f64() * 1e3,
            times[5].1
        );
    }
}

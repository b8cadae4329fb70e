//! The load run: durable ingest beside a bare route, batches beside a raw synced file, visibility
//! and lineage on the layered estate. Everything in one process on loopback, as ratios of one run.
//!
//! `cargo bench --bench load`; figures and how to read them are in `docs/BENCHMARKS.md`. One part
//! alone: `cargo bench --bench load -- single` (or `batches`, `visible`, `layered`).

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use headwater::engine::{DataDir, Engine, EngineOptions};
use headwater::receive::ReceiveLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[path = "load/bare.rs"]
mod bare;
#[path = "load/client.rs"]
mod client;
#[path = "load/layered.rs"]
mod layered;
#[path = "load/single.rs"]
mod single;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SECONDS: u64 = 5;
const CONNECTIONS: usize = 64;

fn main() {
    if client::is_one() {
        return;
    }
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("the load run is only made by `cargo bench --bench load`");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let wanted = |part: &str| {
        let named: Vec<String> = std::env::args()
            .skip(1)
            .filter(|arg| arg != "--bench")
            .collect();
        named.is_empty() || named.iter().any(|name| name == part)
    };
    runtime.block_on(async {
        let template = event_template();
        println!(
            "event: {} bytes, {CONNECTIONS} connections, single ones {} times {} s in turn",
            template.len(),
            single::ROUNDS,
            single::TURN.as_secs()
        );
        if wanted("single") {
            single::measure(&template).await;
        }
        if wanted("batches") {
            in_batches(&template).await;
        }
        if wanted("visible") {
            let (_dir, engine, address) = server().await;
            visibility(&engine, address, &template).await;
        }
        if wanted("layered") {
            layered::measure().await;
        }
    });
}

/// Batches beside a raw file.
async fn in_batches(template: &str) {
    let (_dir, engine, address) = server().await;
    let raw = raw_file(template);
    let batch = batches(address, template).await;
    println!("raw file + fdatasync     {raw:>8.0} records/s (batches of 1,024)");
    println!(
        "batches of 100           {batch:>8.0} events/s   ratio {:.2}",
        batch / raw
    );
    settled(&engine);
}

/// Waits until everything is applied, and says how long that took and what it left on disk.
fn settled(engine: &Engine) {
    let status = engine.status();
    let lag = status.head_seq - status.applied_seq;
    let start = Instant::now();
    assert!(engine.settle(Duration::from_secs(600)));
    let status = engine.status();
    println!(
        "  not yet applied at the end: {lag}; applied and searchable {:.1} s later; {} events in {} commits, log {} MB, store {} MB",
        start.elapsed().as_secs_f64(),
        status.head_seq,
        status.log.commits,
        status.log.bytes >> 20,
        status.store_bytes >> 20
    );
}

/// A real dbt event of about 4 KB, with its run id at the end so that it can be varied.
fn event_template() -> String {
    let text = include_str!("../fixtures/recordings/dbt-build.ndjson");
    let lines = text.lines().filter(|line| line.contains("\"COMPLETE\""));
    lines
        .min_by_key(|line| line.len().abs_diff(4096))
        .unwrap()
        .to_owned()
}

/// Puts a run id of its own into a copy of the template.
fn vary(event: &mut [u8], places: [usize; 2], salt: u64, n: u64) {
    let mut text = uuid::Uuid::encode_buffer();
    let id = uuid::Uuid::from_u64_pair(salt, n);
    let id = id.hyphenated().encode_lower(&mut text);
    for at in places {
        event[at..at + id.len()].copy_from_slice(id.as_bytes());
    }
}

/// Where a template has its run ids.
fn run_ids(template: &str) -> [usize; 2] {
    let own = template.rfind("\"runId\": \"").unwrap();
    let first = template.find("\"runId\": \"01").unwrap_or(own);
    [first + 10, own + 10]
}

fn varied(template: &str, salt: u64, n: u64) -> Vec<u8> {
    let mut bytes = template.as_bytes().to_vec();
    vary(&mut bytes, run_ids(template), salt, n);
    bytes
}

async fn server() -> (tempfile::TempDir, Arc<Engine>, SocketAddr) {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let engine =
        Arc::new(Engine::open(&DataDir(dir.path().to_owned()), EngineOptions::default()).unwrap());
    let app = headwater::api::router(Arc::clone(&engine), ReceiveLimits::default(), None);
    (dir, engine, listen(app).await)
}

async fn listen(app: axum::Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[derive(Clone, Copy)]
struct Measured {
    rate: f64,
    p99_ms: f64,
}

fn request(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Sends a request and reads the answer; returns its status and body.
async fn ask(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> (u16, Vec<u8>) {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.unwrap();
        assert!(read > 0, "the server closed the connection");
        let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let status = head[9..12].parse().unwrap();
        let length: usize = head
            .split("content-length: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        while buffer.len() < end + 4 + length {
            assert!(stream.read_buf(buffer).await.unwrap() > 0);
        }
        return (status, buffer[end + 4..end + 4 + length].to_vec());
    }
}

fn measured(mut times: Vec<Duration>, elapsed: Duration) -> Measured {
    times.sort_unstable();
    #[allow(clippy::cast_precision_loss)]
    let rate = times.len() as f64 / elapsed.as_secs_f64();
    Measured {
        rate,
        p99_ms: times[times.len() * 99 / 100].as_secs_f64() * 1e3,
    }
}

async fn batches(address: SocketAddr, template: &str) -> f64 {
    let template: Arc<str> = template.into();
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (next, template) = (Arc::clone(&next), Arc::clone(&template));
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let (mut sent, mut buffer) = (0_u32, Vec::new());
                while start.elapsed() < Duration::from_secs(SECONDS) {
                    let first = next.fetch_add(100, Ordering::Relaxed);
                    let events: Vec<Vec<u8>> = (first..first + 100)
                        .map(|n| varied(&template, 2, n))
                        .collect();
                    let body = [b"[", events.join(&b","[..]).as_slice(), b"]"].concat();
                    let (status, _) = ask(
                        &mut stream,
                        &request("/api/v1/lineage/batch", &body),
                        &mut buffer,
                    )
                    .await;
                    if status == 201 {
                        sent += 100
                    } else {
                        tokio::time::sleep(Duration::from_millis(20)).await
                    }
                }
                sent
            })
        })
        .collect();
    let mut sent = 0;
    for client in clients {
        sent += client.await.unwrap();
    }
    f64::from(sent) / start.elapsed().as_secs_f64()
}

fn raw_file(template: &str) -> f64 {
    let mut file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let record = &template.as_bytes()[..template.len().min(2048)];
    let batch = record.repeat(1024);
    let (start, mut records) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(3) {
        file.write_all(&batch).unwrap();
        file.sync_data().unwrap();
        records += 1024;
    }
    f64::from(records) / start.elapsed().as_secs_f64()
}

/// From acknowledgement to being applied, at about 5,000 events/s.
async fn visibility(engine: &Arc<Engine>, address: SocketAddr, template: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut buffer, mut lags) = (Vec::new(), Vec::new());
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    for round in 0..300_u64 {
        tick.tick().await;
        let events: Vec<Vec<u8>> = (0..50)
            .map(|n| varied(template, 3, round * 50 + n))
            .collect();
        let body = [b"[", events.join(&b","[..]).as_slice(), b"]"].concat();
        ask(
            &mut stream,
            &request("/api/v1/lineage/batch", &body),
            &mut buffer,
        )
        .await;
        let (acknowledged, head) = (Instant::now(), engine.log().head());
        while engine.graph().applied_seq < head {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        lags.push(acknowledged.elapsed());
    }
    lags.sort_unstable();
    println!(
        "visible in lineage at 5,000/s: p50 {:.1} ms, p99 {:.1} ms",
        lags[150].as_secs_f64() * 1e3,
        lags[297].as_secs_f64() * 1e3
    );
}

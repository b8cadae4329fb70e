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
use headwater::estate::generate::{GenerateSpec, generate};
use headwater::receive::ReceiveLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[path = "load/client.rs"]
mod client;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SECONDS: u64 = 5;
/// Single requests go to the bare route and to the server in turn, this often: the speed of a machine
/// that is shared with others changes by a third within seconds.
const ROUNDS: usize = 6;
/// How long single requests go to one of the two at a time, and count.
const TURN: Duration = Duration::from_secs(2);
/// How long before they count. What the server still has to do after its turn is done before the
/// next one, and not counted as the cost of the bare route.
const WARMING_UP: Duration = Duration::from_millis(500);
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
            "event: {} bytes, {CONNECTIONS} connections, single ones {ROUNDS} times {} s in turn",
            template.len(),
            TURN.as_secs()
        );
        if wanted("single") {
            singles(&template).await;
        }
        if wanted("batches") {
            in_batches(&template).await;
        }
        if wanted("visible") {
            let (_dir, engine, address) = server().await;
            visibility(&engine, address, &template).await;
        }
        if wanted("layered") {
            layered().await;
        }
    });
}

/// Durable single events beside a bare route, in turn: by an ordinary HTTP client in a process of its
/// own, and by the thinnest one there can be, on the server's own threads, which costs next to nothing
/// and so makes the bare route, of which there is less, look faster by more.
async fn singles(template: &str) {
    let bare = bare_server().await;
    for thin in [false, true] {
        let (_dir, engine, address) = server().await;
        let mut rounds = Rounds::default();
        if thin {
            for turn in 0..=2 * ROUNDS {
                let at = if turn % 2 == 0 { bare } else { address };
                rounds.take(single(at, template, turn as u64 + 1).await, &engine);
            }
        } else {
            client::turns([bare, address], |measured| rounds.take(measured, &engine));
        }
        rounds.print(if thin { "in process" } else { "HTTP client" });
        settled(&engine);
    }
}

/// What was measured in turn: the bare route first and last.
#[derive(Default)]
struct Rounds {
    bare: Vec<f64>,
    durable: Vec<Measured>,
    lag: u64,
}

impl Rounds {
    fn take(&mut self, measured: Measured, engine: &Engine) {
        if self.bare.len() > self.durable.len() {
            let status = engine.status();
            self.lag = self.lag.max(status.head_seq - status.applied_seq);
            self.durable.push(measured);
        } else {
            self.bare.push(measured.rate);
        }
    }

    /// Each turn of the server beside the middle of the bare route's before and after it; what counts
    /// is the middle of all.
    fn print(mut self, client: &str) {
        let sides = self
            .bare
            .windows(2)
            .map(|pair| f64::midpoint(pair[0], pair[1]));
        let ratios = self
            .durable
            .iter()
            .zip(sides)
            .map(|(durable, bare)| durable.rate / bare);
        let (mut ratios, mut p99): (Vec<f64>, Vec<f64>) = (
            ratios.collect(),
            self.durable.iter().map(|turn| turn.p99_ms).collect(),
        );
        let mut rates: Vec<f64> = self.durable.iter().map(|turn| turn.rate).collect();
        println!(
            "{client}: bare route, parse only {}",
            spread(&mut self.bare, 0)
        );
        println!("{client}: durable                {}", spread(&mut rates, 0));
        println!("{client}: durable, p99 in ms     {}", spread(&mut p99, 1));
        println!(
            "{client}: ratio of each turn     {}",
            spread(&mut ratios, 2)
        );
        println!("  not yet applied after a turn, at most: {}", self.lag);
    }
}

/// The middle, the least and the greatest.
fn spread(all: &mut [f64], digits: usize) -> String {
    all.sort_unstable_by(f64::total_cmp);
    let middle = f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2]);
    let (least, greatest) = (all[0], all[all.len() - 1]);
    format!("{middle:>8.digits$}   ({least:.digits$} to {greatest:.digits$})")
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

/// An event as the bare route reads it: typed, with facets left as they are.
mod bare {
    use std::collections::HashMap;

    use serde::Deserialize;
    use serde_json::value::RawValue;

    type Facets<'a> = HashMap<&'a str, &'a RawValue>;

    #[derive(Deserialize)]
    #[allow(dead_code)] // parsing is the point
    pub struct Event<'a> {
        #[serde(rename = "eventTime")]
        time: &'a str,
        #[serde(rename = "eventType")]
        kind: Option<&'a str>,
        producer: &'a str,
        #[serde(borrow)]
        run: Run<'a>,
        #[serde(borrow)]
        job: Named<'a>,
        #[serde(borrow, default)]
        inputs: Vec<Named<'a>>,
        #[serde(borrow, default)]
        outputs: Vec<Named<'a>>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Run<'a> {
        run_id: &'a str,
        #[serde(borrow, default)]
        facets: Facets<'a>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Named<'a> {
        namespace: &'a str,
        name: &'a str,
        #[serde(borrow, default)]
        facets: Facets<'a>,
        #[serde(borrow, default)]
        input_facets: Facets<'a>,
        #[serde(borrow, default)]
        output_facets: Facets<'a>,
    }
}

async fn bare_server() -> SocketAddr {
    async fn parse(body: bytes::Bytes) -> (axum::http::StatusCode, &'static str) {
        match serde_json::from_slice::<bare::Event<'_>>(&body) {
            Ok(_) => (axum::http::StatusCode::CREATED, "{}"),
            Err(_) => (axum::http::StatusCode::BAD_REQUEST, "{}"),
        }
    }
    listen(axum::Router::new().route("/api/v1/lineage", axum::routing::post(parse))).await
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

async fn single(address: SocketAddr, template: &str, salt: u64) -> Measured {
    let next = Arc::new(AtomicU64::new(0));
    let template: Arc<str> = template.into();
    let clock = Clock::start();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (next, template) = (Arc::clone(&next), Arc::clone(&template));
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut times, mut buffer) = (Vec::new(), Vec::new());
                while clock.runs() {
                    let event = varied(&template, salt, next.fetch_add(1, Ordering::Relaxed));
                    let sent = Instant::now();
                    let (status, _) = ask(
                        &mut stream,
                        &request("/api/v1/lineage", &event),
                        &mut buffer,
                    )
                    .await;
                    assert_eq!(status, 201);
                    if clock.counts(sent) {
                        times.push(sent.elapsed());
                    }
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.unwrap());
    }
    measured(times, clock.measured())
}

/// When single requests are sent, and when they count.
#[derive(Clone, Copy)]
struct Clock {
    counted_from: Instant,
}

impl Clock {
    fn start() -> Self {
        Self {
            counted_from: Instant::now() + WARMING_UP,
        }
    }

    fn runs(self) -> bool {
        Instant::now() < self.counted_from + TURN
    }

    fn counts(self, sent: Instant) -> bool {
        sent >= self.counted_from
    }

    /// How long requests have counted.
    fn measured(self) -> Duration {
        self.counted_from.elapsed()
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

async fn layered() {
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

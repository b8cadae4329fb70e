//! Durable single events beside a bare route, in turn.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use headwater::engine::Engine;
use tokio::net::TcpStream;

use super::{CONNECTIONS, Measured, ask, bare, client, measured, request, server, settled, varied};

/// Single requests go to the bare route and to the server in turn, this often: the speed of a machine
/// that is shared with others changes by a third within seconds.
pub const ROUNDS: usize = 6;
/// How long single requests go to one of the two at a time, and count.
pub const TURN: Duration = Duration::from_secs(2);
/// How long before they count. What the server still has to do after its turn is done before the
/// next one, and not counted as the cost of the bare route.
const WARMING_UP: Duration = Duration::from_millis(500);

/// Durable single events beside a bare route, in turn: by an ordinary HTTP client in a process of its
/// own, and by the thinnest one there can be, on the server's own threads, which costs next to nothing
/// and so makes the bare route, of which there is less, look faster by more.
pub async fn measure(template: &str) {
    let bare = bare::server().await;
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
pub struct Clock {
    counted_from: Instant,
}

impl Clock {
    pub fn start() -> Self {
        Self {
            counted_from: Instant::now() + WARMING_UP,
        }
    }

    pub fn runs(self) -> bool {
        Instant::now() < self.counted_from + TURN
    }

    pub fn counts(self, sent: Instant) -> bool {
        sent >= self.counted_from
    }

    /// How long requests have counted.
    pub fn measured(self) -> Duration {
        self.counted_from.elapsed()
    }
}

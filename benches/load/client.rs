//! An ordinary HTTP client: blocking, a thread for each connection, in a process of its own, as
//! producers are. The load run starts itself anew for it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::single::{Clock, ROUNDS};
use super::{CONNECTIONS, Measured, event_template, measured, run_ids, vary};

const WORD: &str = "client";

/// Whether this process is a client; then it has done its work.
pub fn is_one() -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [word, first, second, ..] = &args[..] else {
        return false;
    };
    if word == WORD {
        load([first, second]);
    }
    word == WORD
}

/// Sends to the first and to the second in turn, and to the first once more; prints a line for each.
fn load(urls: [&str; 2]) {
    let mut clients: Vec<Client> = (0..CONNECTIONS).map(|_| Client::new()).collect();
    let next = AtomicU64::new(0);
    for turn in 0..=2 * ROUNDS {
        let (url, clock) = (urls[turn % 2], Clock::start());
        let times: Vec<Duration> = std::thread::scope(|scope| {
            let send = |client| scope.spawn(|| Client::send(client, url, &next, clock));
            let all: Vec<_> = clients.iter_mut().map(send).collect();
            all.into_iter()
                .flat_map(|one| one.join().unwrap())
                .collect()
        });
        let Measured { rate, p99_ms } = measured(times, clock.measured());
        println!("{rate} {p99_ms}");
    }
}

/// One connection to each of the two.
struct Client {
    agent: ureq::Agent,
    event: Vec<u8>,
    places: [usize; 2],
}

impl Client {
    fn new() -> Self {
        let template = event_template();
        Self {
            agent: ureq::Agent::new_with_defaults(),
            places: run_ids(&template),
            event: template.into_bytes(),
        }
    }

    fn send(&mut self, url: &str, next: &AtomicU64, clock: Clock) -> Vec<Duration> {
        let mut times = Vec::with_capacity(8 << 10);
        while clock.runs() {
            let n = next.fetch_add(1, Ordering::Relaxed);
            vary(&mut self.event, self.places, 1, n);
            let sent = Instant::now();
            let request = self.agent.post(url).content_type("application/json");
            let mut answer = request.send(&self.event[..]).unwrap();
            assert_eq!(answer.status(), 201);
            answer.body_mut().read_to_vec().unwrap();
            if clock.counts(sent) {
                times.push(sent.elapsed());
            }
        }
        times
    }
}

/// Runs such a process against two servers; `take` sees what each turn measured when it has ended.
pub fn turns(addresses: [SocketAddr; 2], mut take: impl FnMut(Measured)) {
    let urls = addresses.map(|address| format!("http://{address}/api/v1/lineage"));
    let mut process = Command::new(std::env::current_exe().unwrap())
        .arg(WORD)
        .args(urls)
        // Its memory is its own affair: giving it back between two requests costs the more the
        // longer it waits for an answer.
        .env("MIMALLOC_PURGE_DELAY", "-1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    tokio::task::block_in_place(|| {
        for line in lines {
            let line = line.unwrap();
            let (rate, p99_ms) = line.split_once(' ').unwrap();
            take(Measured {
                rate: rate.parse().unwrap(),
                p99_ms: p99_ms.parse().unwrap(),
            });
        }
        assert!(process.wait().unwrap().success());
    });
}

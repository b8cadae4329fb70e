//! An ordinary HTTP client: blocking, a thread for each connection, in a process of its own, as
//! producers are. The load run starts itself anew for it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{CONNECTIONS, Clock, Measured, event_template, measured, run_ids, vary};

const WORD: &str = "client";

/// Whether this process is a client; then it has done its work.
pub fn is_one() -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [word, url, salt, ..] = &args[..] else {
        return false;
    };
    if word == WORD {
        let (rate, p99_ms) = load(url, salt.parse().unwrap());
        println!("{rate} {p99_ms}");
    }
    word == WORD
}

fn load(url: &str, salt: u64) -> (f64, f64) {
    let (template, next) = (event_template(), AtomicU64::new(0));
    let clock = Clock::start();
    let one = || {
        let agent = ureq::Agent::new_with_defaults();
        let mut times = Vec::with_capacity(8 << 10);
        let (mut event, places) = (template.clone().into_bytes(), run_ids(&template));
        while clock.runs() {
            vary(
                &mut event,
                places,
                salt,
                next.fetch_add(1, Ordering::Relaxed),
            );
            let sent = Instant::now();
            let request = agent.post(url).content_type("application/json");
            let mut answer = request.send(&event[..]).unwrap();
            assert_eq!(answer.status(), 201);
            answer.body_mut().read_to_vec().unwrap();
            if clock.counts(sent) {
                times.push(sent.elapsed());
            }
        }
        times
    };
    let times: Vec<Duration> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(one)).collect();
        all.into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    let Measured { rate, p99_ms } = measured(times, clock.measured());
    (rate, p99_ms)
}

/// Runs such a process against a server.
pub async fn single(address: SocketAddr, salt: u64) -> Measured {
    let output = tokio::task::spawn_blocking(move || {
        let url = format!("http://{address}/api/v1/lineage");
        std::process::Command::new(std::env::current_exe().unwrap())
            .args([WORD, &url, &salt.to_string()])
            // Its memory is its own affair: giving it back between two requests costs the more the
            // longer it waits for an answer.
            .env("MIMALLOC_PURGE_DELAY", "-1")
            .stderr(std::process::Stdio::inherit())
            .output()
            .unwrap()
    });
    let text = String::from_utf8(output.await.unwrap().stdout).unwrap();
    let mut figures = text
        .split_whitespace()
        .map(|figure| figure.parse().unwrap());
    Measured {
        rate: figures.next().unwrap(),
        p99_ms: figures.next().unwrap(),
    }
}

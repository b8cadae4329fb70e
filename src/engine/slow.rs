//! Receiving slows down when answers are far behind the log, so that they cannot fall behind without
//! end: whoever sends gets the acknowledgement a little later, and the projections get the processor.
//!
//! Nothing is refused for that, and no event waits before it was read and found valid.

use std::time::Duration;

use super::Shared;
use super::health::MAX_LAG;

/// What a request waits when answers are twice [`MAX_LAG`] behind, and for each of its events. With
/// three times the lag it is twice as much, and so on.
const REQUEST: Duration = Duration::from_millis(1);
const EVENT: Duration = Duration::from_micros(100);
/// No request waits longer.
const LONGEST: Duration = Duration::from_secs(1);

/// How long a request of so many events waits when answers are `lag` events behind.
fn wait(lag: u64, events: usize) -> Duration {
    let beyond = u32::try_from(lag.saturating_sub(MAX_LAG)).unwrap_or(u32::MAX);
    let events = u32::try_from(events).unwrap_or(u32::MAX);
    let at_twice = REQUEST + EVENT.saturating_mul(events);
    let share = f64::from(beyond) / f64::from(u32::try_from(MAX_LAG).unwrap_or(u32::MAX));
    LONGEST.min(Duration::try_from_secs_f64(at_twice.as_secs_f64() * share).unwrap_or(LONGEST))
}

/// Waits a little when answers are far behind and catching up.
pub(super) async fn slow_down(shared: &Shared, events: usize) {
    let lag = shared
        .log
        .head()
        .saturating_sub(shared.graph.load().applied_seq);
    if lag <= MAX_LAG || shared.broken.lock().is_some() {
        return;
    }
    metrics::counter!("headwater_slowed_requests_total").increment(1);
    tokio::time::sleep(wait(lag, events)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_with_the_lag_and_has_an_end() {
        assert_eq!(wait(0, 1), Duration::ZERO);
        assert_eq!(wait(MAX_LAG, 10_000), Duration::ZERO);
        assert_eq!(wait(2 * MAX_LAG, 0), REQUEST);
        assert_eq!(wait(3 * MAX_LAG, 100), 2 * (REQUEST + 100 * EVENT));
        assert_eq!(wait(u64::MAX, usize::MAX), LONGEST);
        // 64 senders of single events cannot outrun projections of 15,000 events a second for long.
        let rate = |lag| 64.0 / wait(lag, 1).as_secs_f64();
        assert!(rate(5 * MAX_LAG) < 15_000.0);
    }
}

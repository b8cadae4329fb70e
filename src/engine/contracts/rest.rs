//! How long the thread rests after a look, so that contracts take a small share of one processor.

use std::time::{Duration, Instant};

/// It rests this many times as long as it worked, …
const REST: u32 = 20;
/// … and at least that long.
const LEAST_REST: Duration = Duration::from_millis(150);
/// Longest rest after a look whose work is known by the clock on the wall alone.
const MOST_BY_WALL: Duration = Duration::from_secs(30);

/// When a look began.
pub struct Worked {
    wall: Instant,
    processor: Option<Duration>,
}

impl Worked {
    pub fn now() -> Self {
        Self {
            wall: Instant::now(),
            processor: processor_time(),
        }
    }

    /// How long to rest, now that the look is done; to be asked by the thread that looked.
    pub fn rest(&self) -> Duration {
        let worked = self.processor.zip(processor_time());
        let worked = worked.map(|(start, end)| end.saturating_sub(start));
        rest(self.wall.elapsed(), worked)
    }
}

/// How long to rest after a look. What counts is the time that the processor gave to it. The clock on
/// the wall goes on while the machine sleeps or others have the processor, and twenty times that would
/// be a rest of hours after a night in the bag, in which no violation opens or closes. So where it is
/// all that is known, the rest has an end, at the price of a greater share for looks beyond that.
fn rest(wall: Duration, processor: Option<Duration>) -> Duration {
    let rest = match processor {
        Some(worked) => worked.saturating_mul(REST),
        None => wall.saturating_mul(REST).min(MOST_BY_WALL),
    };
    rest.max(LEAST_REST)
}

/// What the processors gave to this thread so far.
#[cfg(target_os = "linux")]
#[allow(clippy::unnecessary_wraps)] // elsewhere there is none
fn processor_time() -> Option<Duration> {
    let told = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(told).ok()
}

#[cfg(not(target_os = "linux"))]
fn processor_time() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);
    const NIGHT: Duration = Duration::from_hours(9);

    #[test]
    fn the_rest_is_twenty_times_the_work() {
        assert_eq!(rest(350 * MILLI, Some(350 * MILLI)), 7_000 * MILLI);
        assert_eq!(rest(MILLI, Some(MILLI)), LEAST_REST);
        // A machine that slept, or had others to serve, has not worked.
        assert_eq!(rest(NIGHT, Some(20 * MILLI)), 400 * MILLI);
        assert_eq!(rest(NIGHT, Some(Duration::ZERO)), LEAST_REST);
        assert_eq!(rest(Duration::MAX, Some(Duration::MAX)), Duration::MAX);
    }

    #[test]
    fn by_the_clock_on_the_wall_alone_it_has_an_end() {
        assert_eq!(rest(350 * MILLI, None), 7_000 * MILLI);
        assert_eq!(rest(MILLI, None), LEAST_REST);
        assert_eq!(rest(NIGHT, None), MOST_BY_WALL);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_waits_has_not_worked() {
        let start = Worked::now();
        std::thread::sleep(60 * MILLI);
        // By the wall it would be 1.2 seconds.
        assert!(start.rest() < 600 * MILLI, "{:?}", start.rest());
        let enough = processor_time().unwrap() + 30 * MILLI;
        let mut sum = 0_u64;
        while processor_time().unwrap() < enough {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(start.rest() >= 600 * MILLI, "{:?}", start.rest());
    }
}

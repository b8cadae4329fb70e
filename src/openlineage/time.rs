//! Event times: RFC 3339 as producers really write it, to whole microseconds.

use chrono::{DateTime, NaiveDateTime, Utc};

/// Microseconds since 1970-01-01T00:00:00Z, from the event (never from a clock).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct EventTime(pub i64);

impl EventTime {
    /// As a calendar time; `None` beyond the years that chrono knows (±262,000).
    pub fn to_utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }
}

impl From<DateTime<Utc>> for EventTime {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }
}

impl std::fmt::Display for EventTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_utc() {
            Some(time) => f.write_str(&time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
            None => write!(f, "{} µs", self.0),
        }
    }
}

/// A time as read, and whether it named its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadTime {
    /// The time; without a zone it was taken as UTC.
    pub time: EventTime,
    /// False when the text had no zone (seen from several producers): worth a warning.
    pub has_zone: bool,
}

/// Reads a time with any number of fraction digits, with `Z`, an offset, or no zone at all.
/// Digits below a microsecond are cut. Returns `None` when the text is no time.
pub fn parse_time(text: &str) -> Option<ReadTime> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        let time = time.with_timezone(&Utc).into();
        return Some(ReadTime {
            time,
            has_zone: true,
        });
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"] {
        if let Ok(time) = DateTime::parse_from_str(text, format) {
            let time = time.with_timezone(&Utc).into();
            return Some(ReadTime {
                time,
                has_zone: true,
            });
        }
    }
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            let time = time.and_utc().into();
            return Some(ReadTime {
                time,
                has_zone: false,
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_producers_write() {
        let micros = |text| parse_time(text).map(|read| (read.time.0, read.has_zone));
        let base = 1_767_225_600_000_000; // 2026-01-01T00:00:00Z
        assert_eq!(micros("2026-01-01T00:00:00Z"), Some((base, true)));
        assert_eq!(
            micros("2026-01-01T00:00:00.1Z"),
            Some((base + 100_000, true))
        );
        assert_eq!(
            micros("2026-01-01T00:00:00.12Z"),
            Some((base + 120_000, true))
        );
        assert_eq!(
            micros("2026-01-01T01:00:00.123456789+01:00"),
            Some((base + 123_456, true))
        );
        assert_eq!(
            micros("2026-01-01T00:00:00.12345678Z"),
            Some((base + 123_456, true))
        );
        assert_eq!(micros("2026-01-01T01:00:00+0100"), Some((base, true)));
        assert_eq!(micros("2026-01-01T00:00:00"), Some((base, false)));
        assert_eq!(
            micros("2026-01-01 00:00:00.5"),
            Some((base + 500_000, false))
        );
        assert_eq!(micros("yesterday"), None);
        assert_eq!(micros("1767225600"), None);
    }

    #[test]
    fn shows_itself_as_rfc3339() {
        let time = parse_time("2026-01-01T00:00:00.250Z").unwrap().time;
        assert_eq!(time.to_string(), "2026-01-01T00:00:00.250Z");
    }
}

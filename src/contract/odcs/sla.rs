//! Lengths of time: as service levels of ODCS say them, and as a policy does.

const MINUTE: i64 = 60_000_000;
/// Longest time that a policy takes.
const MOST: i64 = 100_000;

/// A value and its unit as a length of time, microseconds, rounded up to whole minutes. The unit may
/// stand in the value (`25h`), which may also be a duration of ISO 8601 (`P1DT2H`).
///
/// # Errors
/// What is wrong with it.
pub fn length(value: &str, unit: Option<&str>) -> Result<i64, String> {
    let value = value.trim();
    let minutes = if value.starts_with('P') {
        iso(value).ok_or_else(|| {
            format!("{value:?} is no duration of ISO 8601 that is read (`P1DT2H`)")
        })?
    } else {
        let ends = value.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, own) = value.split_at(ends.unwrap_or(value.len()));
        let unit = match (own.trim(), unit) {
            ("", Some(unit)) => unit.trim(),
            ("", None) => return Err(format!("{value} has no unit; write `unit: h` or another")),
            (own, _) => own,
        };
        let count = number.parse::<f64>().ok().filter(|count| count.is_finite());
        let count = count.ok_or_else(|| format!("{value:?} is no number"))?;
        count * minutes_of(unit)?
    };
    // Bounded before the cast, which cannot lose anything then.
    if !(minutes > 0.0 && minutes <= 100_000.0 * 1_440.0) {
        return Err(format!(
            "{value:?} must be more than nothing and at most {MOST} days"
        ));
    }
    #[allow(clippy::cast_possible_truncation)]
    let minutes = minutes.ceil() as i64;
    Ok(fitting(minutes) * MINUTE)
}

fn minutes_of(unit: &str) -> Result<f64, String> {
    // `m` is a minute, and `M` could be meant as a month.
    if unit == "M" {
        return Err("the unit `M` may mean minutes or months; write `min` or `mo`".to_owned());
    }
    let minutes = match unit.to_ascii_lowercase().as_str() {
        "ms" | "milliseconds" | "millisecond" => 1.0 / 60_000.0,
        "s" | "sec" | "second" | "seconds" => 1.0 / 60.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 1.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 60.0,
        "d" | "day" | "days" => 1_440.0,
        "w" | "wk" | "week" | "weeks" => 10_080.0,
        "mo" | "mon" | "month" | "months" => 43_200.0,
        "y" | "yr" | "yrs" | "year" | "years" => 525_600.0,
        _ => {
            return Err(format!(
                "the unit {unit:?} is not known; write s, min, h, d, w, mo or y"
            ));
        }
    };
    Ok(minutes)
}

fn iso(text: &str) -> Option<f64> {
    let (mut minutes, mut number, mut in_time) = (0.0, String::new(), false);
    for char in text.strip_prefix('P')?.chars() {
        let each = match char {
            '0'..='9' | '.' => {
                number.push(char);
                continue;
            }
            'T' if number.is_empty() => {
                in_time = true;
                continue;
            }
            'D' if !in_time => 1_440.0,
            'W' if !in_time => 10_080.0,
            'M' if !in_time => 43_200.0,
            'Y' if !in_time => 525_600.0,
            'H' if in_time => 60.0,
            'M' if in_time => 1.0,
            'S' if in_time => 1.0 / 60.0,
            _ => return None,
        };
        minutes += std::mem::take(&mut number).parse::<f64>().ok()? * each;
    }
    number.is_empty().then_some(minutes)
}

/// The next number of minutes that a policy can say: up to 100,000 of them, of hours or of days.
fn fitting(minutes: i64) -> i64 {
    for unit in [1, 60, 1_440] {
        let count = (minutes + unit - 1) / unit;
        if count <= MOST {
            return count * unit;
        }
    }
    MOST * 1_440
}

/// A length that a policy can say, not below this one.
pub fn whole(micros: i64) -> i64 {
    fitting((micros + MINUTE - 1) / MINUTE) * MINUTE
}

/// A length of whole minutes, and how many of the largest unit it is: days, hours, minutes.
pub fn parts(micros: i64) -> (i64, char) {
    let minutes = fitting(micros / MINUTE);
    for (unit, word) in [(1_440, 'd'), (60, 'h')] {
        if minutes % unit == 0 {
            return (minutes / unit, word);
        }
    }
    (minutes, 'm')
}

/// As a policy says it.
pub fn written(micros: i64) -> String {
    let (count, unit) = parts(micros);
    format!("{count}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_in_all_their_spellings() {
        for (value, unit, said) in [
            ("4", Some("d"), "4d"),
            ("24", Some("hours"), "1d"),
            ("1.5", Some("h"), "90m"),
            ("25h", None, "25h"),
            ("30", Some("s"), "1m"),
            ("P1DT2H", None, "26h"),
            ("PT90M", None, "90m"),
            ("P1M", None, "30d"),
            ("2", Some("weeks"), "14d"),
            ("1", Some("yr"), "365d"),
            ("100001", Some("min"), "1667h"),
        ] {
            assert_eq!(
                length(value, unit).map(written),
                Ok(said.to_owned()),
                "{value}"
            );
        }
    }

    #[test]
    fn wrong_lengths_say_what_is_wrong() {
        for (value, unit, says) in [
            ("4", None, "has no unit"),
            ("4", Some("fortnights"), "is not known"),
            ("4", Some("M"), "minutes or months"),
            ("soon", Some("d"), "is no"),
            ("0", Some("d"), "more than nothing"),
            ("1e999", Some("d"), "is not known"),
            ("999999999999", Some("y"), "at most"),
            ("P1X", None, "ISO 8601"),
        ] {
            let message = length(value, unit).unwrap_err();
            assert!(message.contains(says), "{value}: {message}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for minutes in [1, 59, 60, 1_440, 1_441, 99_999, 100_020, 144_000] {
            let text = written(minutes * MINUTE);
            assert_eq!(length(&text, None), Ok(minutes * MINUTE), "{text}");
        }
    }
}

//! Families of jobs: names that differ only by an id. Some producers make a job for each query or
//! date (trap 36: Trino names each job after its query id), and a catalog that shows every one of
//! them shows nothing else.

/// What stands for an id in the name of a family.
const ID: char = '*';

/// The name of a job's family: its name with a star for each id in it. `None` when it has none.
///
/// An id is a UUID, a query id of Trino (`20260101_123456_00001_abcde`), a date (`2026-01-01`, with
/// a time behind it), a number of six digits or more, or twelve and more hexadecimal digits with
/// letters among them.
pub fn family(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let starts = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        match if starts { id_at(&bytes[at..]) } else { None } {
            Some(length) => {
                out.push_str(&name[copied..at]);
                out.push(ID);
                at += length;
                copied = at;
            }
            None => at += 1,
        }
    }
    (copied > 0).then(|| {
        out.push_str(&name[copied..]);
        out
    })
}

/// Length of the id that begins here: the first form of one behind which a word ends.
fn id_at(rest: &[u8]) -> Option<usize> {
    let ends = |length: &usize| {
        let next = rest.get(*length);
        next.is_none_or(|next| !next.is_ascii_alphanumeric())
    };
    let forms = [uuid(rest), trino(rest), date(rest), plain(rest)];
    forms.into_iter().flatten().find(ends)
}

/// Groups of so many characters each, with something between them.
fn groups(rest: &[u8], lengths: &[usize], between: u8, is: fn(&u8) -> bool) -> Option<usize> {
    let mut at = 0;
    for (n, &length) in lengths.iter().enumerate() {
        if n > 0 {
            if rest.get(at) != Some(&between) {
                return None;
            }
            at += 1;
        }
        if !rest.get(at..at + length)?.iter().all(is) {
            return None;
        }
        at += length;
    }
    Some(at)
}

fn uuid(rest: &[u8]) -> Option<usize> {
    groups(rest, &[8, 4, 4, 4, 12], b'-', u8::is_ascii_hexdigit)
}

fn trino(rest: &[u8]) -> Option<usize> {
    let numbers = groups(rest, &[8, 6, 5], b'_', u8::is_ascii_digit)?;
    let tail = rest.get(numbers..)?;
    let suffix = groups(tail.get(1..)?, &[5], b'_', u8::is_ascii_alphanumeric)?;
    (tail[0] == b'_').then_some(numbers + 1 + suffix)
}

/// A date, with a time of day where one follows.
fn date(rest: &[u8]) -> Option<usize> {
    let day = groups(rest, &[4, 2, 2], b'-', u8::is_ascii_digit)?;
    if rest.get(day) != Some(&b'T') {
        return Some(day);
    }
    let of_time = |b: &&u8| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'+' | b'-' | b'Z');
    let time = rest[day + 1..].iter().take_while(of_time).count();
    Some(day + 1 + time)
}

fn plain(rest: &[u8]) -> Option<usize> {
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let word = &rest[..length];
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let number = digits == length && length >= 6;
    let hex = length >= 12 && digits > 0 && word.iter().all(u8::is_ascii_hexdigit);
    (number || hex).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_36_ids_in_names() {
        for (name, of) in [
            ("20260101_123456_00001_abcde", "*"),
            ("trino.20260101_123456_00001_abcde", "trino.*"),
            ("query-0199f0a2-7b1c-7c3e-9d3a-1b2c3d4e5f60-x", "query-*-x"),
            ("load.2026-01-01", "load.*"),
            ("load.2026-01-01T00:00:00+00:00", "load.*"),
            ("export_20260101", "export_*"),
            ("a/1767225600000/b", "a/*/b"),
            ("spark_0fa3b1c2d4e5f6", "spark_*"),
            ("ü.123456.ü", "ü.*.ü"),
            (
                "trino.20260101_123456_00001_abcdol",
                "trino.*_*_00001_abcdol",
            ),
        ] {
            assert_eq!(family(name).as_deref(), Some(of), "{name}");
        }
        for name in [
            "",
            "orders",
            "stg_orders_v2",
            "q1_2026",
            "dag.task_12",
            "deadbeefcafe",
            "feedfacedecade",
            "abc123456",
            "123456abc",
            "model.shop.customers",
            "2026-1-1",
        ] {
            assert_eq!(family(name), None, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_family_or_none(name in "[a-f0-9_.\\-Tü]{0,60}") {
            if let Some(of) = family(&name) {
                proptest::prop_assert!(of.contains('*') && of.len() < name.len());
            }
        }
    }
}

//! How names, descriptions and typed text are cut into words: the one set of rules that
//! indexing, querying and highlighting share. Pure text functions: nothing of tantivy, no
//! ranking.
//!
//! A text is a list of *segments* (apart by `.` `/` `\` `:`), a segment a list of *chunks*
//! (runs of letters and digits, apart by anything else; a symbol such as an emoji is a chunk
//! of its own), and a chunk a list of *parts* (`orderItems2024` is `order`, `items`, `2024`).
//! All compare after *folding*: lower case, Latin accents removed.

/// Longest word that is indexed or searched, in folded characters; the rest of it is ignored.
pub(super) const MAX_WORD_CHARS: usize = 64;

/// What a character does to the words around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a word.
    Text,
    /// A word by itself: emoji and other symbols outside ASCII.
    Symbol,
    /// Belongs to the character before it and is dropped by folding (accents, joiners).
    Mark,
    /// Ends a word.
    Weak,
    /// Ends a word and a segment.
    Strong,
}

fn class(c: char) -> Class {
    match c {
        '.' | '/' | '\\' | ':' => Class::Strong,
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => Class::Mark,
        _ if c.is_alphanumeric() => Class::Text,
        _ if c.is_ascii() || c.is_whitespace() || c.is_control() => Class::Weak,
        // Latin-1 signs («, », ·), general punctuation (dashes, curly quotes), CJK and
        // full-width punctuation.
        '\u{80}'..='\u{bf}'
        | '\u{2000}'..='\u{206f}'
        | '\u{3000}'..='\u{303f}'
        | '\u{ff00}'..='\u{ff0f}' => Class::Weak,
        _ => Class::Symbol,
    }
}

/// Gives `each` the folded form of `c`: none, one or more characters.
pub(super) fn fold(c: char, mut each: impl FnMut(char)) {
    if c.is_ascii() {
        each(c.to_ascii_lowercase());
        return;
    }
    for lower in c.to_lowercase() {
        if class(lower) == Class::Mark {
            continue;
        }
        match lower {
            'ß' => ['s', 's'].into_iter().for_each(&mut each),
            'æ' => ['a', 'e'].into_iter().for_each(&mut each),
            'œ' => ['o', 'e'].into_iter().for_each(&mut each),
            other => each(without_accent(other)),
        }
    }
}

/// The plain letter of an accented Latin one; any other character as it is.
fn without_accent(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ĥ' | 'ħ' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ĵ' => 'j',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' => 's',
        'ţ' | 'ť' | 'ŧ' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// `text` folded, at most `max_chars` characters of it.
pub(super) fn folded(text: &str, max_chars: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max_chars));
    let mut left = max_chars;
    for c in text.chars() {
        if left == 0 {
            break;
        }
        fold(c, |f| {
            if left > 0 {
                out.push(f);
                left -= 1;
            }
        });
    }
    out
}

/// A run of letters and digits, or one symbol. Byte offsets into the text it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Number of the segment it stands in, from 0, empty segments counted.
    pub(super) segment: usize,
}

/// The chunks of `text`, in order.
pub(super) fn chunks(text: &str) -> impl Iterator<Item = Chunk> + '_ {
    let mut chars = text.char_indices().peekable();
    let mut segment = 0;
    std::iter::from_fn(move || {
        loop {
            let (start, c) = chars.next()?;
            match class(c) {
                Class::Weak | Class::Mark => {}
                Class::Strong => segment += 1,
                Class::Symbol => {
                    let end = start + c.len_utf8();
                    return Some(Chunk {
                        start,
                        end,
                        segment,
                    });
                }
                Class::Text => {
                    let mut end = start + c.len_utf8();
                    while let Some((at, c)) =
                        chars.next_if(|(_, c)| matches!(class(*c), Class::Text | Class::Mark))
                    {
                        end = at + c.len_utf8();
                    }
                    return Some(Chunk {
                        start,
                        end,
                        segment,
                    });
                }
            }
        }
    })
}

/// The parts of a chunk, as byte ranges within `chunk`: cut where case or digits begin anew.
/// Parts of one character are left out, for they say nothing alone (the whole chunk is a word
/// too). Empty when the chunk has one part only.
pub(super) fn parts(chunk: &str) -> Vec<(usize, usize)> {
    let mut cuts = vec![0];
    let mut chars = chunk.char_indices().peekable();
    let mut before: Option<char> = None;
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map(|(_, c)| *c);
        if before.is_some_and(|b| is_cut(b, c, after)) {
            cuts.push(at);
        }
        before = Some(c);
    }
    if cuts.len() == 1 {
        return Vec::new();
    }
    cuts.push(chunk.len());
    cuts.windows(2)
        .map(|pair| (pair[0], pair[1]))
        .filter(|&(start, end)| chunk[start..end].chars().nth(1).is_some())
        .collect()
}

fn is_cut(before: char, c: char, after: Option<char>) -> bool {
    let digit_edge = before.is_numeric() != c.is_numeric() && class(c) != Class::Mark;
    let word_begins = before.is_lowercase() && c.is_uppercase();
    // The last capital of a run belongs to the word it begins: HTTPServer is HTTP, Server.
    let run_ends =
        before.is_uppercase() && c.is_uppercase() && after.is_some_and(char::is_lowercase);
    digit_edge || word_begins || run_ends
}

/// Non-empty segments of a name, folded and without the quotes that SQL puts round
/// identifiers, so that `"Db"."Orders"` and `db.orders` are the same list.
pub(super) fn segments(name: &str) -> Vec<String> {
    name.split(|c| class(c) == Class::Strong)
        .map(|segment| {
            let bare = segment.trim_matches(|c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '[' | ']')
            });
            folded(bare, usize::MAX)
        })
        .filter(|segment| !segment.is_empty())
        .collect()
}

/// A folded character and the bytes of the text that it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Squashed {
    pub(super) ch: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Each segment's letters, digits and symbols with all else removed: `stg_orders` is
/// `stgorders`. What a substring is looked for in. At most `max_chars` characters in all.
pub(super) fn squashed(text: &str, max_chars: usize) -> Vec<Vec<Squashed>> {
    let mut out: Vec<Vec<Squashed>> = Vec::new();
    let mut left = max_chars;
    let mut last_segment = None;
    for chunk in chunks(text) {
        if last_segment != Some(chunk.segment) {
            out.push(Vec::new());
            last_segment = Some(chunk.segment);
        }
        let Some(run) = out.last_mut() else { break };
        for (at, c) in text[chunk.start..chunk.end].char_indices() {
            let start = chunk.start + at;
            let end = start + c.len_utf8();
            fold(c, |ch| {
                if left > 0 {
                    run.push(Squashed { ch, start, end });
                    left -= 1;
                }
            });
        }
        if left == 0 {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let mut got = Vec::new();
        for chunk in chunks(text) {
            let source = &text[chunk.start..chunk.end];
            got.push(folded(source, MAX_WORD_CHARS));
            got.extend(
                parts(source)
                    .iter()
                    .map(|&(a, b)| folded(&source[a..b], 64)),
            );
        }
        assert_eq!(got, expect, "{text:?}");
    }

    #[test]
    fn cuts_names_into_words() {
        check("stg_orders", &["stg", "orders"]);
        check("orderItems", &["orderitems", "order", "items"]);
        check("HTTPServerLog", &["httpserverlog", "http", "server", "log"]);
        check("orders2024", &["orders2024", "orders", "2024"]);
        check("a.b/c-d:e\\f", &["a", "b", "c", "d", "e", "f"]);
        check("s3", &["s3"]);
        check("\"Db\".\"Ünï straße\"", &["db", "uni", "strasse"]);
        check("«orders» “x”", &["orders", "x"]);
        check("🚀_launch🚀", &["🚀", "launch", "🚀"]);
        check("cafe\u{301}", &["cafe"]);
        check("注文_明細", &["注文", "明細"]);
        check("--- ''", &[]);
        check("", &[]);
    }

    #[test]
    fn segments_drop_quotes_case_and_empties() {
        assert_eq!(segments("\"DB\"..`Orders`"), ["db", "orders"]);
        assert_eq!(segments("/data/x/"), ["data", "x"]);
        assert_eq!(segments("---"), ["---"]);
        assert!(segments("...").is_empty());
    }

    #[test]
    fn squashed_keeps_source_bytes() {
        let runs = squashed("Ä_b.c", 10);
        assert_eq!(runs.len(), 2);
        assert_eq!(
            runs[0][1],
            Squashed {
                ch: 'b',
                start: 3,
                end: 4
            }
        );
        assert_eq!(squashed("abcdef", 4)[0].len(), 4);
    }
}

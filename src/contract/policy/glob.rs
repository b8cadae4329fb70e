//! Patterns over names: `*` is any text, `?` any character, `{a,b}` either of several, `\` takes the
//! next character as it is. A pattern must match all of a name, case counts.

/// Alternatives of one pattern at most.
const MAX_ALTERNATIVES: usize = 64;

/// A pattern, ready to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    /// As it was written.
    pub text: String,
    alternatives: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Any,
    One,
    Char(char),
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty pattern matches nothing; `*` matches everything".to_owned());
        }
        let mut done: Vec<Vec<Piece>> = vec![Vec::new()];
        // The alternatives of the braces that are open, the last of them under way.
        let mut braces: Option<Vec<Vec<Piece>>> = None;
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            let piece = match char {
                '*' => Piece::Any,
                '?' => Piece::One,
                '\\' => Piece::Char(chars.next().ok_or("`\\` stands at the end")?),
                '[' | ']' => {
                    return Err(format!(
                        "`{char}` is not read; use `{{a,b}}` for one of several, `\\{char}` for the character"
                    ));
                }
                '{' if braces.is_some() => return Err("`{` stands within `{`".to_owned()),
                '{' => {
                    braces = Some(vec![Vec::new()]);
                    continue;
                }
                ',' if braces.is_some() => {
                    if let Some(open) = &mut braces {
                        open.push(Vec::new());
                    }
                    continue;
                }
                '}' => {
                    let open = braces.take().ok_or("`}` stands without its `{`")?;
                    done = product(&done, &open);
                    if done.len() > MAX_ALTERNATIVES {
                        return Err(format!(
                            "its braces make more than {MAX_ALTERNATIVES} patterns"
                        ));
                    }
                    continue;
                }
                plain => Piece::Char(plain),
            };
            match braces.as_mut().and_then(|open| open.last_mut()) {
                Some(open) => open.push(piece),
                None => done.iter_mut().for_each(|one| one.push(piece)),
            }
        }
        if braces.is_some() {
            return Err("`{` stands without its `}`".to_owned());
        }
        Ok(Self {
            text: text.to_owned(),
            alternatives: done,
        })
    }

    /// Whether it matches all of a name.
    pub fn matches(&self, name: &str) -> bool {
        self.alternatives.iter().any(|one| fits(one, name))
    }
}

fn product(done: &[Vec<Piece>], open: &[Vec<Piece>]) -> Vec<Vec<Piece>> {
    let pairs = done.iter().flat_map(|head| {
        let joined = open.iter().map(|tail| head.iter().chain(tail).copied());
        joined.map(Iterator::collect)
    });
    pairs.take(MAX_ALTERNATIVES + 1).collect()
}

/// Tries the last `*` with one character more after each mismatch: at most pattern × name steps.
fn fits(pattern: &[Piece], name: &str) -> bool {
    let (mut at, mut rest) = (0, name.chars());
    let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let mut ahead = rest.clone();
        let next = ahead.next();
        match (pattern.get(at), next) {
            (None, None) => return true,
            (Some(Piece::Any), _) => {
                retry = Some((at, rest.clone()));
                at += 1;
                continue;
            }
            (Some(Piece::One), Some(_)) => {
                (at, rest) = (at + 1, ahead);
                continue;
            }
            (Some(Piece::Char(wanted)), Some(found)) if *wanted == found => {
                (at, rest) = (at + 1, ahead);
                continue;
            }
            _ => {}
        }
        let Some((star, taken)) = retry.as_mut() else {
            return false;
        };
        if taken.next().is_none() {
            return false;
        }
        (at, rest) = (*star + 1, taken.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Glob::new(pattern).unwrap().matches(name)
    }

    #[test]
    fn patterns_match_whole_names() {
        assert!(matches("RAW.*", "RAW.SHOP.ORDERS"));
        assert!(!matches("RAW.*", "XRAW.SHOP"));
        assert!(matches("*.{stg,int}_*", "shop.stg_orders"));
        assert!(!matches("*.{stg,int}_*", "shop.fct_orders"));
        assert!(matches("a?c", "aéc") && !matches("a?c", "ac"));
        assert!(matches("\\*", "*") && !matches("\\*", "x"));
        assert!(matches("*", "") && matches("a**b", "a/x/b"));
        assert!(matches("*{,s}", "orders"));
    }

    #[test]
    fn wrong_patterns_are_named() {
        for (pattern, says) in [
            ("", "empty"),
            ("a[b]", "`[`"),
            ("{a,b", "without its `}`"),
            ("a}", "without its `{`"),
            ("{a,{b}}", "within"),
            ("a\\", "at the end"),
            ("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "more than 64"),
        ] {
            let message = Glob::new(pattern).unwrap_err();
            assert!(message.contains(says), "{pattern}: {message}");
        }
    }

    /// Obvious and slow.
    fn reference(pattern: &[char], name: &[char]) -> bool {
        match (pattern.first(), name.first()) {
            (None, None) => true,
            (Some('*'), _) => {
                reference(&pattern[1..], name) || !name.is_empty() && reference(pattern, &name[1..])
            }
            (Some('?'), Some(_)) => reference(&pattern[1..], &name[1..]),
            (Some(a), Some(b)) if a == b => reference(&pattern[1..], &name[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn any_pattern_matches_as_the_reference_does(pattern in "[ab*?]{1,8}", name in "[ab]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &name), reference(&chars(&pattern), &chars(&name)));
        }
    }
}

//! The modules under test, compiled here by their path: they need none of the rest of Headwater.

#![allow(dead_code, unused_imports)]

#[path = "../../src/log/mod.rs"]
pub mod log;
#[path = "../../src/openlineage/mod.rs"]
pub mod openlineage;
#[path = "../../src/project/mod.rs"]
pub mod project;
#[path = "../../src/sql/mod.rs"]
pub mod sql;

#[path = "../../src/receive"]
pub mod receive {
    pub mod split;
}

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Another spelling of a canonical document: members in reverse order, white space, escapes.
pub fn respelled(canonical: &str, salt: u8) -> String {
    let mut out = String::with_capacity(canonical.len() * 2);
    respell(canonical, salt, 0, &mut out);
    out
}

fn space(salt: u8, out: &mut String) {
    out.push_str(match salt % 4 {
        0 => "",
        1 => " ",
        2 => "\n\t",
        _ => "\r",
    });
}

fn respell(value: &str, salt: u8, depth: usize, out: &mut String) {
    space(salt, out);
    // serde_json has a limit of 128 levels; deeper values stay as they are.
    let nested = depth < 100;
    match value.as_bytes().first() {
        Some(b'{') if nested => {
            let members: BTreeMap<String, &RawValue> =
                serde_json::from_str(value).expect("canonical JSON is JSON");
            out.push('{');
            for (n, (key, value)) in members.iter().rev().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                respell_string(&serde_json::to_string(key).unwrap_or_default(), salt, out);
                space(salt >> 2, out);
                out.push(':');
                respell(value.get(), salt.rotate_left(1), depth + 1, out);
            }
            out.push('}');
        }
        Some(b'[') if nested => {
            let items: Vec<&RawValue> = serde_json::from_str(value).expect("canonical JSON is JSON");
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                respell(item.get(), salt.rotate_left(1), depth + 1, out);
            }
            out.push(']');
        }
        Some(b'"') => respell_string(value, salt, out),
        _ => out.push_str(value),
    }
    space(salt >> 4, out);
}

/// Spells plain characters of a string as escapes, some of them.
fn respell_string(quoted: &str, salt: u8, out: &mut String) {
    let mut verbatim = 0;
    let mut before = ' ';
    for (n, char) in quoted.chars().enumerate() {
        let plain = verbatim == 0 && char != '"' && char != '\\';
        verbatim = match char {
            '\\' if verbatim == 0 => 1,
            'u' if verbatim == 1 && before == '\\' => 4,
            _ => usize::saturating_sub(verbatim, 1),
        };
        before = char;
        if plain && (salt.wrapping_add(n as u8)).is_multiple_of(3) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        } else {
            out.push(char);
        }
    }
}

//! Bodies of facets as they stand in the store: as they are, or packed with zstd when long.
//!
//! Making a context of zstd costs more than packing one body, so each thread keeps its own.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

/// Longer bodies are packed.
const PACK_FROM: usize = 512;
const PLAIN: u8 = 0;
/// Then the length of the body (u32 LE) and the packed bytes.
const PACKED: u8 = 1;

thread_local! {
    static PACK: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(1).ok());
    static UNPACK: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

/// The stored form of a body.
pub fn pack(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).ok();
    let packed = length
        .filter(|_| body.len() > PACK_FROM)
        .and_then(|length| {
            let packed = PACK.with_borrow_mut(|pack| pack.as_mut()?.compress(body).ok())?;
            Some((length, packed))
        });
    let Some((length, packed)) = packed else {
        return [&[PLAIN], body].concat();
    };
    [&[PACKED], &length.to_le_bytes()[..], &packed].concat()
}

/// The body of a stored form.
///
/// # Errors
/// What is wrong with it, when it is none.
pub fn unpack(stored: &[u8]) -> Result<Vec<u8>, String> {
    match stored {
        [PLAIN, body @ ..] => Ok(body.to_vec()),
        [PACKED, a, b, c, d, packed @ ..] => {
            let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            let unpacked = UNPACK.with_borrow_mut(|unpack| {
                let unpack = unpack.as_mut().ok_or("zstd gave no context")?;
                let unpacked = unpack.decompress(packed, length);
                unpacked.map_err(|error| error.to_string())
            });
            unpacked.map_err(|error| format!("a facet does not unpack: {error}"))
        }
        _ => Err("a facet has an unknown form".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back() {
        for length in [0, 1, PACK_FROM, PACK_FROM + 1, 100_000] {
            let body: Vec<u8> = (0..length).map(|n| u8::try_from(n % 7).unwrap()).collect();
            let stored = pack(&body);
            assert!(stored.len() <= body.len() + 1);
            assert_eq!(unpack(&stored).unwrap(), body);
        }
        for broken in [&[][..], &[9, 1], &[PACKED, 4, 0, 0, 0, 1, 2, 3]] {
            assert!(unpack(broken).is_err());
        }
    }
}

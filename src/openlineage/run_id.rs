//! Run ids. The specification wants a UUID; a text that is none is an id all the same, for nothing
//! that producers tell of a run is to be lost because of how they name it.

use uuid::{Builder, Uuid, Variant, Version};

use super::canonical::content_hash;

/// A run id as a number, and whether it was read as a UUID. Another text is hashed into a UUID of
/// version 8, which the standard leaves to private use: the same text is always the same id.
pub fn run_id(text: &str) -> (Uuid, bool) {
    match Uuid::parse_str(text) {
        Ok(id) => (id, true),
        Err(_) => (
            Builder::from_custom_bytes(content_hash(text.as_bytes())).into_uuid(),
            false,
        ),
    }
}

/// Whether a run id may stand for a text.
pub fn may_stand_for_a_text(id: Uuid) -> bool {
    id.get_variant() == Variant::RFC4122 && id.get_version() == Some(Version::Custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_id_and_a_uuid_is_itself() {
        let (id, given) = run_id("run_id");
        assert_eq!((id, given), (run_id("run_id").0, false));
        assert!(may_stand_for_a_text(id));
        assert_ne!(id, run_id("run_id ").0);
        let text = "01a2061d-9b94-7804-9132-912aa9c0ca6d";
        let (id, given) = run_id(text);
        assert_eq!((id.to_string().as_str(), given), (text, true));
        assert!(!may_stand_for_a_text(id));
    }
}

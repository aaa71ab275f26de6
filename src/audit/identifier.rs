//! What an authorization is for, in few bytes.

use std::hash::{DefaultHasher, Hasher};

/// A hash of an identifier: a run can have millions, whose text would take most of the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentifierDigest(u64);

impl IdentifierDigest {
    /// That of an identifier of an authorization (RFC 8555 section 7.1.4), whose `value` is without the
    /// `*.` of a wildcard.
    pub fn of(identifier_type: &str, value: &str, is_wildcard: bool) -> Self {
        let wildcard = if is_wildcard { "*." } else { "" };
        Self::of_bytes(identifier_type.bytes(), wildcard.bytes().chain(value.bytes()))
    }

    /// That of one as the table `authz2` has it: the value has its `*.`.
    pub(super) fn of_row(identifier_type: &str, value: &str) -> Self {
        Self::of_bytes(identifier_type.bytes(), value.bytes())
    }

    fn of_bytes(
        identifier_type: impl Iterator<Item = u8>,
        value: impl Iterator<Item = u8>,
    ) -> Self {
        let mut hasher = DefaultHasher::new();
        // In neither of them is the byte that keeps them apart.
        for byte in identifier_type.chain([0]).chain(value) {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
        Self(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_wildcard_in_the_name() {
        let of_row = IdentifierDigest::of_row("dns", "*.a.com");
        assert_eq!(IdentifierDigest::of("dns", "A.com", true), of_row);
        for (identifier_type, value, is_wildcard) in
            [("dns", "a.com", false), ("ip", "a.com", true), ("dns", "b.com", true)]
        {
            assert_ne!(IdentifierDigest::of(identifier_type, value, is_wildcard), of_row);
        }
    }
}

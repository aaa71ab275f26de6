//! Serial numbers as a CA's database has them.

use std::fmt;

/// What a serial number has at most (RFC 5280 section 4.1.2.2), in bytes.
const MOST_BYTES: usize = 20;
/// Boulder writes at least this many hexadecimal digits.
const FEWEST_DIGITS: usize = 36;

/// A certificate's serial number; shown as Boulder writes it, in at least 36 lower-case digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial([u8; MOST_BYTES]);

impl Serial {
    /// The number of big-endian `bytes`, as a certificate holds them; `None` when there are too many.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        let significant = &bytes[start..];
        let mut serial = [0; MOST_BYTES];
        serial[MOST_BYTES.checked_sub(significant.len())?..].copy_from_slice(significant);
        Some(Self(serial))
    }

    /// The number that hexadecimal digits say; `None` when they are none, or too many.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let even =
            if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("0{digits}") };
        Self::from_bytes(&hex::decode(even).ok()?)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::encode(self.0);
        let spare = digits.len() - FEWEST_DIGITS;
        let zeros = digits.bytes().take(spare).take_while(|digit| *digit == b'0').count();
        f.write_str(&digits[zeros..])
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_boulder_does() {
        let shown = |bytes: &[u8]| Serial::from_bytes(bytes).map(|serial| serial.to_string());
        assert_eq!(shown(&[0x0a, 0xff]), Some(format!("{:036x}", 0xaff)));
        assert_eq!(shown(&[0x7f; 18]), Some("7f".repeat(18)));
        // 37 digits: no zero is put before them.
        assert_eq!(shown(&[&[0x01][..], &[0; 18]].concat()), Some(format!("1{}", "0".repeat(36))));
        assert_eq!(shown(&[0xff; 20]), Some("ff".repeat(20)));
        assert_eq!(shown(&[&[0][..], &[0xff; 20]].concat()), Some("ff".repeat(20)));
        assert_eq!(shown(&[1; 21]), None);
    }

    #[test]
    fn digits_read_back() {
        let serial = Serial::from_bytes(&[0x0a, 0xbc]).expect("short enough");
        for digits in ["abc", "0ABC", &format!("{:036x}", 0xabc)] {
            assert_eq!(Serial::from_hex(digits), Some(serial), "{digits}");
        }
        assert_eq!(Serial::from_hex("xyz"), None);
    }
}

//! The body of a message in the form people read.

use std::fmt::Write;

use super::human::{counted, printable};
use super::json;
use crate::record::errors::beginning;

/// Longer bodies are cut.
const MAX_BYTES: usize = 4_096;

/// How much of a binary body is shown.
const MAX_BINARY: usize = 128;

/// The lines that show `bytes`: JSON indented, other text as it is, anything else as hexadecimal.
/// What is left out is named with the full size.
pub(super) fn lines(bytes: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return binary(bytes) };
    if text.contains('\0') {
        return binary(bytes);
    }
    let text = json::indented(text).map_or_else(|| text.into(), std::borrow::Cow::from);
    // HTTP's text and PEM often end lines with CR LF: the CR is not worth a mark.
    let text = text.replace("\r\n", "\n");
    let text = printable(&text);
    let shown = beginning(&text, MAX_BYTES);
    let mut lines: Vec<_> = shown.lines().map(str::to_owned).collect();
    if shown.len() < text.len() {
        lines.push(cut(bytes));
    }
    lines
}

fn binary(bytes: &[u8]) -> Vec<String> {
    let shown = &bytes[..bytes.len().min(MAX_BINARY)];
    let mut lines: Vec<_> = shown.chunks(16).enumerate().map(hex_line).collect();
    if shown.len() < bytes.len() {
        lines.push(cut(bytes));
    }
    lines
}

/// Offset, sixteen bytes, and the same as ASCII.
fn hex_line((number, bytes): (usize, &[u8])) -> String {
    let mut line = format!("{:04x} ", number * 16);
    for byte in bytes {
        _ = write!(line, " {byte:02x}");
    }
    let ascii = bytes.iter().map(|byte| if byte.is_ascii_graphic() { *byte as char } else { '.' });
    format!("{line:<53}  {}", ascii.collect::<String>())
}

fn cut(bytes: &[u8]) -> String {
    format!("[... cut: {} in all]", counted(bytes.len() as u64, "byte"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_as_it_is() {
        let pem = b"-----BEGIN CERTIFICATE-----\r\nMIIB\r\n-----END CERTIFICATE-----\r\n";
        let expected = ["-----BEGIN CERTIFICATE-----", "MIIB", "-----END CERTIFICATE-----"];
        assert_eq!(lines(pem), expected);
        assert_eq!(lines(b"\x1b[2J"), ["\u{fffd}[2J"]);
        assert_eq!(lines(b""), Vec::<String>::new());
    }

    #[test]
    fn json_is_indented() {
        assert_eq!(lines(br#"{"a":1}"#), ["{", "  \"a\": 1", "}"]);
    }

    #[test]
    fn binary_is_hexadecimal() {
        let shown = lines(b"\x30\x82\x01\xffA\0");
        assert_eq!(shown, ["0000  30 82 01 ff 41 00                                0...A."]);
        let shown = lines(&[0xff; 1_000]);
        assert_eq!(shown.len(), 9);
        assert_eq!(shown[8], "[... cut: 1,000 bytes in all]");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let shown = lines("xö".repeat(3_000).as_bytes());
        assert_eq!(shown[0].len(), MAX_BYTES);
        assert_eq!(shown[1], "[... cut: 9,000 bytes in all]");
    }
}

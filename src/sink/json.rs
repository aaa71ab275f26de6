//! Indents JSON without changing it.

use serde::de::IgnoredAny;

/// `text` with line feeds and blanks, if it is a JSON object or array.
///
/// Members keep their order, repeated ones stay, numbers and escapes stay as they are written:
/// those are what a malformed request is about, and reading and writing the value would hide them.
pub(super) fn indented(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push('"');
                copy_string(&mut chars, &mut out);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(depth, &mut out);
                }
            }
            '}' | ']' => {
                depth -= 1;
                new_line(depth, &mut out);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(depth, &mut out);
            }
            ':' => out.push_str(": "),
            _ if c.is_ascii_whitespace() => {}
            _ => out.push(c),
        }
    }
    Some(out)
}

/// The rest of a string, with its closing quote.
fn copy_string(chars: &mut impl Iterator<Item = char>, out: &mut String) {
    let mut escaped = false;
    for c in chars {
        out.push(c);
        match c {
            '"' if !escaped => return,
            _ => escaped = c == '\\' && !escaped,
        }
    }
}

fn new_line(depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indents_and_keeps_order_repeats_and_spelling() {
        let text = r#"{"b":1.0,"a":[ ],"a":{"x":"\u0041\"{,}:","y":[1e2,null]},"c":{ }}"#;
        let expected = r#"{
  "b": 1.0,
  "a": [],
  "a": {
    "x": "\u0041\"{,}:",
    "y": [
      1e2,
      null
    ]
  },
  "c": {}
}"#;
        assert_eq!(indented(text).as_deref(), Some(expected));
        assert_eq!(indented(expected).as_deref(), Some(expected));
    }

    #[test]
    fn only_valid_objects_and_arrays() {
        for text in ["", "{", "{'a':1}", "12", "\"text\"", "{} {}"] {
            assert_eq!(indented(text), None, "{text}");
        }
        assert_eq!(indented(" [] \n").as_deref(), Some("[]"));
    }
}

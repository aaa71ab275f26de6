//! Text with `{id}`, `{n}`, `{1}` in it, which each answer fills in.

use crate::nearest::nearest;

/// What placeholders stand for in one answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling<'a> {
    /// The backend's id.
    pub(super) id: &'a str,
    /// How many answers this route has given, with this one.
    pub(super) n: u64,
    /// The path's segments at the stars of the route.
    pub(super) segments: &'a [&'a str],
}

/// A text, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Id,
    N,
    /// Counted from 0.
    Segment(usize),
}

impl Template {
    /// Parses `text` for a path with so many stars. Braces around anything but a word are text, so that
    /// JSON can be written as it is.
    pub(super) fn parse(text: &str, segments: usize) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        let mut plain = String::new();
        while let Some(open) = rest.find('{') {
            let (before, behind) = rest.split_at(open);
            plain.push_str(before);
            let word =
                behind[1..].split_once('}').map(|(word, _)| word).filter(|word| is_word(word));
            let Some(word) = word else {
                plain.push('{');
                rest = &behind[1..];
                continue;
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(placeholder(word, segments)?);
            rest = &behind[word.len() + 2..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { pieces })
    }

    /// The text of one answer; `escape` is what its format asks for.
    pub(super) fn fill(&self, filling: Filling, escape: fn(&str) -> String) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Id => text.push_str(&escape(filling.id)),
                Piece::N => text.push_str(&filling.n.to_string()),
                Piece::Segment(at) => {
                    text.push_str(&escape(filling.segments.get(*at).unwrap_or(&"")));
                }
            }
        }
        text
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn placeholder(word: &str, segments: usize) -> Result<Piece, String> {
    match (word, word.parse::<usize>()) {
        ("id", _) => Ok(Piece::Id),
        ("n", _) => Ok(Piece::N),
        (_, Ok(at)) if (1..=segments).contains(&at) => Ok(Piece::Segment(at - 1)),
        (_, Ok(_)) => Err(format!("`{{{word}}}`: the path has {segments} segments that are *")),
        _ => {
            let hint = match nearest(word, ["id", "n"]) {
                Some(near) => format!("did you mean `{{{near}}}`?"),
                None => "known are {id}, {n}, and {1}, {2}, ... for the path's *".to_owned(),
            };
            Err(format!("unknown placeholder `{{{word}}}`; {hint}"))
        }
    }
}

/// For text that is sent as it is.
pub(super) fn as_it_is(text: &str) -> String {
    text.to_owned()
}

/// For text inside a JSON string.
pub(super) fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILLING: Filling = Filling { id: "b\"1", n: 42, segments: &["x", "y"] };

    #[test]
    fn placeholders_are_filled_in() {
        let template = Template::parse("{id}: {n} at {2}/{1}.", 2).expect("known words");
        assert_eq!(template.fill(FILLING, as_it_is), "b\"1: 42 at y/x.");
        let template = Template::parse(r#"{"a":{},"n":"{n}","id":"{id}"}"#, 0).expect("JSON");
        assert_eq!(template.fill(FILLING, json), r#"{"a":{},"n":"42","id":"b\"1"}"#);
        let template = Template::parse("{ open {", 0).expect("text");
        assert_eq!(template.fill(FILLING, as_it_is), "{ open {");
    }

    #[test]
    fn unknown_ones_are_told() {
        for (text, told) in [
            ("{idd}", "unknown placeholder `{idd}`; did you mean `{id}`?"),
            ("{3}", "`{3}`: the path has 2 segments that are *"),
            (
                "{token}",
                "unknown placeholder `{token}`; known are {id}, {n}, and {1}, {2}, ... for the path's *",
            ),
        ] {
            assert_eq!(Template::parse(text, 2).expect_err(text), told);
        }
    }
}

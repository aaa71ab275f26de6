//! What `check` prints.

use rhai::Position;
use std::fmt::{self, Write as _};

/// One thing that is wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as the user named it.
    pub file: String,
    /// Line and column in characters, from 1; `None` for what is nowhere in particular.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// What to do about it, when that can be guessed.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    /// `scripts/x.rhai:12:9: no function ``gett`` in module ``http``; did you mean ``get``?`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

/// The problems one a line, and their number.
pub fn render(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{problem}");
    }
    let _ = match problems.len() {
        0 => writeln!(text, "no problems"),
        1 => writeln!(text, "1 problem"),
        n => writeln!(text, "{n} problems"),
    };
    text
}

/// A problem before it is known which file it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) at: Position,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Finding {
    pub(super) fn new(at: Position, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: None }
    }

    pub(super) fn hint(self, hint: Option<impl Into<String>>) -> Self {
        Self { hint: hint.map(Into::into), ..self }
    }

    /// Adds "did you mean `word`?" when there is such a word.
    pub(super) fn did_you_mean(self, word: Option<&str>) -> Self {
        self.hint(word.map(|word| format!("did you mean `{word}`?")))
    }

    /// The problem, in `file`.
    pub(super) fn within(self, file: &str) -> Problem {
        Problem {
            file: file.to_owned(),
            at: Some((self.at.line().unwrap_or(1), self.at.position().unwrap_or(1))),
            message: self.message,
            hint: self.hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_each_and_a_count() {
        let plain = Finding::new(Position::new(3, 7), "this is wrong").within("a.rhai");
        let hinted = Finding::new(Position::NONE, "so is that").did_you_mean(Some("this"));
        let problems = [plain, hinted.within("b.rhai")];
        assert_eq!(
            render(&problems),
            "a.rhai:3:7: this is wrong\n\
             b.rhai:1:1: so is that; did you mean `this`?\n\
             2 problems\n"
        );
        assert_eq!(render(&[]), "no problems\n");
        assert_eq!(render(&problems[..1]), "a.rhai:3:7: this is wrong\n1 problem\n");
    }
}

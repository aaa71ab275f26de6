//! Colour, only where somebody sees it.

use std::io::{IsTerminal, stderr, stdout};

/// Whether text may be coloured. The caller decides once; nothing else looks at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    color: bool,
}

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Paint {
    /// As it is.
    #[default]
    Plain,
    /// Titles.
    Bold,
    /// What one may skip.
    Dim,
    /// Failures.
    Red,
    /// Successes.
    Green,
    /// What leaves: requests.
    Cyan,
}

impl Style {
    /// No colours.
    pub const PLAIN: Self = Self { color: false };
    /// Colours (ANSI).
    pub const COLOR: Self = Self { color: true };

    /// Colours if stdout is a terminal and the environment does not hold `NO_COLOR`
    /// (<https://no-color.org>).
    pub fn of_stdout() -> Self {
        Self::of(stdout().is_terminal())
    }

    /// As [`Style::of_stdout`], for stderr.
    pub fn of_stderr() -> Self {
        Self::of(stderr().is_terminal())
    }

    fn of(terminal: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { color: terminal && !unwanted }
    }

    /// `text` in its colour. Pad it first: the codes count as characters.
    pub(super) fn paint(self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Plain => return text.to_owned(),
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Red => "31",
            Paint::Green => "32",
            Paint::Cyan => "36",
        };
        if self.color && !text.trim().is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_when_asked() {
        assert_eq!(Style::PLAIN.paint(Paint::Red, "3"), "3");
        assert_eq!(Style::COLOR.paint(Paint::Red, "3"), "\x1b[31m3\x1b[0m");
        assert_eq!(Style::COLOR.paint(Paint::Plain, "3"), "3");
        assert_eq!(Style::COLOR.paint(Paint::Red, "  "), "  ");
    }
}

//! Kinds of errors, each with a count and, where that says more, an example.

use std::fmt::Write;

use super::parts::{WIDTH, more, section};
use crate::record::errors::ErrorSource;
use crate::record::summary::{ErrorBlock, Summary};
use crate::sink::human;
use crate::sink::style::{Paint, Style};

/// How many kinds of errors are shown.
const MAX_ERRORS: usize = 10;

/// How long a message can be: a quoted name can have 100,000 characters.
const MAX_ERROR_CHARS: usize = 300;

pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    let errors: Vec<_> =
        summary.errors.iter().filter(|error| !is_told_elsewhere(summary, error)).collect();
    if errors.is_empty() {
        return;
    }
    section("ERRORS", style, out);
    let shown = &errors[..errors.len().min(MAX_ERRORS)];
    let counts: Vec<_> =
        shown.iter().map(|error| human::counted(error.count, thing(error))).collect();
    let width = counts.iter().map(String::len).max().unwrap_or(0);
    for (error, count) in shown.iter().zip(&counts) {
        let room = WIDTH - width - 2;
        let message = human::one_line(&error.message, MAX_ERROR_CHARS);
        let mut lines = human::wrap(&message, room);
        lines.extend(example(error, room).unwrap_or_default());
        let count = style.paint(Paint::Red, &format!("{count:>width$}"));
        _ = writeln!(out, "{count}  {}", lines[0]);
        for line in &lines[1..] {
            _ = writeln!(out, "{:width$}  {line}", "");
        }
    }
    more(errors.len() - shown.len(), style, out);
}

fn thing(error: &ErrorBlock) -> &'static str {
    match error.source {
        ErrorSource::Chain => "chain",
        ErrorSource::Request => "request",
    }
}

/// Whether the table of cases tells it, or a chain that failed of the same, as often.
fn is_told_elsewhere(summary: &Summary, error: &ErrorBlock) -> bool {
    let same = |chain: &ErrorBlock| {
        // The chain's says besides where in the script it was.
        let rest = chain.message.strip_prefix(&error.message);
        chain.source == ErrorSource::Chain
            && chain.count == error.count
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
    };
    is_of_a_case(summary, error)
        || error.source == ErrorSource::Request && summary.errors.iter().any(same)
}

/// Whether the table of cases tells this error, below the case that it failed.
fn is_of_a_case(summary: &Summary, error: &ErrorBlock) -> bool {
    let begins =
        |name: &str| error.example.strip_prefix(name).is_some_and(|it| it.starts_with(": "));
    error.source == ErrorSource::Chain && summary.cases.iter().any(|case| begins(&case.chain))
}

/// One of the messages as it was, where the group's has masks instead of what differs; whole words, for
/// some of them are there to be copied.
fn example(error: &ErrorBlock, room: usize) -> Option<Vec<String>> {
    const LABEL: &str = "e.g. ";
    let example = human::one_line(&error.example, usize::MAX);
    // The group's own may be cut off.
    let masks =
        !example.is_empty() && !example.starts_with(&human::one_line(&error.message, usize::MAX));
    let text = || format!("{LABEL}{}", human::shortened(&example, MAX_ERROR_CHARS));
    masks.then(|| human::wrap(&text(), room))
}

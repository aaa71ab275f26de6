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
    let kinds = kinds(summary);
    if kinds.is_empty() {
        return;
    }
    section("ERRORS", style, out);
    let shown = &kinds[..kinds.len().min(MAX_ERRORS)];
    let width = shown.iter().flat_map(Kind::counts).map(|count| count.len()).max().unwrap_or(0);
    for kind in shown {
        let mut counts = kind.counts();
        let mut lines = kind.lines(WIDTH - width - 2);
        let rows = lines.len().max(counts.len());
        counts.resize(rows, String::new());
        lines.resize(rows, String::new());
        for (count, line) in counts.iter().zip(&lines) {
            let count = style.paint(Paint::Red, &format!("{count:>width$}"));
            _ = writeln!(out, "{}", format!("{count}  {line}").trim_end());
        }
    }
    more(kinds.len() - shown.len(), style, out);
}

/// What went wrong in one way: of a request, of the chains that did not survive it, wherever they sent it.
struct Kind<'a> {
    /// The message without its place.
    what: &'a str,
    /// Of requests, and of chains.
    counts: [u64; 2],
    /// The places in scripts, the most frequent first.
    places: Vec<&'a str>,
    /// The most frequent of the errors.
    first: &'a ErrorBlock,
}

/// All of them, in the order of the errors, which is by their number.
fn kinds(summary: &Summary) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    for error in summary.errors.iter().filter(|error| !is_of_a_case(summary, error)) {
        let (what, place) = without_place(&error.message);
        let at = kinds.iter().position(|kind| kind.what == what).unwrap_or_else(|| {
            kinds.push(Kind { what, counts: [0, 0], places: Vec::new(), first: error });
            kinds.len() - 1
        });
        let source = usize::from(error.source == ErrorSource::Chain);
        kinds[at].counts[source] += error.count;
        kinds[at].places.extend(place);
    }
    kinds
}

/// `refused (new_cert.rhai:12:3)` as `refused` and `new_cert.rhai:12:3`.
fn without_place(message: &str) -> (&str, Option<&str>) {
    let place = message.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    match place {
        Some((what, place)) if place.contains(".rhai:") => (what, Some(place)),
        _ => (message, None),
    }
}

impl Kind<'_> {
    /// `28 requests`, `27 chains`.
    fn counts(&self) -> Vec<String> {
        let told =
            |(count, thing): (&u64, &str)| (*count > 0).then(|| human::counted(*count, thing));
        self.counts.iter().zip(["request", "chain"]).filter_map(told).collect()
    }

    fn lines(&self, room: usize) -> Vec<String> {
        let place = match self.places.as_slice() {
            [] => String::new(),
            [place] => format!(" ({place})"),
            [place, rest @ ..] => {
                format!(" ({place}, and {} more)", human::counted(rest.len() as u64, "place"))
            }
        };
        let message = human::one_line(&format!("{}{place}", self.what), MAX_ERROR_CHARS);
        let mut lines = human::wrap(&message, room);
        lines.extend(example(self.first, room).unwrap_or_default());
        lines
    }
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

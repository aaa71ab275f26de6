//! The table of cases that `coyote once` ends with: a row a case, so that it can be searched, and below
//! one that failed the reason.

use std::fmt::Write;

use super::human;
use super::style::{Paint, Style};
use crate::record::case_block::{CaseBlock, CaseVerdict, VerdictCounts};

const HEADERS: [&str; 5] = ["CASE", "what", "expected", "got", "verdict"];

/// How wide a column becomes at most. Longer cells are cut, for the sake of all other rows: the JSON
/// summary has them whole.
const MAX_WIDTHS: [usize; 5] = [60, 44, 36, 28, 11];

/// Where the reasons of failures begin.
const INDENT: &str = "    ";

/// How long a reason can be: a CA's words can have any length.
const MAX_REASON_CHARS: usize = 600;

/// The table and its counts; nothing without cases.
pub(super) fn render(cases: &[CaseBlock], style: Style, out: &mut String) {
    if cases.is_empty() {
        return;
    }
    let rows: Vec<_> = cases.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        let fitting = cells.filter(|width| *width <= MAX_WIDTHS[column]);
        fitting.chain([HEADERS[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    out.push('\n');
    let paints = [Paint::Bold, Paint::Dim, Paint::Dim, Paint::Dim, Paint::Dim];
    line(&HEADERS.map(str::to_owned), widths, paints, style, out);
    for (case, row) in cases.iter().zip(rows) {
        let (_, paint) = verdict(case.verdict);
        let paints = [Paint::Plain, Paint::Plain, Paint::Plain, Paint::Plain, paint];
        line(&row, widths, paints, style, out);
        if let Some(reason) = reason(case) {
            _ = writeln!(out, "{INDENT}{}", style.paint(Paint::Red, &reason));
        }
    }
    counts(cases, out);
}

fn row(case: &CaseBlock) -> [String; 5] {
    let expected = case.expected.join(" or ");
    let got = case.got.as_deref().unwrap_or("-");
    let (verdict, _) = verdict(case.verdict);
    // A server's words must not break lines.
    let cell = |text, column: usize| human::one_line(text, MAX_WIDTHS[column]);
    // By its name one finds a case: that is never cut, but shifts the rest of its row.
    let name = human::one_line(&case.chain, usize::MAX);
    [name, cell(&case.what, 1), cell(&expected, 2), cell(got, 3), cell(verdict, 4)]
}

/// What is wrong with `case`, as one line that can be searched.
fn reason(case: &CaseBlock) -> Option<String> {
    let is_wrong = matches!(case.verdict, CaseVerdict::Failed | CaseVerdict::Error);
    let error = case.error.as_deref().filter(|_| is_wrong)?;
    Some(human::one_line(error, MAX_REASON_CHARS))
}

fn line(
    cells: &[String; 5],
    widths: [usize; 5],
    paints: [Paint; 5],
    style: Style,
    out: &mut String,
) {
    let last = cells.len() - 1;
    for (column, cell) in cells.iter().enumerate() {
        let padded = match column == last {
            true => cell.to_owned(),
            false => format!("{cell:<0$}  ", widths[column]),
        };
        out.push_str(&style.paint(paints[column], &padded));
    }
    out.push('\n');
}

const fn verdict(verdict: CaseVerdict) -> (&'static str, Paint) {
    match verdict {
        CaseVerdict::Passed => ("passed", Paint::Green),
        CaseVerdict::Failed => ("FAILED", Paint::Red),
        CaseVerdict::Error => ("ERROR", Paint::Red),
        CaseVerdict::NotOffered => ("not offered", Paint::Dim),
    }
}

/// `4 cases: 1 passed, 1 failed, 1 error, 1 not offered`.
fn counts(cases: &[CaseBlock], out: &mut String) {
    let VerdictCounts { passed, failed, error, not_offered } = VerdictCounts::of(cases);
    let all = human::counted(cases.len() as u64, "case");
    let [passed, failed, not_offered] = [passed, failed, not_offered].map(human::count);
    let errors = human::counted(error, "error");
    _ = writeln!(
        out,
        "{all}: {passed} passed, {failed} failed, {errors}, {not_offered} not offered"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, got: Option<&str>, verdict: CaseVerdict) -> CaseBlock {
        CaseBlock {
            chain: format!("bad/any-post/{name}"),
            row: Some(4),
            what: name.replace('-', " "),
            expected: vec!["400 malformed".into(), "405".into()],
            got: got.map(str::to_owned),
            verdict,
            error: (verdict != CaseVerdict::Passed).then(|| format!("{name}: it said\nno")),
        }
    }

    #[test]
    fn one_row_a_case_and_reasons_of_failures() {
        let cases = [
            case("empty-body", Some("400 malformed"), CaseVerdict::Passed),
            case("no-nonce", Some("201"), CaseVerdict::Failed),
            case("misspelt", None, CaseVerdict::Error),
            case("eab", None, CaseVerdict::NotOffered),
        ];
        let mut out = String::new();
        render(&cases, Style::PLAIN, &mut out);
        let expected = "
CASE                     what        expected              got            verdict
bad/any-post/empty-body  empty body  400 malformed or 405  400 malformed  passed
bad/any-post/no-nonce    no nonce    400 malformed or 405  201            FAILED
    no-nonce: it said no
bad/any-post/misspelt    misspelt    400 malformed or 405  -              ERROR
    misspelt: it said no
bad/any-post/eab         eab         400 malformed or 405  -              not offered
4 cases: 1 passed, 1 failed, 1 error, 1 not offered
";
        assert_eq!(out, expected, "\n{out}");
    }

    #[test]
    fn nothing_a_server_says_breaks_the_table() {
        let mut out = String::new();
        let got = format!("400 a\nb\x1b[2J{}", "x".repeat(100));
        render(&[case("a", Some(&got), CaseVerdict::Failed)], Style::PLAIN, &mut out);
        assert_eq!(out.lines().count(), 5, "{out}");
        assert!(!out.contains('\x1b'));
    }

    #[test]
    fn long_cells_are_cut_and_columns_stay_aligned() {
        let mut cases = ["a", "b", "c"].map(|name| case(name, Some("201"), CaseVerdict::Passed));
        cases[0].what = "w".repeat(100);
        cases[1].expected = vec!["badSignatureAlgorithm".into(), "unsupportedIdentifier".into()];
        cases[1].got = Some("x".repeat(100));
        let mut out = String::new();
        render(&cases, Style::PLAIN, &mut out);
        let columns: Vec<_> =
            out.lines().skip(1).take(4).map(|row| &row[row.len() - 7..]).collect();
        assert_eq!(columns[1..], [" passed"; 3], "{out}");
        let widths: Vec<_> = out.lines().skip(2).take(3).map(str::len).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{out}");
        assert_eq!(out.matches("... ").count(), 3, "{out}");
    }

    /// It is what one looks a case up by.
    #[test]
    fn names_are_never_cut() {
        let cases = [case(&"n".repeat(100), None, CaseVerdict::Passed)];
        let mut out = String::new();
        render(&cases, Style::PLAIN, &mut out);
        assert!(out.contains(&format!("\nbad/any-post/{}  ", "n".repeat(100))), "{out}");
        assert!(out.starts_with("\nCASE  what"), "{out}");
    }

    #[test]
    fn without_cases_there_is_no_table() {
        let mut out = String::new();
        render(&[], Style::PLAIN, &mut out);
        assert_eq!(out, "");
    }
}

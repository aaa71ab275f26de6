//! A table of figures that fits a width.

use std::fmt::Write;

use super::human;
use super::style::{Paint, Style};

/// Two lines of a terminal: a longer name would flood the table.
const MAX_NAME_CHARS: usize = 160;

/// Names on the left, figures on the right, every column as wide as it must be.
pub(super) struct Table {
    title: &'static str,
    columns: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    cells: Vec<Cell>,
}

/// One figure.
pub(super) struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    /// A figure as it is.
    pub(super) fn plain(text: String) -> Self {
        Self { text, paint: Paint::Plain }
    }

    /// What it says.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A number of failures: red unless it is zero.
    pub(super) fn failures(count: u64) -> Self {
        let paint = if count == 0 { Paint::Plain } else { Paint::Red };
        Self { text: human::count(count), paint }
    }

    /// Whether a threshold holds. The word says it: colours are not for everybody.
    pub(super) fn verdict(holds: bool) -> Self {
        let (text, paint) = if holds { ("holds", Paint::Green) } else { ("breached", Paint::Red) };
        Self { text: text.to_owned(), paint }
    }

    /// A time in milliseconds; a dash without any.
    pub(super) fn millis(ms: Option<f64>) -> Self {
        Self::plain(ms.map_or_else(|| "-".into(), human::millis))
    }
}

impl Table {
    pub(super) fn new(title: &'static str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        Self { title, columns, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, name: &str, cells: Vec<Cell>) {
        self.rows.push(Row { name: human::one_line(name, MAX_NAME_CHARS), cells });
    }

    /// The table's lines. A name that leaves no room for its figures gets a line of its own.
    pub(super) fn render(&self, style: Style, width: usize, out: &mut String) {
        let widths = self.widths();
        let names = self.rows.iter().map(|row| row.name.chars().count());
        let longest = names.chain([self.title.len()]).max().unwrap_or(0);
        let room = |gap: usize| {
            width.saturating_sub(widths.iter().map(|column| column + gap).sum::<usize>())
        };
        // Two blanks between columns are easier on the eyes, one is enough.
        let gap = if room(2) >= longest { 2 } else { 1 };
        let name_width = longest.min(room(gap));

        let pad = |text: &str, column: usize| format!("{:>1$}", text, widths[column] + gap);
        out.push_str(&style.paint(Paint::Bold, &format!("{:<name_width$}", self.title)));
        for (column, header) in self.columns.iter().enumerate() {
            out.push_str(&style.paint(Paint::Dim, &pad(header, column)));
        }
        out.push('\n');
        for Row { name, cells } in &self.rows {
            let name = if name.chars().count() > name_width {
                for line in human::wrap(name, width) {
                    _ = writeln!(out, "{line}");
                }
                ""
            } else {
                name
            };
            _ = write!(out, "{name:<name_width$}");
            for (column, cell) in cells.iter().enumerate() {
                out.push_str(&style.paint(cell.paint, &pad(&cell.text, column)));
            }
            out.push('\n');
        }
    }

    fn widths(&self) -> Vec<usize> {
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
            let widths = cells.map(|cell| cell.text.chars().count());
            widths.chain([self.columns[column].len()]).max().unwrap_or(0)
        };
        (0..self.columns.len()).map(widest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Table {
        let mut table = Table::new("THINGS", &["count", "failed"]);
        table.row("a", vec![Cell::plain("1,000".into()), Cell::failures(0)]);
        table.row(name, vec![Cell::plain("1".into()), Cell::failures(20)]);
        table
    }

    fn rendered(name: &str, width: usize) -> String {
        let mut out = String::new();
        table(name).render(Style::PLAIN, width, &mut out);
        out
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let expected = "\
THINGS    count  failed
a         1,000       0
longname      1      20
";
        assert_eq!(rendered("longname", 80), expected);
    }

    #[test]
    fn long_names_get_a_line_of_their_own() {
        let expected = "\
THINGS   count failed
a        1,000      0
much too long
             1     20
";
        assert_eq!(rendered("much too long", 21), expected);
    }

    #[test]
    fn no_name_breaks_the_rows() {
        assert_eq!(rendered("a\nb", 80).lines().count(), 3);
        let text = rendered(&"x".repeat(131_072), 80);
        assert_eq!(text.matches('x').count(), MAX_NAME_CHARS - 3, "{text}");
    }

    #[test]
    fn only_failures_are_red() {
        let mut out = String::new();
        table("b").render(Style::COLOR, 80, &mut out);
        assert_eq!(out.matches("\x1b[31m").count(), 1);
        assert!(out.contains("\x1b[31m      20\x1b[0m"), "{out:?}");
    }
}

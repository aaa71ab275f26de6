//! The table at the end.

/// One figure, what it is compared with, and whether that is good enough.
pub(crate) struct Row {
    pub(crate) name: String,
    /// With its unit.
    pub(crate) coyote: String,
    /// With its unit; empty when the bound is absolute.
    pub(crate) reference: String,
    /// What the bound is about: a ratio, or the figure itself.
    pub(crate) result: String,
    /// Empty for figures that are only told.
    pub(crate) wanted: String,
    pub(crate) verdict: &'static str,
}

/// A bound that a figure has to keep.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }

    fn describe(self, unit: &str) -> String {
        match self {
            Self::AtLeast(bound) => format!(">= {bound}{unit}"),
            Self::AtMost(bound) => format!("<= {bound}{unit}"),
        }
    }
}

impl Row {
    /// A figure with a bound; `unit` is written after the value and the bound.
    pub(crate) fn judged(name: &str, value: f64, unit: &str, bound: Bound) -> Self {
        Self {
            name: name.to_owned(),
            coyote: String::new(),
            reference: String::new(),
            result: format!("{value:.2}{unit}"),
            wanted: bound.describe(unit),
            verdict: if bound.holds(value) { "met" } else { "MISSED" },
        }
    }

    /// A figure without a bound.
    pub(crate) fn told(name: &str, coyote: String) -> Self {
        let empty = String::new;
        let name = name.to_owned();
        Self { name, coyote, reference: empty(), result: empty(), wanted: empty(), verdict: "" }
    }

    /// A figure that could not be taken, and what to do about it.
    pub(crate) fn not_measured(name: &str, advice: &str) -> Self {
        eprintln!("{name}: not measured; {advice}");
        Self { verdict: "not measured", ..Self::told(name, String::new()) }
    }

    /// Adds what the result was made from.
    pub(crate) fn from(self, coyote: String, reference: String) -> Self {
        Self { coyote, reference, ..self }
    }
}

/// Prints `rows` as a Markdown table, which is readable as it is.
pub(crate) fn print(rows: &[Row]) {
    let head = ["", "coyote", "reference", "result", "wanted", ""].map(str::to_owned);
    let body = rows.iter().map(|row| {
        let Row { name, coyote, reference, result, wanted, verdict } = row;
        [name, coyote, reference, result, wanted, *verdict].map(str::to_owned)
    });
    let lines: Vec<[String; 6]> = std::iter::once(head).chain(body).collect();
    let widths: [usize; 6] = std::array::from_fn(|at| {
        lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0)
    });
    println!();
    for (number, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!(" {cell:width$} "));
        println!("|{}|", cells.collect::<Vec<_>>().join("|"));
        if number == 0 {
            println!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
        }
    }
}

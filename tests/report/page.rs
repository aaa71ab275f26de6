//! A report as the browser has it.

/// What the browser made of a report.
pub(crate) struct Page(pub(crate) String);

impl Page {
    /// Fails the test unless the page is whole and asks nobody for anything.
    #[track_caller]
    pub(crate) fn of(dom: String) -> Self {
        assert!(dom.starts_with("<!DOCTYPE html>") && dom.contains("</main>"), "{dom}");
        for tag in dom.split('<').filter_map(|rest| rest.split('>').next()) {
            // Every second piece is a value in quotes, in which anything may be.
            let names: String = tag.split('"').step_by(2).collect();
            let asks = [" src=", " href=", " srcset=", " style="];
            assert!(!asks.iter().any(|name| names.contains(name)), "<{tag}>");
            let name = names.split([' ', '/']).next().unwrap_or_default();
            assert!(!["script", "img", "link", "iframe", "object"].contains(&name), "<{tag}>");
        }
        let style = dom.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
        let style = style.expect("it brings its style");
        assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
        Self(dom)
    }

    /// The section with this id, if there is one.
    pub(crate) fn section(&self, id: &str) -> Option<&str> {
        let (_, from) = self.0.split_once(&format!("<section id=\"{id}\">"))?;
        from.split("</section>").next()
    }

    /// The cells of the row called `name` in a section's table, without tags.
    #[track_caller]
    pub(crate) fn row(&self, id: &str, name: &str) -> Vec<String> {
        let section = self.section(id).unwrap_or_else(|| panic!("no section {id}: {}", self.0));
        let rows = section.split("<tr>").filter(|row| row.contains("<td"));
        let named = |row: &&str| {
            let cell = row.split("</th>").next().map(text);
            cell.as_deref() == Some(name)
        };
        let row = rows.into_iter().find(named);
        let row = row.unwrap_or_else(|| panic!("no row {name} in {section}"));
        row.split("<td").skip(1).map(|cell| text(&format!("<td{cell}"))).collect()
    }

    /// How many charts a section has.
    pub(crate) fn charts(&self, id: &str) -> usize {
        self.section(id).map_or(0, |section| section.matches("<figure").count())
    }
}

/// What readers see of `html`.
fn text(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or("", |(_, text)| text));
    let text: String = pieces.collect();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").trim().to_owned()
}

/// The number in `1,234`.
#[track_caller]
pub(crate) fn number(cell: &str) -> u64 {
    cell.replace(',', "").parse().unwrap_or_else(|_| panic!("no number: {cell}"))
}

/// The milliseconds in `1.23 s`.
#[track_caller]
pub(crate) fn millis(cell: &str) -> f64 {
    let (value, unit) = cell.split_once(' ').unwrap_or((cell, ""));
    let factor = match unit {
        "µs" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        _ => panic!("no time: {cell}"),
    };
    value.parse::<f64>().unwrap_or_else(|_| panic!("no time: {cell}")) * factor
}

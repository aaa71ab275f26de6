//! The scenarios, side by side.

use super::stages::side_by_side;
use crate::record::summary::Summary;
use crate::sink::style::Style;

/// Where there are several.
pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    let scenarios = summary.scenarios.iter();
    let parts = scenarios.map(|(name, it)| (name, &it.chains, &it.requests));
    side_by_side("SCENARIOS", parts, style, out);
}

#[cfg(test)]
mod tests {
    use crate::record::fixture::summary;
    use crate::sink::style::Style;
    use crate::sink::text::render;

    #[test]
    fn one_is_the_whole_and_not_shown() {
        let mut summary = summary();
        let text = render(&summary, Style::PLAIN);
        assert!(!text.contains("SCENARIOS") && text.contains("STAGES"), "{text}");
        let block = summary.scenarios["default"].clone();
        summary.scenarios.insert("other".into(), block);
        let text = render(&summary, Style::PLAIN);
        let of = text.find("SCENARIOS").expect("it is shown");
        let table: Vec<_> = text[of..].lines().take(3).collect();
        assert!(table[1].starts_with("default ") && table[2].starts_with("other "), "{text}");
        assert!(!text.contains("STAGES"), "each has one stage: {text}");
    }
}

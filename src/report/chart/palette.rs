//! The colours of charts.
//!
//! A chart has those for light paper. The style sheet replaces each where the reader's screen is dark, by
//! rules that select what has that colour: so no two may be the same.

use std::fmt::Write;

use plotters::style::RGBColor;

/// What a part of a chart is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Lines behind the data.
    Grid,
    /// Axes and where stages begin.
    Axis,
    /// What failed.
    Failed,
    /// One of several curves; numbers beyond the last begin again.
    Curve(usize),
}

/// Red, green, blue: on light paper, on a dark screen.
type Pair = [(u8, u8, u8); 2];

const GRID: Pair = [(0xe2, 0xe5, 0xea), (0x38, 0x3f, 0x4b)];
const AXIS: Pair = [(0x8a, 0x93, 0xa1), (0x8c, 0x95, 0xa3)];
const FAILED: Pair = [(0xd6, 0x27, 0x28), (0xff, 0x76, 0x76)];

/// Told apart by people who do not see red or green, too, as far as eight can be.
const CURVES: [Pair; 8] = [
    [(0x1f, 0x5f, 0xbf), (0x6a, 0xa9, 0xff)],
    [(0xd9, 0x78, 0x06), (0xff, 0xb3, 0x47)],
    [(0x0b, 0x8a, 0x6b), (0x3f, 0xd0, 0xa8)],
    [(0x8e, 0x44, 0xad), (0xc8, 0x8b, 0xe8)],
    [(0x00, 0x9f, 0xc2), (0x5b, 0xd9, 0xf5)],
    [(0x7a, 0x5c, 0x3e), (0xd2, 0xb1, 0x8e)],
    [(0xc2, 0x3b, 0x85), (0xf7, 0x8a, 0xc2)],
    [(0x6b, 0x8e, 0x0f), (0xb5, 0xd9, 0x4a)],
];

impl Ink {
    /// How many curves have colours of their own.
    pub(crate) const CURVES: usize = CURVES.len();

    fn pair(self) -> Pair {
        match self {
            Self::Grid => GRID,
            Self::Axis => AXIS,
            Self::Failed => FAILED,
            Self::Curve(number) => CURVES[number % CURVES.len()],
        }
    }

    /// The colour on light paper.
    pub(super) fn color(self) -> RGBColor {
        let [(red, green, blue), _] = self.pair();
        RGBColor(red, green, blue)
    }

    /// The same as SVG has it.
    pub(super) fn hex(self) -> String {
        hex(self.pair()[0])
    }
}

/// As `plotters` writes it, for selectors tell capitals from small letters.
fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// CSS that has every chart suit a dark screen.
pub(crate) fn dark_rules() -> String {
    let mut rules = String::new();
    for [light, dark] in CURVES.into_iter().chain([GRID, AXIS, FAILED]) {
        let (light, dark) = (hex(light), hex(dark));
        _ = writeln!(rules, "svg [stroke=\"{light}\"]{{stroke:{dark}}}");
        _ = writeln!(rules, "svg [fill=\"{light}\"]{{fill:{dark}}}");
    }
    rules
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_colour_has_one_counterpart() {
        let curves = (0..Ink::CURVES).map(Ink::Curve);
        let inks: Vec<_> = curves.chain([Ink::Grid, Ink::Axis, Ink::Failed]).collect();
        let light: BTreeSet<_> = inks.iter().map(|ink| ink.hex()).collect();
        assert_eq!(light.len(), inks.len());
        let rules = dark_rules();
        assert!(light.iter().all(|color| rules.contains(color)), "{rules}");
    }
}

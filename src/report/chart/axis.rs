//! What an axis reaches from and to, and what is written along it.

use super::scale::{amount_label, clock_label, clock_step, millis_label, multiples, step_to};

/// Air above the highest value.
const HEADROOM: f64 = 1.05;

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub(super) min: f64,
    pub(super) max: f64,
    /// Values with what is written there.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Seconds since the start of the run.
    pub(crate) fn time(max_s: f64) -> Self {
        let max = at_least(max_s, 0.1);
        let ticks = multiples(clock_step(max), 0.0, max);
        let ticks = ticks.into_iter().map(|at| (at, clock_label(at, max))).collect();
        Self { min: 0.0, max, ticks }
    }

    /// Milliseconds from 0.
    pub(crate) fn millis(max_ms: f64) -> Self {
        let max_ms = at_least(max_ms, 0.01);
        // Whole units: 0.5 s rather than 500 ms beside 1 s.
        let unit = if max_ms < 1.0 {
            1e-3
        } else if max_ms < 1_000.0 {
            1.0
        } else if max_ms < 120_000.0 {
            1_000.0
        } else {
            60_000.0
        };
        Self::stepped(max_ms / unit, |value| {
            let smallest = millis_label(unit);
            let name = smallest.trim_start_matches(|c: char| c.is_ascii_digit());
            if value == 0.0 { "0".to_owned() } else { format!("{}{name}", amount_label(value)) }
        })
        .scaled(unit)
    }

    /// Numbers from 0.
    pub(crate) fn amount(max: f64) -> Self {
        Self::stepped(if max > 0.0 { max } else { 1.0 }, amount_label)
    }

    /// Numbers from 0 of what comes whole.
    pub(crate) fn whole(max: f64) -> Self {
        let mut axis = Self::amount(max);
        axis.ticks.retain(|(at, _)| at.fract() == 0.0);
        axis
    }

    /// Percent from 0.
    pub(crate) fn percent(max: f64) -> Self {
        Self::stepped(at_least(max, 0.1), |value| format!("{} %", amount_label(value)))
    }

    /// The decimal logarithms of milliseconds: a long tail does not press everything else together.
    pub(crate) fn log_millis(min_ms: f64, max_ms: f64) -> Self {
        let ticks = log_ticks(min_ms, max_ms);
        let ticks = ticks.into_iter().map(|ms| (ms.log10(), millis_label(ms))).collect();
        Self { min: min_ms.log10(), max: max_ms.log10(), ticks }
    }

    fn stepped(max: f64, label: impl Fn(f64) -> String) -> Self {
        let max = max * HEADROOM;
        let ticks = multiples(step_to(max), 0.0, max);
        Self { min: 0.0, max, ticks: ticks.into_iter().map(|at| (at, label(at))).collect() }
    }

    fn scaled(mut self, unit: f64) -> Self {
        self.max *= unit;
        self.ticks.iter_mut().for_each(|(at, _)| *at *= unit);
        self
    }
}

/// An axis has a length, even where nothing took any time.
fn at_least(value: f64, least: f64) -> f64 {
    if value.is_finite() { value.max(least) } else { least }
}

/// Round values between two that are far apart: powers of ten, with 2 and 5 times them where there is
/// room; multiples of one step where they are close.
fn log_ticks(min: f64, max: f64) -> Vec<f64> {
    // Of the axis: labels closer to each other than this would touch on a phone.
    const CLOSEST: f64 = 1.0 / 7.0;
    const CHOICES: [(&[f64], f64); 2] = [(&[1.0, 2.0, 5.0], 2.0), (&[1.0, 3.0], 3.0)];
    if max / min < 8.0 {
        return multiples(step_to(max - min), min, max);
    }
    let has_room = |closest: f64| closest.log10() >= (max / min).log10() * CLOSEST;
    let choice = CHOICES.into_iter().find(|(_, closest)| has_room(*closest));
    let digits = choice.map_or([1.0].as_slice(), |(digits, _)| digits);
    let powers = min.log10().floor() as i32..=max.log10().ceil() as i32;
    let all = powers.flat_map(|power| digits.iter().map(move |digit| digit * 10_f64.powi(power)));
    all.filter(|value| (min..=max).contains(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn latencies_have_one_unit() {
        assert_eq!(labels(&Axis::millis(1_400.0)), ["0", "0.5 s", "1 s"]);
        assert_eq!(labels(&Axis::millis(42.0)), ["0", "10 ms", "20 ms", "30 ms", "40 ms"]);
        assert_eq!(labels(&Axis::millis(0.3)), ["0", "100 µs", "200 µs", "300 µs"]);
        assert!((Axis::millis(1_400.0).ticks[1].0 - 500.0).abs() < 1e-9);
    }

    #[test]
    fn logarithms_have_round_ticks() {
        let wide = Axis::log_millis(0.5, 900.0);
        assert_eq!(labels(&wide), ["1 ms", "3 ms", "10 ms", "30 ms", "100 ms", "300 ms"]);
        let wider = Axis::log_millis(0.5, 90_000.0);
        assert_eq!(labels(&wider), ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]);
        let narrow = Axis::log_millis(18.0, 33.0);
        assert_eq!(labels(&narrow), ["20 ms", "25 ms", "30 ms"]);
    }

    #[test]
    fn whole_numbers_have_no_tenths() {
        assert_eq!(labels(&Axis::whole(1.0)), ["0", "1"]);
        assert_eq!(labels(&Axis::whole(100.0)), ["0", "20", "40", "60", "80", "100"]);
    }

    #[test]
    fn nothing_has_an_axis_too() {
        for axis in [Axis::time(0.0), Axis::millis(0.0), Axis::amount(0.0), Axis::amount(f64::NAN)]
        {
            assert!(axis.max > axis.min && axis.ticks.len() > 1, "{axis:?}");
        }
    }
}

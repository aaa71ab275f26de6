//! Round numbers for axes.

use crate::sink::human;

/// How many steps an axis has at most.
const MOST_STEPS: f64 = 6.0;

/// The smallest of 1, 2 and 5 times a power of ten that gets from 0 to `max` in few steps.
pub(super) fn step_to(max: f64) -> f64 {
    let wanted = max / MOST_STEPS;
    let power = 10_f64.powf(wanted.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|digit| digit * power);
    // Rounding must not make a step too small that fits exactly.
    steps.into_iter().find(|step| *step >= wanted * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// The multiples of `step` from `min` to `max`.
pub(super) fn multiples(step: f64, min: f64, max: f64) -> Vec<f64> {
    let first = (min / step - 1e-9).ceil();
    let last = (max / step + 1e-9).floor();
    let count = (last - first + 1.0).max(0.0) as usize;
    (0..count.min(100)).map(|n| (first + n as f64) * step).collect()
}

/// Steps of clocks, in seconds: an hour has no tenths.
const CLOCK_STEPS: [f64; 24] = [
    0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0,
    1_200.0, 1_800.0, 3_600.0, 7_200.0, 10_800.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0,
];

/// The step of an axis of `max_s` seconds. What is told in minutes or hours has whole ones.
pub(super) fn clock_step(max_s: f64) -> f64 {
    let whole = match max_s {
        _ if max_s < MINUTES_FROM_S => 0.0,
        _ if max_s < HOURS_FROM_S => 60.0,
        _ => 1_800.0,
    };
    let wanted = (max_s / MOST_STEPS).max(whole);
    let fitting = CLOCK_STEPS.into_iter().find(|step| *step >= wanted * (1.0 - 1e-9));
    // Longer than six days: whole days.
    fitting.unwrap_or_else(|| (wanted / 86_400.0).ceil() * 86_400.0)
}

const MINUTES_FROM_S: f64 = 120.0;
const HOURS_FROM_S: f64 = 7_200.0;

/// `at_s` on an axis of `max_s` seconds.
pub(super) fn clock_label(at_s: f64, max_s: f64) -> String {
    if at_s == 0.0 {
        return "0".to_owned();
    }
    match max_s {
        _ if max_s < MINUTES_FROM_S => format!("{} s", plain(at_s)),
        _ if max_s < HOURS_FROM_S => format!("{:.0} min", at_s / 60.0),
        _ if at_s % 3_600.0 == 0.0 => format!("{:.0} h", at_s / 3_600.0),
        _ => format!("{:.0}:{:02.0} h", (at_s / 3_600.0).floor(), at_s % 3_600.0 / 60.0),
    }
}

/// A time in milliseconds, with the unit that suits it.
pub(super) fn millis_label(ms: f64) -> String {
    match ms {
        0.0 => "0".to_owned(),
        _ if ms < 0.9995 => format!("{} µs", plain(ms * 1e3)),
        _ if ms < 999.5 => format!("{} ms", plain(ms)),
        _ if ms < 119_500.0 => format!("{} s", plain(ms / 1e3)),
        _ => format!("{} min", plain(ms / 60_000.0)),
    }
}

/// A number, with k, M or G for large ones.
pub(super) fn amount_label(value: f64) -> String {
    match value {
        _ if value < 999.5 => plain(value),
        _ if value < 9_999.5 => human::count(value.round() as u64),
        _ if value < 999_500.0 => format!("{} k", plain(value / 1e3)),
        _ if value < 999_500_000.0 => format!("{} M", plain(value / 1e6)),
        _ => format!("{} G", plain(value / 1e9)),
    }
}

/// With the decimals that it needs, three at most.
fn plain(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (max, step) in [(6.0, 1.0), (6.1, 2.0), (0.03, 0.005), (9_999.0, 2_000.0), (1.0, 0.2)] {
            assert!((step_to(max) / step - 1.0).abs() < 1e-9, "{max}: {}", step_to(max));
        }
        assert_eq!(multiples(5.0, 1.0, 15.0), [5.0, 10.0, 15.0]);
        assert_eq!(multiples(5.0, 1.0, 2.0), Vec::<f64>::new());
    }

    #[test]
    fn clocks_have_their_own_steps() {
        let shown = |max_s: f64| -> Vec<_> {
            let ticks = multiples(clock_step(max_s), 0.0, max_s);
            ticks.into_iter().map(|at_s| clock_label(at_s, max_s)).collect()
        };
        assert_eq!(shown(2.0), ["0", "0.5 s", "1 s", "1.5 s", "2 s"]);
        assert_eq!(shown(90.0), ["0", "20 s", "40 s", "60 s", "80 s"]);
        assert_eq!(shown(130.0), ["0", "1 min", "2 min"]);
        assert_eq!(
            shown(3_600.0),
            ["0", "10 min", "20 min", "30 min", "40 min", "50 min", "60 min"]
        );
        assert_eq!(shown(8_000.0), ["0", "0:30 h", "1 h", "1:30 h", "2 h"]);
        assert_eq!(shown(86_400.0), ["0", "4 h", "8 h", "12 h", "16 h", "20 h", "24 h"]);
        assert!(shown(30.0 * 86_400.0).len() <= 7);
    }

    #[test]
    fn labels_are_short() {
        let times = [0.0, 0.25, 1.0, 999.6, 120_000.0].map(millis_label);
        assert_eq!(times, ["0", "250 µs", "1 ms", "1 s", "2 min"]);
        let amounts = [0.5, 2_000.0, 20_000.0, 1.5e6, 2e9].map(amount_label);
        assert_eq!(amounts, ["0.5", "2,000", "20 k", "1.5 M", "2 G"]);
    }
}

//! How long an answer takes: always the same, or spread.

use std::f64::consts::PI;
use std::time::Duration;

use rand::Rng;
use serde::Deserialize;

/// Nobody waits longer; the tail of a distribution has no end of its own.
const LONGEST_MS: f64 = 60_000.0;
/// The standard normal distribution's 95th percentile.
const Z95: f64 = 1.644_853_626_951_472_7;

/// As the file has it: one of three forms.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names)] // units belong in names
pub(super) struct LatencyFields {
    fixed_ms: Option<f64>,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
    median_ms: Option<f64>,
    p95_ms: Option<f64>,
}

/// A distribution of latencies, in ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Latency {
    /// Always the same.
    Fixed(f64),
    /// Anything from the first to the second, each as likely.
    Uniform(f64, f64),
    /// Lognormal, as those of real services are about: `median * exp(sigma * z)`.
    Lognormal {
        /// Half of them are below.
        median: f64,
        /// How far they are spread.
        sigma: f64,
    },
}

impl LatencyFields {
    /// The latency that is meant.
    pub(super) fn check(&self) -> Result<Latency, String> {
        let given = [self.fixed_ms, self.min_ms, self.max_ms, self.median_ms, self.p95_ms];
        let fits = |ms: &f64| (0.0..=LONGEST_MS).contains(ms);
        if let Some(ms) = given.into_iter().flatten().find(|ms| !fits(ms)) {
            return Err(format!("latency: want 0 to {LONGEST_MS} ms, got {ms}"));
        }
        match given {
            [Some(fixed), None, None, None, None] => Ok(Latency::Fixed(fixed)),
            [None, Some(min), Some(max), None, None] if min <= max => {
                Ok(Latency::Uniform(min, max))
            }
            [None, None, None, Some(median), Some(p95)] if 0.0 < median && median <= p95 => {
                Ok(Latency::Lognormal { median, sigma: (p95 / median).ln() / Z95 })
            }
            _ => Err("latency: write { \"fixed_ms\": 5 }, { \"min_ms\": 2, \"max_ms\": 8 } or \
                      { \"median_ms\": 5, \"p95_ms\": 20 }, the smaller one first"
                .to_owned()),
        }
    }
}

impl Latency {
    /// How long the next answer takes.
    pub(super) fn next(self, dice: &mut impl Rng) -> Duration {
        let ms = match self {
            Self::Fixed(ms) => ms,
            Self::Uniform(min, max) => dice.random_range(min..=max),
            Self::Lognormal { median, sigma } => median * (sigma * normal(dice)).exp(),
        };
        Duration::from_secs_f64(ms.min(LONGEST_MS) / 1e3)
    }
}

/// A number of the standard normal distribution (Box and Muller 1958).
fn normal(dice: &mut impl Rng) -> f64 {
    // Not 0, of which there is no logarithm.
    let radius = (-2.0 * (1.0 - dice.random::<f64>()).ln()).sqrt();
    radius * (2.0 * PI * dice.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    fn read(json: &str) -> Result<Latency, String> {
        serde_json::from_str::<LatencyFields>(json).map_err(|error| error.to_string())?.check()
    }

    /// The quantiles 0, 0.5, 0.95 and 1 of many, in ms.
    fn quantiles(json: &str) -> [f64; 4] {
        let (latency, mut dice) = (read(json).expect(json), SmallRng::seed_from_u64(7));
        let mut all: Vec<f64> =
            (0..20_000).map(|_| latency.next(&mut dice).as_secs_f64() * 1e3).collect();
        all.sort_by(f64::total_cmp);
        [0, 10_000, 19_000, 19_999].map(|at: usize| all[at])
    }

    #[test]
    fn each_form_has_the_shape_it_says() {
        let fixed = quantiles(r#"{ "fixed_ms": 5 }"#);
        assert!(fixed.iter().all(|ms| (ms - 5.0).abs() < 1e-6), "{fixed:?}");
        let [min, median, p95, max] = quantiles(r#"{ "min_ms": 10, "max_ms": 20 }"#);
        assert!(min >= 10.0 && max <= 20.0, "{min} {max}");
        assert!((median - 15.0).abs() < 0.3 && (p95 - 19.5).abs() < 0.3, "{median} {p95}");
        let [min, median, p95, max] = quantiles(r#"{ "median_ms": 10, "p95_ms": 40 }"#);
        assert!(min > 0.0 && max > 100.0, "{min} {max}");
        assert!((median - 10.0).abs() < 0.4 && (p95 - 40.0).abs() < 2.0, "{median} {p95}");
    }

    #[test]
    fn what_is_no_distribution_is_told() {
        for json in ["{}", r#"{ "min_ms": 2, "max_ms": 1 }"#, r#"{ "median_ms": 5 }"#] {
            assert!(read(json).expect_err(json).contains("write { \"fixed_ms\": 5 }"));
        }
        let told = read(r#"{ "fixed_ms": -1 }"#).expect_err("less than nothing");
        assert_eq!(told, "latency: want 0 to 60000 ms, got -1");
    }
}

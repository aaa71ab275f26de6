//! When the chains of the open model start: the inverse of how many have started by a moment.

use std::time::Duration;

use super::stages::{Pace, Stage};

/// The times of all starts, as a pure function of their number.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    lines: Vec<Line>,
}

/// A straight line of rates, in seconds and starts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    /// When it begins, since the start of the run.
    begins_s: f64,
    /// How long it is; infinite for an endless stage.
    length_s: f64,
    /// Starts a second at its beginning and end.
    from: f64,
    to: f64,
    /// How many starts come before it.
    before: f64,
}

impl Line {
    /// Starts until so many seconds after its beginning.
    fn starts(&self, seconds: f64) -> f64 {
        self.from * seconds + self.slope() * seconds * seconds / 2.0
    }

    /// By how much the rate grows a second.
    fn slope(&self) -> f64 {
        if self.length_s.is_finite() { (self.to - self.from) / self.length_s } else { 0.0 }
    }

    /// When `starts` have been, in seconds after its beginning.
    fn after(&self, starts: f64) -> f64 {
        if starts <= 0.0 {
            return 0.0;
        }
        // The root of from * t + slope / 2 * t * t = starts, in the form that also holds without slope.
        let root = (self.from * self.from + 2.0 * self.slope() * starts).max(0.0).sqrt();
        2.0 * starts / (self.from + root)
    }
}

impl Schedule {
    pub(super) fn of(stages: &[Stage]) -> Self {
        let (mut begins_s, mut before) = (0.0, 0.0);
        let mut lines = Vec::with_capacity(stages.len());
        for stage in stages {
            let length_s = stage.length.map_or(f64::INFINITY, |length| length.as_secs_f64());
            if let Pace::Starts { from, to } = stage.pace {
                let line = Line { begins_s, length_s, from, to, before };
                lines.push(line);
                before += if length_s.is_finite() { line.starts(length_s) } else { f64::INFINITY };
            }
            begins_s += length_s;
        }
        Self { lines }
    }

    /// When start `number` is, which counts from 0, since the start of the run; none when there are
    /// fewer.
    pub fn start(&self, number: u64) -> Option<Duration> {
        let number = number as f64;
        let of =
            |line: &&Line| number < line.before + line.starts(line.length_s.min(1e15)) - EPSILON;
        let line = self.lines.iter().find(of)?;
        let at_s = line.begins_s + line.after(number - line.before).min(line.length_s);
        Duration::try_from_secs_f64(at_s).ok()
    }

    /// How many starts are before `end`, since the start of the run.
    pub fn starts_before(&self, end: Duration) -> u64 {
        let is_before = |number: u64| self.start(number).is_some_and(|at| at < end);
        let mut above = 1;
        while is_before(above - 1) && above < u64::MAX / 2 {
            above *= 2;
        }
        // Start `above - 1` is not before the end, or there is none.
        let (mut low, mut high) = (0, above - 1);
        while low < high {
            let middle = low.midpoint(high);
            if is_before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// Sums of fractions are a little off: a start that falls on a stage's end belongs to the next one.
const EPSILON: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(lines: &[(f64, f64, Option<u64>)]) -> Schedule {
        let stage = |&(from, to, seconds): &(f64, f64, Option<u64>)| Stage {
            name: String::new(),
            pace: Pace::Starts { from, to },
            length: seconds.map(Duration::from_secs),
        };
        Schedule::of(&lines.iter().map(stage).collect::<Vec<_>>())
    }

    /// The starts before `seconds`, of some 100,000 at most.
    fn count(schedule: &Schedule, seconds: f64) -> u64 {
        let before =
            |number: &u64| schedule.start(*number).is_some_and(|at| at.as_secs_f64() < seconds);
        (0..200_000).take_while(before).count() as u64
    }

    #[test]
    fn a_rate_is_even_and_exact() {
        let even = schedule(&[(10_000.0, 10_000.0, Some(10))]);
        assert_eq!(count(&even, 1e9), 100_000);
        assert_eq!(even.start(0), Some(Duration::ZERO));
        assert_eq!(even.start(1), Some(Duration::from_micros(100)));
        assert_eq!(even.start(99_999), Some(Duration::from_micros(9_999_900)));
        let slow = schedule(&[(1.0 / 60.0, 1.0 / 60.0, None)]);
        assert_eq!(slow.start(3).map(|at| at.as_secs_f64().round()), Some(180.0));
    }

    #[test]
    fn a_ramp_follows_its_lines() {
        let ramp =
            schedule(&[(0.0, 10.0, Some(30)), (10.0, 200.0, Some(300)), (200.0, 0.0, Some(30))]);
        // The areas below the lines.
        assert_eq!(count(&ramp, 1e9), 150 + 31_500 + 3_000);
        let at = |number| ramp.start(number).expect("of the schedule").as_secs_f64();
        let by = |seconds| count(&ramp, seconds) as f64;
        assert!((by(15.0) - 37.5).abs() <= 1.0, "half way to 10/s: a quarter of 150");
        assert!((by(30.0) - 150.0).abs() <= 1.0);
        assert!(at(150) >= 29.9 && at(151) - at(150) > 0.09, "10/s where the stages meet");
        let last = at(34_649);
        assert!((359.0..360.0).contains(&last), "{last}");
        assert!((1..34_650).all(|number| at(number) >= at(number - 1)));
    }

    #[test]
    fn starts_are_counted_without_going_through_them() {
        let even = schedule(&[(50.0, 50.0, None)]);
        for (ms, expected) in [(0, 0), (1, 1), (20, 1), (21, 2), (300_000, 15_000)] {
            assert_eq!(even.starts_before(Duration::from_millis(ms)), expected, "{ms}");
        }
        let ramp = schedule(&[(0.0, 10.0, Some(30)), (10.0, 0.0, Some(30))]);
        assert_eq!(ramp.starts_before(Duration::MAX), 300);
        assert_eq!(ramp.starts_before(Duration::from_secs(7)), count(&ramp, 7.0));
        assert_eq!(schedule(&[]).starts_before(Duration::MAX), 0);
    }

    #[test]
    fn pauses_have_no_starts() {
        let paused = schedule(&[(2.0, 2.0, Some(1)), (0.0, 0.0, Some(10)), (2.0, 2.0, Some(1))]);
        let at: Vec<_> = (0..5).map(|number| paused.start(number)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(at, [ms(0), ms(500), ms(11_000), ms(11_500), None]);
        assert_eq!(schedule(&[(0.0, 0.0, None)]).start(0), None);
    }
}

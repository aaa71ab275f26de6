//! Curves as points: seconds since the start of the run, and a value.

use crate::report::buckets::{Buckets, Merge};
use crate::report::cell::Cell;
use crate::report::timeline::{Busy, Peak};

/// More points than this are closer than eyes tell apart.
const MOST_SHOWN: usize = 120;
/// A curve that has no more is not made shorter for being rough.
const FEWEST_SHOWN: usize = 20;
/// The mean of fewer events than these is not worth a point of its own.
const FEW_EVENTS: u64 = 20;

/// How often the number of attackers is told.
const TOLD_EVERY_US: u64 = 1_000_000;

type Points = Vec<(f64, f64)>;

/// The stretch of time that charts show, on the clock of the curves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start_us: u64,
    pub(crate) end_us: u64,
}

impl Span {
    /// Its length.
    pub(crate) fn seconds(self) -> f64 {
        (self.end_us - self.start_us) as f64 / 1e6
    }

    /// Where in it the middle of the stretch that begins at `begin_us` is.
    fn middle_s(self, begin_us: u64, width_us: u64) -> f64 {
        let begin_us = begin_us.max(self.start_us);
        let end_us = (begin_us / width_us + 1) * width_us;
        let middle_us = begin_us.midpoint(end_us.min(self.end_us).max(begin_us));
        (middle_us - self.start_us) as f64 / 1e6
    }

    /// How much of the stretch that begins at `begin_us` is in it.
    fn share_us(self, begin_us: u64, width_us: u64) -> u64 {
        let end_us = (begin_us + width_us).min(self.end_us);
        end_us.saturating_sub(begin_us.max(self.start_us))
    }
}

/// The curve with stretches so long that it can be read: not too many, and with enough in each that it
/// does not jump about.
pub(crate) fn readable(curve: &Buckets<Cell>) -> Buckets<Cell> {
    let events: u64 = curve.iter().map(|(_, cell)| cell.count()).sum();
    let mut shown = curve.clone();
    while shown.len() > MOST_SHOWN
        || (shown.len() > FEWEST_SHOWN && events < FEW_EVENTS * shown.len() as u64)
    {
        shown = shown.widened_to(shown.width_us() * 2);
    }
    shown
}

/// A figure of each stretch in which something ended.
pub(crate) fn latency(
    curve: &Buckets<Cell>,
    span: Span,
    figure: impl Fn(&Cell) -> Option<f64>,
) -> Points {
    let point = |(begin_us, cell): (u64, &Cell)| {
        Some((span.middle_s(begin_us, curve.width_us()), figure(cell)?))
    };
    curve.iter().filter_map(point).collect()
}

/// How many a second there were in each stretch.
pub(crate) fn rate(curve: &Buckets<Cell>, span: Span, number: impl Fn(&Cell) -> u64) -> Points {
    per_time(curve, span, |cell, share_us| number(cell) as f64 / share_us as f64 * 1e6)
}

/// How many chains ran in each stretch on average.
pub(crate) fn running(curve: &Buckets<Busy>, span: Span) -> Points {
    per_time(curve, span, |busy, share_us| busy.0 as f64 / share_us as f64)
}

/// What `value` makes of each stretch and its length in microseconds. The ends of a run that are mostly
/// beyond it would only be noise.
fn per_time<T: Default + Merge + Clone>(
    curve: &Buckets<T>,
    span: Span,
    value: impl Fn(&T, u64) -> f64,
) -> Points {
    let width_us = curve.width_us();
    let point = |(begin_us, cell): (u64, &T)| {
        let share_us = span.share_us(begin_us, width_us);
        let is_most = share_us > width_us / 2 || curve.len() == 1;
        let at_s = span.middle_s(begin_us, width_us);
        (is_most && share_us > 0).then(|| (at_s, value(cell, share_us)))
    };
    curve.iter().filter_map(point).collect()
}

/// The steps of the number of attackers. It is told each second: until then it is what it will be, and
/// stays what it was where nobody told it.
pub(crate) fn attackers(curve: &Buckets<Peak>, span: Span) -> Points {
    // Shards do not tell it at the same moment.
    let curve = curve.widened_to(TOLD_EVERY_US);
    let told = curve.iter().filter_map(|(begin_us, peak)| Some((begin_us, peak.0?)));
    let mut points = Points::new();
    let mut last = None;
    for (begin_us, now) in told {
        let at_s = begin_us.saturating_sub(span.start_us) as f64 / 1e6;
        match last.replace(now) {
            None => points.push((0.0, now.into())),
            Some(before) if before != now => {
                points.extend([(at_s, before.into()), (at_s, now.into())]);
            }
            Some(_) => {}
        }
    }
    points.extend(last.map(|now| (span.seconds(), now.into())));
    points
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::timeline::Timeline;

    const SPAN: Span = Span { start_us: 1_000_000, end_us: 3_000_000 };

    fn timeline() -> Timeline {
        let mut timeline = Timeline::default();
        for at_us in (1_000_000..3_000_000).step_by(10_000) {
            timeline.request(at_us, Duration::from_millis(at_us / 1_000_000), at_us % 50_000 != 0);
        }
        timeline
    }

    #[test]
    fn rates_count_by_the_second() {
        let timeline = timeline();
        let all = rate(timeline.requests(), SPAN, Cell::count);
        assert_eq!((all.len(), all[0], all[7]), (8, (0.125, 100.0), (1.875, 100.0)));
        let failed = rate(timeline.requests(), SPAN, Cell::failed);
        assert!(failed.iter().all(|(_, rate)| (rate - 20.0).abs() < 1e-9), "{failed:?}");
    }

    #[test]
    fn latencies_are_those_of_their_time() {
        let timeline = timeline();
        let means = latency(timeline.requests(), SPAN, Cell::mean_ms);
        assert_eq!((means[0].1, means[7].1), (1.0, 2.0));
    }

    #[test]
    fn a_stretch_of_which_little_belongs_to_the_run_has_no_rate() {
        let mut timeline = timeline();
        timeline.request(3_010_000, Duration::ZERO, true);
        let span = Span { end_us: 3_020_000, ..SPAN };
        assert_eq!(rate(timeline.requests(), span, Cell::count).len(), 8);
        assert_eq!(latency(timeline.requests(), span, Cell::mean_ms).len(), 9);
    }

    #[test]
    fn rough_curves_get_longer_stretches() {
        let mut timeline = Timeline::default();
        for second in 0..60 {
            timeline.request(second * 1_000_000, Duration::ZERO, true);
        }
        let shown = readable(timeline.requests());
        assert!((10..=20).contains(&shown.len()), "{}", shown.len());
    }

    #[test]
    fn attackers_make_steps() {
        let mut timeline = Timeline::default();
        for (second, now) in [(1, 5), (2, 5), (3, 9)] {
            timeline.attackers(second * 1_000_000, now);
        }
        let span = Span { start_us: 0, end_us: 4_000_000 };
        let steps = attackers(timeline.attackers_curve(), span);
        assert_eq!(steps, [(0.0, 5.0), (3.0, 5.0), (3.0, 9.0), (4.0, 9.0)]);
    }
}

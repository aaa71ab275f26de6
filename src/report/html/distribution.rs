//! How long chains and requests took, as histograms.

use maud::{Markup, html};

use super::plot::{Names, plot};
use crate::report::buckets::Merge;
use crate::report::cell::Cell;
use crate::report::chart::{Axis, Ink, Layer};
use crate::report::model::Model;
use crate::sink::human;

/// Bars of one histogram.
const MOST_BARS: f64 = 48.0;
/// Times are kept with two digits: narrower bars would show that, and not the times.
const NARROWEST: f64 = 1.03;
/// What an axis reaches to, at least, by what it begins at.
const NARROWEST_AXIS: f64 = 2.0;
/// What took less is drawn as this, for zero has no logarithm.
const SHORTEST_MS: f64 = 0.001;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let requests = model.timeline.requests().total();
    let mut chains = Cell::default();
    model.timeline.chains().iter().for_each(|(_, curve)| chains.merge(&curve.total()));
    if requests.count() + chains.count() == 0 {
        return None;
    }
    Some(html! {
        section id="distribution" {
            h2 { "Distribution of times" }
            div class="charts" {
                @if chains.count() > 0 { (histogram("Time of a chain", "chain", &chains)) }
                @if requests.count() > 0 { (histogram("Time of a request", "request", &requests)) }
            }
        }
    })
}

fn histogram(name: &str, thing: &str, cell: &Cell) -> Markup {
    let (low_ms, high_ms, bars) = bars(cell);
    let highest = bars.iter().map(|(.., share)| *share).fold(0.0, f64::max);
    let (x, y) = (Axis::log_millis(low_ms, high_ms), Axis::percent(highest));
    let more = format!("share of {}, logarithmic", human::counted(cell.count(), thing));
    plot(Names { name, more: &more }, None, &x, &y, &[Layer::Bars(Ink::Curve(0), bars)])
}

/// Where bars begin and end in milliseconds, and the bars: their decimal logarithms, and how many percent
/// of all each has.
fn bars(cell: &Cell) -> (f64, f64, Vec<(f64, f64, f64)>) {
    let times: Vec<_> =
        cell.durations_ms().map(|(ms, count)| (ms.max(SHORTEST_MS), count)).collect();
    let min = times.first().map_or(SHORTEST_MS, |(ms, _)| *ms);
    let max = times.last().map_or(SHORTEST_MS, |(ms, _)| *ms);
    // Times that are all alike have an axis around them.
    let air = (NARROWEST_AXIS / (max / min)).sqrt().max(NARROWEST);
    let (min, max) = (min / air, max * air);
    let number = ((max / min).ln() / NARROWEST.ln()).floor().clamp(1.0, MOST_BARS);
    let width = (max / min).log10() / number;
    let mut counts = vec![0; number as usize];
    for (ms, count) in times {
        let bar = ((ms / min).log10() / width) as usize;
        counts[bar.min(number as usize - 1)] += count;
    }
    let percent = |count: u64| count as f64 / cell.count().max(1) as f64 * 100.0;
    let left = |bar: usize| min.log10() + bar as f64 * width;
    let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    // A tenth of each is left as a gap.
    let bars = bars.map(|(bar, count)| (left(bar), left(bar) + width * 0.9, percent(*count)));
    (min, max, bars.collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Cell {
        let mut cell = Cell::default();
        micros.into_iter().for_each(|us| cell.record(Duration::from_micros(us), true));
        cell
    }

    #[test]
    fn every_time_is_in_a_bar() {
        for cell in [of([0]), of([7, 7]), of([0, 50_000_000]), of((1..2_000).map(|n| n * n))] {
            let (low, high, bars) = bars(&cell);
            let sum: f64 = bars.iter().map(|(.., percent)| percent).sum();
            assert!((sum - 100.0).abs() < 1e-6, "{sum}");
            assert!(low < high && bars.iter().all(|(left, right, _)| left < right));
            assert!(bars.len() <= MOST_BARS as usize);
        }
    }
}

//! The rows of live progress that show each chain by itself.

use super::human;
use super::style::Paint;
use crate::record::interval::{ChainInterval, Interval};

/// How many rows there are at most: with the other lines, a small terminal has room for them.
const MAX_ROWS: usize = 10;

/// How many columns a name may take.
const MAX_NAME: usize = 30;

/// What is known of each chain, by its index.
#[derive(Debug)]
pub(super) struct ChainRows {
    names: Vec<String>,
    /// Since the start: how many ended, and how many of them badly.
    ended: Vec<(u64, u64)>,
}

impl ChainRows {
    /// Chains of these names. A lone one has no row: the lines above say the same.
    pub(super) fn new(names: &[String]) -> Self {
        let names: Vec<_> = names.iter().map(|name| human::one_line(name, MAX_NAME)).collect();
        Self { ended: vec![(0, 0); names.len()], names }
    }

    /// Takes what happened since the last call.
    pub(super) fn take(&mut self, interval: &Interval) {
        for ((ended, failed), new) in self.ended.iter_mut().zip(&interval.by_chain) {
            *ended += new.ended;
            *failed += new.failed;
        }
    }

    /// A row of each chain that ran so far: those that failed before others, then the most frequent
    /// ones, in the order of their names. `recent` is what happened in the last `seconds`.
    pub(super) fn lines(&self, recent: &Interval, seconds: f64) -> Vec<Vec<(Paint, String)>> {
        let mut shown: Vec<usize> =
            (0..self.names.len()).filter(|&at| self.ended[at].0 > 0).collect();
        if self.names.len() < 2 {
            return Vec::new();
        }
        shown.sort_by_key(|&at| {
            let (ended, failed) = self.ended[at];
            (failed == 0, std::cmp::Reverse(ended))
        });
        let left_out = shown.len().saturating_sub(MAX_ROWS);
        shown.truncate(MAX_ROWS);
        shown.sort_by_key(|&at| &self.names[at]);
        let width = shown.iter().map(|&at| self.names[at].chars().count()).max().unwrap_or(0);
        let none = ChainInterval::default();
        let row = |&at: &usize| {
            let recent = recent.by_chain.get(at).unwrap_or(&none);
            self.row(at, width, recent, seconds)
        };
        let mut lines: Vec<_> = shown.iter().map(row).collect();
        if left_out > 0 {
            lines.push(vec![(Paint::Dim, format!("and {left_out} more"))]);
        }
        lines
    }

    fn row(
        &self,
        at: usize,
        width: usize,
        recent: &ChainInterval,
        seconds: f64,
    ) -> Vec<(Paint, String)> {
        let rate = if seconds > 0.0 { recent.ended as f64 / seconds } else { 0.0 };
        let p95 = recent.latency.quantile(0.95);
        let p95 = p95.map_or_else(|| "-".into(), |micros| human::millis(micros as f64 / 1e3));
        let rate = human::rate(rate);
        let mut row = vec![(Paint::Plain, format!("{:<width$}  {rate:>6}/s", self.names[at]))];
        let failed = self.ended[at].1;
        if failed > 0 {
            row.push((Paint::Red, format!("failed {}", human::count(failed))));
        }
        // Last, for a narrow terminal has no room for it.
        row.push((Paint::Plain, format!("p95 {p95}")));
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rows: &mut ChainRows, of: &[(u64, u64)]) -> Vec<String> {
        let mut interval = Interval::default();
        for (at, &(ended, failed)) in of.iter().enumerate() {
            let chain = interval.chain(at);
            (chain.ended, chain.failed) = (ended, failed);
            (0..ended).for_each(|_| chain.latency.record(12_300));
        }
        rows.take(&interval);
        let text = |line: Vec<(Paint, String)>| {
            line.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("   ")
        };
        rows.lines(&interval, 2.0).into_iter().map(text).collect()
    }

    #[test]
    fn each_chain_that_ran_has_a_row() {
        let mut rows =
            ChainRows::new(&["b".to_owned(), "long-name".to_owned(), "never".to_owned()]);
        let expected =
            ["b            1.00/s   failed 1   p95 12.3 ms", "long-name    5.00/s   p95 12.3 ms"];
        assert_eq!(lines(&mut rows, &[(2, 1), (10, 0)]), expected);
        let expected = ["b               0/s   failed 1   p95 -", "long-name       0/s   p95 -"];
        assert_eq!(lines(&mut rows, &[]), expected);
        assert_eq!(lines(&mut ChainRows::new(&["lone".to_owned()]), &[(2, 1)]), [""; 0]);
    }

    #[test]
    fn of_many_those_that_fail_are_shown() {
        let names: Vec<_> = (0..20).map(|at| format!("chain-{at:02}")).collect();
        let mut of = vec![(5, 0); 20];
        of[19] = (1, 1);
        let shown = lines(&mut ChainRows::new(&names), &of);
        assert_eq!(shown.len(), MAX_ROWS + 1);
        assert!(shown[MAX_ROWS - 1].starts_with("chain-19") && shown[MAX_ROWS] == "and 10 more");
    }
}

//! Two summaries side by side, for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::human;
use super::style::{Paint, Style};
use super::table::{Cell, Table};
use super::text::parts::{WIDTH, fact};
use crate::record::summary::{LatencyBlock, MetricBlock, Summary};
use crate::record::threshold::Judged;

/// How many rows each table shows at most.
const MAX_ROWS: usize = 40;

/// A time of a [`LatencyBlock`].
type Time = fn(&LatencyBlock) -> Option<f64>;

/// The times that can be compared, by name.
pub const TIMES: [(&str, Time); 7] = [
    ("avg", |block| block.avg),
    ("med", |block| block.med),
    ("p90", |block| block.p90),
    ("p95", |block| block.p95),
    ("p99", |block| block.p99),
    ("p999", |block| block.p999),
    ("max", |block| block.max),
];

/// Two runs, and what was asked of the change from one to the other.
pub struct Comparison<'a> {
    /// What is compared with.
    pub base: (&'a str, &'a Summary),
    /// What is compared.
    pub new: (&'a str, &'a Summary),
    /// Each condition with what it comes to.
    pub conditions: Vec<(&'a str, Judged)>,
    /// Which time the tables show: one of [`TIMES`].
    pub time: (&'static str, Time),
}

type Blocks = BTreeMap<String, LatencyBlock>;

impl Comparison<'_> {
    /// The whole comparison, ending with a line feed.
    pub fn render(&self, style: Style) -> String {
        let mut out = String::new();
        let (base, new) = (self.base.1, self.new.1);
        for (label, (file, summary)) in [("base", self.base), ("new", self.new)] {
            fact(label, &Self::described(file, summary), style, &mut out);
        }
        self.differences(style, &mut out);
        self.totals(style, &mut out);
        self.latencies("CHAINS", &base.chains, &new.chains, style, &mut out);
        self.latencies("REQUESTS", &base.endpoints, &new.endpoints, style, &mut out);
        let stages = |summary: &Summary| -> Blocks {
            let stages = summary.stages.iter().filter(|_| summary.stages.len() > 1);
            stages.map(|stage| (stage.name.clone(), stage.totals.requests.clone())).collect()
        };
        self.latencies("REQUESTS BY STAGE", &stages(base), &stages(new), style, &mut out);
        self.metrics(style, &mut out);
        self.verdicts(style, &mut out);
        out
    }

    fn described(file: &str, summary: &Summary) -> String {
        let started = summary.started.get(..19).unwrap_or(&summary.started).replace('T', " ");
        let ran = human::millis(summary.duration_s * 1e3);
        format!("{file}: {}; {ran} from {started} UTC", summary.command)
    }

    /// Warns of what makes two runs hard to compare.
    fn differences(&self, style: Style, out: &mut String) {
        let (base, new) = (self.base.1, self.new.1);
        // An embedded CA takes another port each time.
        let embedded = |summary: &Summary| summary.target.starts_with("embedded CA");
        if base.target != new.target && !(embedded(base) && embedded(new)) {
            let told = format!("the targets differ: {} and {}", base.target, new.target);
            fact("note", &told, style, out);
        }
        let stages =
            [base, new].map(|of| of.stages.iter().map(|stage| &stage.name).collect::<Vec<_>>());
        if stages[0] != stages[1] {
            fact("note", "the profiles differ: other stages", style, out);
        }
        if !base.chains.keys().eq(new.chains.keys()) {
            fact("note", "the chains differ: what is in one run only has dashes", style, out);
        }
        for (label, summary) in [("base", base), ("new", new)] {
            if summary.totals.chains.count == 0 {
                fact("note", &format!("no chain ran in {label}"), style, out);
            }
            let breached = summary.thresholds.iter().filter(|threshold| !threshold.ok).count();
            if breached > 0 {
                let told = human::counted(breached as u64, "threshold");
                fact("note", &format!("{told} of its own breached in {label}"), style, out);
            }
        }
    }

    fn totals(&self, style: Style, out: &mut String) {
        let mut table = Table::new("ALL", &["base", "new", "change"]);
        let mut row =
            |name: &str, show: fn(f64) -> String, of: &dyn Fn(&Summary) -> Option<f64>| {
                let [base, new] = [self.base.1, self.new.1].map(of);
                let shown = |value: Option<f64>| Cell::plain(value.map_or_else(dash, show));
                table.row(name, vec![shown(base), shown(new), change(base, new)]);
            };
        row("chains/s", human::rate, &|of| Some(of.totals.chains.rate_per_s));
        row("chains failed", human::percent, &|of| rate(of, "chain_failed"));
        row("chains dropped", |count| human::count(count as u64), &|of| {
            Some(of.totals.dropped_chains as f64)
        });
        row("requests/s", human::rate, &|of| Some(of.totals.requests.rate_per_s));
        row("requests failed", human::percent, &|of| rate(of, "http_req_failed"));
        row("checks passed", human::percent, &|of| rate(of, "checks"));
        let time = |of: &Summary, metric: &str| {
            of.metrics.get(metric).and_then(|metric| (self.time.1)(&block(metric)?))
        };
        row(&format!("chain {}", self.time.0), human::millis, &|of| time(of, "chain_duration"));
        row(&format!("request {}", self.time.0), human::millis, &|of| {
            time(of, "http_req_duration")
        });
        row("coyote's CPU a request", human::millis, &|of| {
            let requests = of.totals.requests.count;
            (requests > 0).then(|| of.totals.cpu_s * 1e3 / requests as f64)
        });
        row("coyote's memory", |bytes| human::memory(bytes as u64), &|of| {
            Some(of.totals.rss_max_bytes as f64)
        });
        out.push('\n');
        table.render(style, WIDTH, out);
    }

    fn latencies(
        &self,
        title: &'static str,
        base: &Blocks,
        new: &Blocks,
        style: Style,
        out: &mut String,
    ) {
        let names: BTreeSet<&String> = base.keys().chain(new.keys()).collect();
        if names.is_empty() {
            return;
        }
        let (time, new_time) = (self.time.0, format!("new {}", self.time.0));
        let columns = ["/s", "new /s", "change", time, &new_time, "change", "failed", "new failed"];
        let mut table = Table::new(title, &columns);
        for name in names.iter().take(MAX_ROWS) {
            let blocks = [base.get(*name), new.get(*name)];
            let rates = blocks.map(|block| block.map(|block| block.rate_per_s));
            let times = blocks.map(|block| block.and_then(self.time.1));
            let failed = blocks.map(|block| match block {
                Some(block) => Cell::failures(block.failed),
                None => Cell::plain(dash()),
            });
            let rate = |rate: Option<f64>| Cell::plain(rate.map_or_else(dash, human::rate));
            let mut cells = vec![rate(rates[0]), rate(rates[1]), change(rates[0], rates[1])];
            cells.extend([
                Cell::millis(times[0]),
                Cell::millis(times[1]),
                change(times[0], times[1]),
            ]);
            cells.extend(failed);
            table.row(name, cells);
        }
        out.push('\n');
        table.render(style, WIDTH, out);
        if names.len() > MAX_ROWS {
            let text = format!("and {} more", names.len() - MAX_ROWS);
            _ = writeln!(out, "{}", style.paint(Paint::Dim, &text));
        }
    }

    /// The scripts' own metrics, each by what it is judged by first.
    fn metrics(&self, style: Style, out: &mut String) {
        let own = |summary: &Summary| -> BTreeMap<String, f64> {
            let metrics = summary.metrics.iter();
            let own = metrics.filter(|(name, _)| crate::record::built_in::find(name).is_none());
            own.filter_map(|(name, metric)| self.figure(name, metric)).collect()
        };
        let (base, new) = (own(self.base.1), own(self.new.1));
        let names: BTreeSet<&String> = base.keys().chain(new.keys()).collect();
        if names.is_empty() {
            return;
        }
        let mut table = Table::new("METRICS", &["base", "new", "change"]);
        for name in names.into_iter().take(MAX_ROWS) {
            let [base, new] = [base.get(name).copied(), new.get(name).copied()];
            let shown = |value: Option<f64>| Cell::plain(value.map_or_else(dash, human::number));
            table.row(name, vec![shown(base), shown(new), change(base, new)]);
        }
        out.push('\n');
        table.render(style, WIDTH, out);
    }

    fn figure(&self, name: &str, metric: &MetricBlock) -> Option<(String, f64)> {
        match metric {
            MetricBlock::Counter { rate_per_s, .. } => Some((format!("{name}/s"), *rate_per_s)),
            MetricBlock::Gauge { value, .. } => Some((name.to_owned(), *value)),
            MetricBlock::Rate { rate, .. } => Some((format!("{name} rate"), (*rate)?)),
            MetricBlock::Trend { .. } => {
                Some((format!("{name} {}", self.time.0), (self.time.1)(&block(metric)?)?))
            }
        }
    }

    fn verdicts(&self, style: Style, out: &mut String) {
        if self.conditions.is_empty() {
            return;
        }
        let mut table = Table::new("FAIL IF", &["base", "new", "change", "verdict"]);
        for (text, Judged { base, new, breached }) in &self.conditions {
            let shown = |value: &Option<f64>| {
                Cell::plain(value.map_or_else(|| "no samples".to_owned(), human::exact))
            };
            let cells =
                vec![shown(base), shown(new), change(*base, *new), Cell::verdict(!breached)];
            table.row(text, cells);
        }
        out.push('\n');
        table.render(style, WIDTH, out);
    }
}

fn dash() -> String {
    "-".to_owned()
}

/// How much more `new` is than `base`, in percent of that.
fn change(base: Option<f64>, new: Option<f64>) -> Cell {
    let text = match (base, new) {
        (Some(base), Some(new)) if base != 0.0 => {
            let percent = (new - base) / base.abs() * 100.0;
            match percent.abs() {
                small if small < 0.05 => "0 %".to_owned(),
                large if large >= 1_000.0 => format!("x {}", human::number(new / base)),
                large if large >= 100.0 => format!("{percent:+.0} %"),
                _ => format!("{percent:+.1} %"),
            }
        }
        (Some(_), Some(0.0)) => "0 %".to_owned(),
        _ => dash(),
    };
    Cell::plain(text)
}

fn rate(summary: &Summary, metric: &str) -> Option<f64> {
    match summary.metrics.get(metric)? {
        MetricBlock::Rate { rate, .. } => *rate,
        _ => None,
    }
}

/// The times of a trend.
fn block(metric: &MetricBlock) -> Option<LatencyBlock> {
    match *metric {
        MetricBlock::Trend { count, avg, min, med, p90, p95, p99, p999, max } => {
            Some(LatencyBlock {
                count,
                avg,
                min,
                med,
                p90,
                p95,
                p99,
                p999,
                max,
                ..LatencyBlock::default()
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::summary;

    fn rendered(base: &Summary, new: &Summary) -> String {
        let judged = Judged { base: Some(10.0), new: Some(12.5), breached: true };
        let comparison = Comparison {
            base: ("base.json", base),
            new: ("new.json", new),
            conditions: vec![("http_req_duration: p(95)>+10%", judged)],
            time: TIMES[3],
        };
        comparison.render(Style::PLAIN)
    }

    #[test]
    fn the_whole_text() {
        let mut new = summary();
        for block in new.endpoints.values_mut() {
            block.p95 = block.p95.map(|ms| ms * 1.25);
            block.rate_per_s *= 0.9;
        }
        new.chains.remove("never");
        new.totals.attackers_max += 1;
        let text = rendered(&summary(), &new);
        let expected = include_str!("comparison.expected.txt");
        assert_eq!(text, expected, "\n{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn changes_are_read_at_a_glance() {
        for (base, new, expected) in [
            (10.0, 11.0, "+10.0 %"),
            (10.0, 9.999, "0 %"),
            (10.0, 5.0, "-50.0 %"),
            (10.0, 25.0, "+150 %"),
            (1.0, 100.0, "x 100"),
            (0.0, 0.0, "0 %"),
            (0.0, 1.0, "-"),
        ] {
            assert_eq!(change(Some(base), Some(new)).text(), expected);
        }
        assert_eq!(change(None, Some(1.0)).text(), "-");
    }
}

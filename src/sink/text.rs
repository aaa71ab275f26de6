//! The summary for people: 80 columns, at most two screens; of `once`, the table of cases beside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::audit;
use super::cases;
use super::human;
use super::style::{Paint, Style};
use super::table::{Cell, Table};
use crate::record::built_in;
use crate::record::errors::ErrorSource;
use crate::record::summary::{
    CountBlock, ErrorBlock, LatencyBlock, MetricBlock, RowCounts, Summary, ThresholdBlock,
};

pub(super) const WIDTH: usize = 80;

/// How many chains are shown at most, so that a whole folder of them is; the JSON has them all.
const MAX_CHAINS: usize = 40;

/// How many rows each other part shows at most.
const MAX_ROWS: usize = 15;

/// How many kinds of errors are shown.
const MAX_ERRORS: usize = 10;

/// How long a message can be: a quoted name can have 100,000 characters.
const MAX_ERROR_CHARS: usize = 300;

/// The metric that the table of chains shows besides.
const SCHEDULED: &str = "chain_duration_scheduled";

/// Blocks by name, of those that are to be shown.
type Blocks<'a> = BTreeMap<&'a str, &'a LatencyBlock>;

const LATENCY: [&str; 8] = ["count", "failed", "/s", "avg", "med", "p95", "p99", "max"];

/// The whole summary, ending with a line feed.
pub fn render(summary: &Summary, style: Style) -> String {
    let mut out = String::new();
    header(summary, style, &mut out);
    chains(summary, style, &mut out);
    requests(summary, style, &mut out);
    scenarios(summary, style, &mut out);
    stages(summary, style, &mut out);
    checks(summary, style, &mut out);
    metrics(summary, style, &mut out);
    database(summary, style, &mut out);
    thresholds(summary, style, &mut out);
    audit::render(summary.audit.as_ref(), style, &mut out);
    errors(summary, style, &mut out);
    footer(summary, style, &mut out);
    cases::render(&summary.cases, style, &mut out);
    out
}

fn header(summary: &Summary, style: Style, out: &mut String) {
    for line in human::wrap(&summary.command, WIDTH) {
        _ = writeln!(out, "{}", style.paint(Paint::Bold, &line));
    }
    if !summary.target.is_empty() {
        fact("target", &summary.target, style, out);
    }
    let ran = human::millis(summary.duration_s * 1e3);
    let attackers = human::counted(summary.totals.attackers_max.into(), "attacker");
    // RFC 3339 with a blank for the T, to the second.
    let started = summary.started.get(..19).unwrap_or(&summary.started).replace('T', " ");
    fact("run", &format!("{ran} from {started} UTC, at most {attackers}"), style, out);
}

/// The chains, without those that the table of cases is about.
fn chains(summary: &Summary, style: Style, out: &mut String) {
    let cases: BTreeSet<&str> = summary.cases.iter().map(|case| case.chain.as_str()).collect();
    let mut chains = by_name(&summary.chains);
    chains.retain(|name, _| !cases.contains(name));
    // What holds for all of them includes the cases.
    let all = all(summary.totals.chains, summary.metrics.get("chain_duration"));
    let all = Some(all).filter(|_| cases.is_empty());
    latencies("CHAINS", MAX_CHAINS, &chains, all.as_ref(), style, out);
    from_schedule(summary, out);
    let dropped = summary.totals.dropped_chains;
    if dropped > 0 {
        let text = format!("{} could not be started on time", human::counted(dropped, "chain"));
        _ = writeln!(out, "{}", style.paint(Paint::Red, &text));
    }
    eligible(summary, out);
    not_offered(&chains, style, out);
}

/// How long chains of the open model took from when they were due: beside what they took themselves, so
/// that nobody has to believe in either alone.
fn from_schedule(summary: &Summary, out: &mut String) {
    let Some(&MetricBlock::Trend { avg, med, p95, p99, max, .. }) = summary.metrics.get(SCHEDULED)
    else {
        return;
    };
    let figures = [("avg", avg), ("med", med), ("p95", p95), ("p99", p99), ("max", max)];
    let figures: Vec<_> = figures
        .iter()
        .filter_map(|(name, ms)| Some(format!("{name} {}", human::millis((*ms)?))))
        .collect();
    _ = writeln!(out, "from when they were due: {}", figures.join(", "));
}

/// When chains could run first, of those that had to wait for it.
fn eligible(summary: &Summary, out: &mut String) {
    let waited = |(name, block): (&String, &LatencyBlock)| match block.eligible_after_s?.0 {
        Some(0.0) => None,
        Some(after_s) => Some(format!("{name} after {}", human::millis(after_s * 1e3))),
        None => Some(format!("{name} never")),
    };
    let waited: Vec<_> = summary.chains.iter().filter_map(waited).collect();
    if waited.is_empty() {
        return;
    }
    let shown = waited[..waited.len().min(MAX_CHAINS)].join(", ");
    for line in human::wrap(&human::printable(&format!("ready: {shown}")), WIDTH) {
        _ = writeln!(out, "{line}");
    }
}

/// Cases that could not be asked: neither passed nor failed.
fn not_offered(chains: &Blocks, style: Style, out: &mut String) {
    let names = chains.iter().filter(|(_, block)| block.not_offered.is_some_and(|count| count > 0));
    let names: Vec<&str> = names.map(|(name, _)| *name).collect();
    if names.is_empty() {
        return;
    }
    let shown = names[..names.len().min(MAX_ROWS)].join(", ");
    let text = format!("not offered by the CA, and so not counted: {shown}");
    for line in human::wrap(&human::printable(&text), WIDTH) {
        _ = writeln!(out, "{line}");
    }
    more(names.len().saturating_sub(MAX_ROWS), style, out);
}

fn requests(summary: &Summary, style: Style, out: &mut String) {
    let all = all(summary.totals.requests, summary.metrics.get("http_req_duration"));
    latencies("REQUESTS", MAX_ROWS, &by_name(&summary.endpoints), Some(&all), style, out);
}

fn by_name(blocks: &BTreeMap<String, LatencyBlock>) -> Blocks<'_> {
    blocks.iter().map(|(name, block)| (name.as_str(), block)).collect()
}

/// Everything of one kind as one block, from where the summary has its parts.
fn all(counts: CountBlock, trend: Option<&MetricBlock>) -> LatencyBlock {
    let CountBlock { count, failed, rate_per_s } = counts;
    let mut all = LatencyBlock { count, failed, rate_per_s, ..LatencyBlock::default() };
    if let Some(&MetricBlock::Trend { avg, min, med, p90, p95, p99, p999, max, .. }) = trend {
        all = LatencyBlock { avg, min, med, p90, p95, p99, p999, max, ..all };
    }
    all
}

/// `all` goes below several blocks.
fn latencies(
    title: &'static str,
    max_rows: usize,
    blocks: &Blocks,
    all: Option<&LatencyBlock>,
    style: Style,
    out: &mut String,
) {
    if blocks.is_empty() {
        return;
    }
    let mut table = Table::new(title, &LATENCY);
    let shown = most_telling(blocks, max_rows);
    for (name, block) in &shown {
        table.row(name, latency_cells(block));
    }
    if let Some(all) = all.filter(|_| blocks.len() > 1) {
        table.row("all", latency_cells(all));
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    let failing = |blocks: &mut dyn Iterator<Item = &LatencyBlock>| {
        blocks.filter(|block| block.failed > 0).count()
    };
    let failed = failing(&mut blocks.values().copied()) - failing(&mut shown.iter().map(|it| it.1));
    more_failed(blocks.len() - shown.len(), failed, style, out);
}

/// Those that failed before others, then the most frequent ones; in the order of their names.
fn most_telling<'a>(blocks: &Blocks<'a>, max_rows: usize) -> Vec<(&'a str, &'a LatencyBlock)> {
    let mut shown: Vec<_> = blocks.iter().map(|(name, block)| (*name, *block)).collect();
    shown.sort_by_key(|(_, block)| (block.failed == 0, std::cmp::Reverse(block.count)));
    shown.truncate(max_rows);
    shown.sort_by_key(|(name, _)| *name);
    shown
}

fn latency_cells(block: &LatencyBlock) -> Vec<Cell> {
    let mut cells = vec![
        Cell::plain(human::count(block.count)),
        Cell::failures(block.failed),
        Cell::plain(human::rate(block.rate_per_s)),
    ];
    cells.extend([block.avg, block.med, block.p95, block.p99, block.max].map(Cell::millis));
    cells
}

/// The scenarios, where there are several.
fn scenarios(summary: &Summary, style: Style, out: &mut String) {
    let scenarios = summary.scenarios.iter();
    parts("SCENARIOS", scenarios.map(|(name, it)| (name, &it.chains, &it.requests)), style, out);
}

/// The stages, where there are several, and not just one for each scenario.
fn stages(summary: &Summary, style: Style, out: &mut String) {
    if summary.stages.len() <= summary.scenarios.len() {
        return;
    }
    let stages = summary.stages.iter();
    let stages = stages.map(|stage| (&stage.name, &stage.totals.chains, &stage.totals.requests));
    parts("STAGES", stages, style, out);
}

/// Parts of the run side by side, if there are several: of each its name, chains and requests.
fn parts<'a>(
    title: &'static str,
    parts: impl ExactSizeIterator<Item = (&'a String, &'a LatencyBlock, &'a LatencyBlock)>,
    style: Style,
    out: &mut String,
) {
    let count = parts.len();
    if count < 2 {
        return;
    }
    let columns = ["chains/s", "failed", "med", "p95", "requests/s", "failed", "p95"];
    let mut table = Table::new(title, &columns);
    for (name, chains, requests) in parts.take(MAX_ROWS) {
        // No median of requests: with it the names would not fit beside the figures.
        let cells = vec![
            Cell::plain(human::rate(chains.rate_per_s)),
            Cell::failures(chains.failed),
            Cell::millis(chains.med),
            Cell::millis(chains.p95),
            Cell::plain(human::rate(requests.rate_per_s)),
            Cell::failures(requests.failed),
            Cell::millis(requests.p95),
        ];
        table.row(name, cells);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    more(count.saturating_sub(MAX_ROWS), style, out);
}

/// Checks, those that failed first.
fn checks(summary: &Summary, style: Style, out: &mut String) {
    if summary.checks.is_empty() {
        return;
    }
    let mut checks: Vec<_> = summary.checks.iter().collect();
    checks.sort_by_key(|(_, check)| check.fails == 0);
    let mut table = Table::new("CHECKS", &["passed", "failed", "rate"]);
    for (name, check) in checks.iter().take(MAX_ROWS) {
        let share = check.passes as f64 / (check.passes + check.fails) as f64;
        let cells = vec![
            Cell::plain(human::count(check.passes)),
            Cell::failures(check.fails),
            Cell::plain(human::percent(share)),
        ];
        table.row(name, cells);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    more(checks.len().saturating_sub(MAX_ROWS), style, out);
}

/// The metrics that no table above is made of: the scripts' own, and what only some runs record.
fn metrics(summary: &Summary, style: Style, out: &mut String) {
    let shown_above = |name: &str| match built_in::find(name) {
        Some(own) => {
            !own.is_recorded() || own.name == SCHEDULED || built_in::AUDIT.contains(&own.name)
        }
        None => false,
    };
    let own: Vec<_> = summary.metrics.iter().filter(|(name, _)| !shown_above(name)).collect();
    if own.is_empty() {
        return;
    }
    section("METRICS", style, out);
    let shown = &own[..own.len().min(MAX_ROWS)];
    let names: Vec<_> = shown.iter().map(|(name, _)| human::one_line(name, WIDTH)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(WIDTH / 2);
    for (name, (_, metric)) in names.iter().zip(shown) {
        _ = writeln!(out, "{name:<width$}  {}", metric_figures(metric));
    }
    more(own.len() - shown.len(), style, out);
}

fn metric_figures(metric: &MetricBlock) -> String {
    let value = |value: Option<f64>| value.map_or_else(|| "-".into(), human::number);
    match metric {
        MetricBlock::Counter { count, rate_per_s } => {
            format!("{}, {}/s", human::number(*count), human::number(*rate_per_s))
        }
        MetricBlock::Gauge { value, min, max } => {
            let [value, min, max] = [value, min, max].map(|value| human::number(*value));
            format!("{value} last, {min} to {max}")
        }
        MetricBlock::Rate { rate, passes, fails } => {
            let share = rate.map_or_else(|| "-".into(), human::percent);
            format!("{share}, {} of {}", human::count(*passes), human::count(passes + fails))
        }
        MetricBlock::Trend { avg, med, p95, p99, max, .. } => {
            let [avg, med, p95, p99, max] = [avg, med, p95, p99, max].map(|figure| value(*figure));
            format!("avg {avg}, med {med}, p95 {p95}, p99 {p99}, max {max}")
        }
    }
}

/// Rows of the CA's tables, with `~` for estimates.
fn database(summary: &Summary, style: Style, out: &mut String) {
    let Some(tables) = summary.database.as_ref().filter(|tables| !tables.is_empty()) else {
        return;
    };
    let mut table = Table::new("DATABASE", &["before", "after", "change"]);
    for (name, &RowCounts { before, after, estimated }) in tables {
        let mark = if estimated { "~" } else { "" };
        let count = |rows: Option<u64>| match rows {
            Some(rows) => Cell::plain(format!("{mark}{}", human::count(rows))),
            None => Cell::plain("-".to_owned()),
        };
        let change = before.zip(after).map_or_else(
            || "-".to_owned(),
            |(before, after)| {
                let sign = if after < before { '-' } else { '+' };
                format!("{mark}{sign}{}", human::count(after.abs_diff(before)))
            },
        );
        table.row(&name.replace('_', " "), vec![count(before), count(after), Cell::plain(change)]);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
}

/// Thresholds, in the order in which they were given.
fn thresholds(summary: &Summary, style: Style, out: &mut String) {
    if summary.thresholds.is_empty() {
        return;
    }
    let mut table = Table::new("THRESHOLDS", &["observed", "verdict"]);
    for threshold in &summary.thresholds {
        let observed = threshold.observed.map_or_else(|| "no samples".into(), human::exact);
        let cells = vec![Cell::plain(observed), Cell::verdict(threshold.ok)];
        table.row(&threshold.expr, cells);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    let ended =
        |threshold: &ThresholdBlock| Some((threshold.ended_run_at_s?, threshold.expr.clone()));
    if let Some((at_s, expr)) = summary.thresholds.iter().find_map(ended) {
        let text = format!("the run was ended after {} by: {expr}", human::millis(at_s * 1e3));
        for line in human::wrap(&human::printable(&text), WIDTH) {
            _ = writeln!(out, "{}", style.paint(Paint::Red, &line));
        }
    }
}

fn errors(summary: &Summary, style: Style, out: &mut String) {
    let errors: Vec<_> =
        summary.errors.iter().filter(|error| !is_of_a_case(summary, error)).collect();
    if errors.is_empty() {
        return;
    }
    section("ERRORS", style, out);
    let shown = &errors[..errors.len().min(MAX_ERRORS)];
    let counts: Vec<_> = shown
        .iter()
        .map(|error| {
            let thing = match error.source {
                ErrorSource::Chain => "chain",
                ErrorSource::Request => "request",
            };
            human::counted(error.count, thing)
        })
        .collect();
    let width = counts.iter().map(String::len).max().unwrap_or(0);
    for (error, count) in shown.iter().zip(&counts) {
        let room = WIDTH - width - 2;
        let message = human::one_line(&error.message, MAX_ERROR_CHARS);
        let mut lines = human::wrap(&message, room);
        lines.extend(example(error, room).unwrap_or_default());
        let count = style.paint(Paint::Red, &format!("{count:>width$}"));
        _ = writeln!(out, "{count}  {}", lines[0]);
        for line in &lines[1..] {
            _ = writeln!(out, "{:width$}  {line}", "");
        }
    }
    more(errors.len() - shown.len(), style, out);
}

/// Whether the table of cases tells this error, below the case that it failed.
fn is_of_a_case(summary: &Summary, error: &ErrorBlock) -> bool {
    let begins =
        |name: &str| error.example.strip_prefix(name).is_some_and(|it| it.starts_with(": "));
    error.source == ErrorSource::Chain && summary.cases.iter().any(|case| begins(&case.chain))
}

/// One of the messages as it was, where the group's has masks instead of what differs; whole words, for
/// some of them are there to be copied.
fn example(error: &ErrorBlock, room: usize) -> Option<Vec<String>> {
    const LABEL: &str = "e.g. ";
    let example = human::one_line(&error.example, usize::MAX);
    // The group's own may be cut off.
    let masks =
        !example.is_empty() && !example.starts_with(&human::one_line(&error.message, usize::MAX));
    let text = || format!("{LABEL}{}", human::shortened(&example, MAX_ERROR_CHARS));
    masks.then(|| human::wrap(&text(), room))
}

fn footer(summary: &Summary, style: Style, out: &mut String) {
    out.push('\n');
    let totals = &summary.totals;
    let [sent, received] = [totals.traffic.bytes_out, totals.traffic.bytes_in].map(human::bytes);
    fact("traffic", &format!("{sent} sent, {received} received"), style, out);
    let share = if summary.duration_s > 0.0 { totals.cpu_s / summary.duration_s } else { 0.0 };
    // The system counts in steps of 10 ms.
    let cpu = match totals.cpu_s {
        0.0 => "< 10 ms".to_owned(),
        cpu_s => human::millis(cpu_s * 1e3),
    };
    let memory = human::memory(totals.rss_max_bytes);
    // Steps of 10 ms say nothing about the cores that a shorter run used.
    let cores =
        if summary.duration_s < 1.0 { String::new() } else { format!(" ({share:.2} cores)") };
    let used = format!("{cpu} CPU{cores}, {memory} memory");
    fact("coyote", &used, style, out);
    for warning in &summary.warnings {
        fact("warning", &human::printable(warning), style, out);
    }
}

pub(super) fn section(title: &str, style: Style, out: &mut String) {
    _ = writeln!(out, "\n{}", style.paint(Paint::Bold, title));
}

/// A labelled line, wrapped beside its label.
pub(super) fn fact(label: &str, text: &str, style: Style, out: &mut String) {
    let mut label = label;
    for line in human::wrap(&human::printable(text), WIDTH - 9) {
        _ = writeln!(out, "{}{line}", style.paint(Paint::Dim, &format!("{label:<9}")));
        label = "";
    }
}

fn more(left_out: usize, style: Style, out: &mut String) {
    more_failed(left_out, 0, style, out);
}

/// Says of what is left out how many `failed`.
fn more_failed(left_out: usize, failed: usize, style: Style, out: &mut String) {
    if left_out > 0 {
        let failed = match failed {
            0 => String::new(),
            failed => format!(", {failed} of them with failures"),
        };
        let text = format!("and {left_out} more{failed}");
        _ = writeln!(out, "{}", style.paint(Paint::Dim, &text));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::fixture::summary;

    #[test]
    fn the_whole_text() {
        let text = render(&summary(), Style::PLAIN);
        let expected = include_str!("text.expected.txt");
        assert_eq!(text, expected, "\n{text}");
    }

    /// A run with more of everything than there is room for.
    fn crowded() -> Summary {
        let mut summary = summary();
        let block = LatencyBlock {
            count: 123_456_789,
            failed: 1_234_567,
            rate_per_s: 123_456.7,
            avg: Some(12.3),
            ..LatencyBlock::default()
        };
        for n in 0..100 {
            summary.endpoints.insert(format!("GET /some/rather/long/path/*/{n}"), block.clone());
            summary.errors.push(ErrorBlock {
                source: ErrorSource::Chain,
                message: format!("{n} ").repeat(40),
                count: 1,
                example: String::new(),
            });
            let stage = summary.stages[0].clone();
            summary.stages.push(stage);
        }
        summary
    }

    #[test]
    fn a_crowded_run_fits_its_width() {
        let text = render(&crowded(), Style::PLAIN);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(WIDTH), "{text}");
        assert_eq!(text.matches("\nand ").count(), 3, "{text}");
    }

    #[test]
    fn what_failed_is_shown_before_what_did_not() {
        let mut summary = summary();
        for n in 0..60 {
            let block = LatencyBlock { count: 100, ..LatencyBlock::default() };
            summary.chains.insert(format!("well-{n}"), block);
        }
        let failed = LatencyBlock { count: 1, failed: 1, ..LatencyBlock::default() };
        summary.chains.insert("rare".to_owned(), failed);
        let text = render(&summary, Style::PLAIN);
        assert!(text.contains("\nrare "), "{text}");
        let chains = text.split("\nREQUESTS").next().expect("the first part");
        assert_eq!(chains.matches("\nwell-").count(), MAX_CHAINS - 2, "{text}");
        // 60 that are well, one that is not, and the two of every summary here.
        assert!(chains.contains("\nand 23 more\n"), "{text}");
        for n in 0..50 {
            let failed = LatencyBlock { count: 1, failed: 1, ..LatencyBlock::default() };
            summary.chains.insert(format!("broken-{n}"), failed);
        }
        let text = render(&summary, Style::PLAIN);
        assert!(text.contains("\nand 73 more, 12 of them with failures\n"), "{text}");
    }

    #[test]
    fn a_masked_message_has_an_example() {
        let shown = |message: &str, example: &str| {
            let mut summary = summary();
            let (message, example) = (message.to_owned(), example.to_owned());
            let source = ErrorSource::Chain;
            summary.errors = vec![ErrorBlock { source, message, count: 1, example }];
            let text = render(&summary, Style::PLAIN);
            text.split_once("ERRORS\n").map(|(_, rest)| rest.to_owned()).unwrap_or_default()
        };
        let text = shown("no control of \"*.*.com\"", "no control of \"*.a1b2c3.com\"");
        let expected =
            "1 chain  no control of \"*.*.com\"\n         e.g. no control of \"*.a1b2c3.com\"\n\n";
        assert!(text.starts_with(expected), "{text}");
        let id = "newOrder/3/3735928559";
        let told =
            |id| format!("finding {id}: answered 500: {}; -e MUTATION={id}", "told ".repeat(20));
        let text = shown(&told("newOrder/*/*"), &told(id));
        assert!(text.contains(&format!("-e MUTATION={id}\n")), "{text}");
        assert!(!shown("closed", "closed").contains("e.g."));
        assert!(!shown("closed by all", "closed by all\n of them").contains("e.g."));
        let long = "x".repeat(131_072);
        let text = shown(&long, &format!("y{long}"));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.len() < 2_000, "{text}");
    }

    #[test]
    fn colours_do_not_change_the_text() {
        let coloured = render(&crowded(), Style::COLOR);
        let mut plain = String::new();
        let mut pieces = coloured.split('\x1b');
        plain.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            plain.push_str(piece.split_once('m').expect("a code ends with m").1);
        }
        assert_eq!(plain, render(&crowded(), Style::PLAIN));
    }

    #[test]
    fn scenarios_are_shown_where_there_are_several() {
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

    #[test]
    fn chains_that_waited_say_since_when_they_run() {
        let mut summary = summary();
        let own = |seconds| Some(Duration::from_millis(seconds));
        for (chain, after) in [("new-authorization", own(1_250)), ("never", None)] {
            summary.eligible(chain, after);
        }
        let text = render(&summary, Style::PLAIN);
        assert!(text.contains("\nready: never never, new-authorization after 1.25 s\n"), "{text}");
        summary.eligible("never", Some(Duration::ZERO));
        assert!(!render(&summary, Style::PLAIN).contains("never never"));
    }

    #[test]
    fn tables_show_what_changed() {
        let mut summary = summary();
        let rows = |before, after, estimated| RowCounts { before, after, estimated };
        summary.database = Some(BTreeMap::from([
            ("authorizations".to_owned(), rows(Some(12_000_000), Some(12_000_500), true)),
            ("certificates".to_owned(), rows(Some(3), None, false)),
            ("pending_authorizations".to_owned(), rows(Some(7), Some(5), false)),
        ]));
        let text = render(&summary, Style::PLAIN);
        let expected = "\nDATABASE                     before        after  change\n\
                        authorizations          ~12,000,000  ~12,000,500   ~+500\n\
                        certificates                      3            -       -\n\
                        pending authorizations            7            5      -2\n";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn thresholds_say_what_was_observed() {
        let block = |expr: &str, ok, observed, ended_run_at_s| ThresholdBlock {
            expr: expr.to_owned(),
            ok,
            observed,
            ended_run_at_s,
        };
        let mut summary = summary();
        summary.thresholds = vec![
            block("http_req_duration: p(95)<80 abort 2s", false, Some(94.25), Some(3.1)),
            block("checks: rate>0.99", true, Some(0.999_999_9), None),
            block("chain_duration{chain:never}: avg<1", false, None, None),
        ];
        let text = render(&summary, Style::PLAIN);
        let expected = "
THRESHOLDS                              observed   verdict
http_req_duration: p(95)<80 abort 2s       94.25  breached
checks: rate>0.99                      0.9999999     holds
chain_duration{chain:never}: avg<1    no samples  breached
the run was ended after 3.10 s by: http_req_duration: p(95)<80 abort 2s
";
        assert!(text.contains(expected), "{text}");
        let coloured = render(&summary, Style::COLOR);
        assert!(coloured.contains("\x1b[31m  breached\x1b[0m"), "{coloured:?}");
    }
}

//! Live progress: a block that is redrawn on a terminal, plain lines elsewhere.

use std::io::{self, Write};
use std::time::Duration;

use super::chain_rows::ChainRows;
use super::human;
use super::style::{Paint, Style};
use crate::record::interval::Interval;

/// How often a line is written where nothing can be redrawn.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// How long a target may be silent before it is worth a line.
const SILENCE: Duration = Duration::from_secs(5);

/// Between two figures.
const GAP: &str = "   ";

/// How progress is shown.
#[derive(Debug, Clone)]
pub struct ProgressOptions {
    /// Whether what was written can be erased and written again.
    pub terminal: bool,
    /// Asks for the terminal's width in columns, which changes; plain lines do not look at it.
    pub width: fn() -> usize,
    /// As `width`, for its lines.
    pub height: fn() -> usize,
    /// Colours.
    pub style: Style,
    /// How long the run will take, if that is known.
    pub total: Option<Duration>,
    /// How many chains it will start, if that is known.
    pub iterations: Option<u64>,
    /// The names of the chains.
    pub chains: Vec<String>,
}

/// Which stage is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageView {
    /// Counted from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// How long it goes on, if that is known.
    pub left: Option<Duration>,
}

/// A run at one moment.
#[derive(Debug, Clone, Copy)]
pub struct NowView<'a> {
    /// Since the start of the run.
    pub elapsed: Duration,
    /// Which stage is running, of a run with one scenario.
    pub stage: StageView,
    /// What each scenario does; none where there is only one.
    pub scenarios: &'a [String],
    /// Attackers alive.
    pub attackers: u32,
    /// Requests that wait for an answer.
    pub in_flight: u32,
    /// How long no script has been ready.
    pub none_ready_for: Option<Duration>,
}

/// Shows a run while it runs.
#[derive(Debug)]
pub struct Progress {
    options: ProgressOptions,
    /// What happened since something was shown last, at `shown_at`.
    recent: Interval,
    shown_at: Duration,
    /// What happened since the start, as far as it is shown.
    chains: u64,
    failed_chains: u64,
    failed_requests: u64,
    dropped_chains: u64,
    counters: Interval,
    rows: ChainRows,
    silent_since: Option<Duration>,
    ticked_at: Duration,
    /// The lines that are on the terminal, each with how many characters it shows.
    block: Vec<(String, usize)>,
}

/// One piece of a line.
type Figure = (Paint, String);

impl Progress {
    /// Nothing shown yet.
    pub fn new(options: ProgressOptions) -> Self {
        Self {
            rows: ChainRows::new(&options.chains),
            options,
            recent: Interval::default(),
            shown_at: Duration::ZERO,
            chains: 0,
            failed_chains: 0,
            failed_requests: 0,
            dropped_chains: 0,
            counters: Interval::default(),
            silent_since: None,
            ticked_at: Duration::ZERO,
            block: Vec::new(),
        }
    }

    /// Takes what happened since the last tick, on all shards, and shows it if it is time to. Call
    /// it about once a second.
    pub fn tick(
        &mut self,
        now: NowView<'_>,
        interval: &Interval,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let elapsed = now.elapsed;
        self.take(interval, elapsed, now.in_flight);
        if !self.options.terminal && elapsed.saturating_sub(self.shown_at) < PLAIN_EVERY {
            return Ok(());
        }
        let figures = self.figures(now);
        if self.options.terminal {
            let seconds = elapsed.saturating_sub(self.shown_at).as_secs_f64();
            let rows = self.rows.lines(&self.recent, seconds);
            self.redraw(&[figures, rows].concat(), out)?;
        } else {
            let line: Vec<_> = figures.concat().into_iter().map(|(_, text)| text).collect();
            writeln!(out, "{}", line.join(GAP))?;
        }
        self.recent = Interval::default();
        self.shown_at = elapsed;
        out.flush()
    }

    /// Removes what is on the terminal: at the end, and before anything else is written there.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.erase(out)?;
        out.flush()
    }

    /// Removes what is on the terminal while `write` writes there, and puts it back below.
    pub fn make_way(&mut self, out: &mut dyn Write, write: impl FnOnce()) -> io::Result<()> {
        let block = self.block.clone();
        self.finish(out)?;
        write();
        self.block = block;
        self.draw(out)?;
        out.flush()
    }

    fn take(&mut self, interval: &Interval, elapsed: Duration, in_flight: u32) {
        self.recent.merge(interval);
        self.rows.take(interval);
        self.chains += interval.chains();
        self.failed_chains += interval.chains_failed();
        self.failed_requests += interval.requests_failed;
        self.dropped_chains += interval.dropped_chains;
        for (name, added) in &interval.counters {
            self.counters.count(name, *added);
        }
        // Attackers that pause are no sign of life: only an answer ends a silence.
        if interval.answered > 0 {
            self.silent_since = None;
        } else if in_flight > 0 || interval.requests > 0 {
            self.silent_since.get_or_insert(self.ticked_at);
        }
        self.ticked_at = elapsed;
    }

    /// The block's lines: where the run is, how fast it goes, its own counters, what is wrong.
    fn figures(&self, now: NowView<'_>) -> Vec<Vec<Figure>> {
        let mut lines = vec![self.position(now)];
        // A line each: of several on one those that do not fit would never be seen.
        lines.extend(now.scenarios.iter().map(|doing| vec![(Paint::Plain, doing.clone())]));
        lines.push(self.speed(now.elapsed));
        lines.push(self.trouble());
        let counters = self.counters.counters.iter().map(|(name, sum)| {
            (Paint::Dim, format!("{} {}", human::printable(name), human::number(*sum)))
        });
        lines.push(counters.collect());
        let silence = self.silent_since.and_then(|since| now.elapsed.checked_sub(since));
        if let Some(silence) = silence.filter(|silence| *silence >= SILENCE) {
            let text = format!("the CA has not answered anything for {} s", silence.as_secs());
            lines.push(vec![(Paint::Red, text)]);
        }
        if let Some(waited) = now.none_ready_for {
            let text = format!("no script has been ready for {} s", waited.as_secs());
            lines.push(vec![(Paint::Red, text)]);
        }
        lines.retain(|line| !line.is_empty());
        lines
    }

    fn position(&self, now: NowView<'_>) -> Vec<Figure> {
        let NowView { elapsed, stage, scenarios, attackers, .. } = now;
        let clock = match self.options.total {
            Some(total) => {
                format!("{} of {}", human::stopwatch(elapsed), human::stopwatch(total))
            }
            None => human::stopwatch(elapsed),
        };
        let mut line = vec![(Paint::Bold, clock)];
        if let Some(iterations) = self.options.iterations {
            let (chains, of) = (human::count(self.chains), human::count(iterations));
            line.push((Paint::Plain, format!("{chains} of {of} chains")));
        }
        if stage.of > 1 && scenarios.is_empty() {
            let left = stage.left.map(|left| format!(", {} left", human::stopwatch(left)));
            let left = left.unwrap_or_default();
            line.push((Paint::Plain, format!("stage {} of {}{left}", stage.number, stage.of)));
        }
        line.push((Paint::Plain, human::counted(attackers.into(), "attacker")));
        line
    }

    fn speed(&self, elapsed: Duration) -> Vec<Figure> {
        let seconds = elapsed.saturating_sub(self.shown_at).as_secs_f64();
        let per_second =
            |count: u64| human::rate(if seconds > 0.0 { count as f64 / seconds } else { 0.0 });
        let p95 = self.recent.latency.quantile(0.95);
        let p95 = p95.map_or_else(|| "-".into(), |micros| human::millis(micros as f64 / 1e3));
        vec![
            (Paint::Plain, format!("{} chains/s", per_second(self.recent.chains()))),
            (Paint::Plain, format!("{} requests/s", per_second(self.recent.requests))),
            (Paint::Plain, format!("p95 {p95}")),
        ]
    }

    /// What failed so far: a line of its own, which even a narrow terminal has room for.
    fn trouble(&self) -> Vec<Figure> {
        let mut line = Vec::new();
        let (chains, requests) = (self.failed_chains, self.failed_requests);
        if chains + requests > 0 {
            let chains = human::counted(chains, "chain");
            let requests = human::counted(requests, "request");
            line.push((Paint::Red, format!("failed {chains}, {requests}")));
        }
        if self.dropped_chains > 0 {
            line.push((Paint::Red, format!("{} dropped", human::count(self.dropped_chains))));
        }
        line
    }

    fn redraw(&mut self, lines: &[Vec<Figure>], out: &mut dyn Write) -> io::Result<()> {
        self.erase(out)?;
        // A line as wide as the terminal would make some of them begin another one.
        let width = (self.options.width)().saturating_sub(1);
        let lines: Vec<_> = lines.iter().map(|line| fit(line, width, self.options.style)).collect();
        self.block = lines;
        // The cursor cannot go back to what has scrolled out of sight.
        self.block.truncate((self.options.height)().saturating_sub(1));
        self.draw(out)
    }

    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let lines: Vec<_> = self.block.iter().map(|(text, _)| text.as_str()).collect();
        write!(out, "{}", lines.join("\n"))
    }

    fn erase(&mut self, out: &mut dyn Write) -> io::Result<()> {
        // A terminal that became narrower has broken our lines into several of its own.
        let width = (self.options.width)().max(1);
        let rows = |(_, length): (String, usize)| length.div_ceil(width).max(1);
        match std::mem::take(&mut self.block).into_iter().map(rows).sum() {
            0 => Ok(()),
            1 => write!(out, "\r\x1b[J"),
            rows => write!(out, "\r\x1b[{}A\x1b[J", rows - 1_usize),
        }
    }
}

/// As many figures as fit into `width` columns. One that does not fit is left out, not cut: half a
/// number would be a wrong one. Returned with its length in characters.
fn fit(figures: &[Figure], width: usize, style: Style) -> (String, usize) {
    let mut line = String::new();
    let mut used = 0;
    for (paint, text) in figures {
        let gap = if used == 0 { "" } else { GAP };
        let needed = gap.len() + text.chars().count();
        if used + needed > width {
            break;
        }
        line.push_str(gap);
        line.push_str(&style.paint(*paint, text));
        used += needed;
    }
    (line, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGE: StageView = StageView { number: 2, of: 5, left: Some(Duration::from_secs(8)) };

    const NOW: NowView<'_> = NowView {
        elapsed: Duration::ZERO,
        stage: STAGE,
        scenarios: &[],
        attackers: 100,
        in_flight: 7,
        none_ready_for: None,
    };

    fn progress(terminal: bool, width: fn() -> usize) -> Progress {
        let total = Some(Duration::from_secs(60));
        let (style, chains) = (Style::PLAIN, vec!["one".to_owned(), "two".to_owned()]);
        let height = || 24;
        let options =
            ProgressOptions { terminal, width, height, style, total, iterations: None, chains };
        Progress::new(options)
    }

    fn interval() -> Interval {
        let mut interval = Interval {
            requests: 2_000,
            requests_failed: 1,
            answered: 2_000,
            ..Interval::default()
        };
        interval.latency.record(12_300);
        interval.chain(0).ended = 500;
        interval.count("bad_nonces", 3.0);
        interval
    }

    fn ticks(
        progress: &mut Progress,
        seconds: std::ops::RangeInclusive<u64>,
        interval: &Interval,
    ) -> String {
        let mut out = Vec::new();
        for second in seconds {
            let elapsed = Duration::from_secs(second);
            let now = NowView { elapsed, ..NOW };
            progress.tick(now, interval, &mut out).expect("a Vec takes all");
        }
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_terminal_gets_a_block_that_is_redrawn() {
        let mut progress = progress(true, || 80);
        let first = "0:01 of 1:00   stage 2 of 5, 0:08 left   100 attackers\n\
            500 chains/s   2,000 requests/s   p95 12.3 ms\n\
            failed 0 chains, 1 request\n\
            bad_nonces 3\n\
            one     500/s   p95 -";
        assert_eq!(ticks(&mut progress, 1..=1, &interval()), first);
        let second = ticks(&mut progress, 2..=2, &interval());
        assert!(second.starts_with("\r\x1b[4A\x1b[J0:02 of 1:00 "), "{second:?}");
        assert!(second.contains("failed 0 chains, 2 requests\nbad_nonces 6\none "), "{second:?}");
        let mut out = Vec::new();
        progress.finish(&mut out).expect("a Vec takes all");
        progress.finish(&mut out).expect("a Vec takes all");
        assert_eq!(out, b"\r\x1b[4A\x1b[J");
    }

    #[test]
    fn other_lines_go_above_the_block() {
        let (mut progress, mut out) = (progress(true, || 80), Vec::new());
        let block = ticks(&mut progress, 1..=1, &interval());
        let mut written = false;
        progress.make_way(&mut out, || written = true).expect("a Vec takes all");
        let out = String::from_utf8(out).expect("text");
        assert!(written && out == format!("\r\x1b[4A\x1b[J{block}"), "{out:?}");
        let next = ticks(&mut progress, 2..=2, &interval());
        assert!(next.starts_with("\r\x1b[4A\x1b[J0:02"), "{next:?}");
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole() {
        let block = ticks(&mut progress(true, || 40), 1..=1, &interval());
        let expected = "0:01 of 1:00   stage 2 of 5, 0:08 left\n\
            500 chains/s   2,000 requests/s\nfailed 0 chains, 1 request\nbad_nonces 3\none     500/s   p95 -";
        assert_eq!(block, expected);
    }

    #[test]
    fn elsewhere_a_line_every_five_seconds() {
        let lines = ticks(&mut progress(false, || 80), 1..=10, &interval());
        let expected = "\
0:05 of 1:00   stage 2 of 5, 0:08 left   100 attackers   500 chains/s   2,000 requests/s   p95 12.3 ms   failed 0 chains, 5 requests   bad_nonces 15
0:10 of 1:00   stage 2 of 5, 0:08 left   100 attackers   500 chains/s   2,000 requests/s   p95 12.3 ms   failed 0 chains, 10 requests   bad_nonces 30
";
        assert_eq!(lines, expected);
    }

    #[test]
    fn what_a_narrower_terminal_broke_is_erased_whole() {
        let mut progress = progress(true, || 80);
        _ = ticks(&mut progress, 1..=1, &interval());
        // Lines of 54, 75, 12 and 29 characters.
        progress.options.width = || 30;
        let mut out = Vec::new();
        progress.finish(&mut out).expect("a Vec takes all");
        assert_eq!(out, b"\r\x1b[6A\x1b[J");
    }

    #[test]
    fn iterations_say_how_many_are_left() {
        let mut progress = progress(false, || 80);
        progress.options.iterations = Some(20_000);
        let line = ticks(&mut progress, 1..=5, &interval());
        assert!(line.contains("   2,500 of 20,000 chains   "), "{line}");
    }

    #[test]
    fn a_silent_target_is_named() {
        let mut progress = progress(true, || 80);
        let silent = Interval { requests: 3, requests_failed: 3, ..Interval::default() };
        _ = ticks(&mut progress, 1..=1, &interval());
        assert!(!ticks(&mut progress, 2..=5, &silent).contains("not answered"));
        let block = ticks(&mut progress, 6..=6, &silent);
        assert!(block.contains("\nthe CA has not answered anything for 5 s"), "{block:?}");
        let block = ticks(&mut progress, 7..=7, &Interval::default());
        assert!(block.contains("for 6 s"), "{block:?}");
        assert!(!ticks(&mut progress, 8..=8, &interval()).contains("not answered"));
    }

    #[test]
    fn a_run_that_waits_for_its_scripts_says_so() {
        let (mut progress, mut out) = (progress(true, || 80), Vec::new());
        let none_ready_for = Some(Duration::from_millis(7_900));
        let now = NowView { elapsed: Duration::from_secs(9), none_ready_for, ..NOW };
        progress.tick(now, &Interval::default(), &mut out).expect("a Vec takes all");
        assert!(out.ends_with(b"\nno script has been ready for 7 s"), "{}", out.escape_ascii());
    }

    #[test]
    fn several_scenarios_have_a_line_each() {
        let (mut progress, mut out) = (progress(true, || 80), Vec::new());
        let scenarios = ["list 12 attackers", "post in 4s"].map(str::to_owned);
        let now = NowView { elapsed: Duration::from_secs(1), scenarios: &scenarios, ..NOW };
        progress.tick(now, &Interval::default(), &mut out).expect("a Vec takes all");
        let block = String::from_utf8(out).expect("text");
        let expected = "0:01 of 1:00   100 attackers\nlist 12 attackers\npost in 4s\n0 chains/s";
        assert!(block.starts_with(expected), "{block}");
    }

    #[test]
    fn an_idle_run_is_not_a_silent_target() {
        let mut progress = progress(true, || 80);
        let mut out = Vec::new();
        for second in 1..20 {
            let elapsed = Duration::from_secs(second);
            let idle = Interval::default();
            let now = NowView { elapsed, in_flight: 0, ..NOW };
            progress.tick(now, &idle, &mut out).expect("a Vec takes all");
        }
        let text = String::from_utf8(out).expect("text");
        assert!(!text.contains("not answered") && text.contains("p95 -"), "{text}");
    }
}

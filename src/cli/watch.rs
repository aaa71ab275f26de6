//! Shows a run on stderr while it goes on.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use crate::plan::duration;
use crate::plan::run_plan::RunPlan;
use crate::plan::scenario::Scenario;
use crate::profile::Moment;
use crate::record::threshold::{Breach, Threshold};
use crate::scheduler::{ScenarioTick, Tick, Watcher};
use crate::sink::human::{counted, exact, printable};
use crate::sink::live;
use crate::sink::progress::{NowView, Progress, ProgressOptions, StageView};
use crate::sink::pump::News;
use crate::sink::style::Style;

/// The run's progress on stderr: one block that is redrawn on a terminal, plain lines elsewhere.
pub(super) struct Console {
    scenarios: Vec<Scenario>,
    news: News,
}

impl Console {
    pub(super) fn new(plan: &RunPlan, news: News) -> Self {
        live::begin(Progress::new(ProgressOptions {
            terminal: is_terminal(),
            width: || terminal_size().0,
            height: || terminal_size().1,
            style: Style::of_stderr(),
            total: plan.known_length(),
            iterations: plan.iterations,
            chains: plan.labels().chains,
        }));
        Self { scenarios: plan.scenarios.clone(), news }
    }

    /// What each scenario does, where there are several.
    fn doing(&self, tick: &Tick) -> Vec<String> {
        if self.scenarios.len() == 1 {
            return Vec::new();
        }
        let each = self.scenarios.iter().zip(&tick.scenarios);
        each.map(|(scenario, now)| doing(scenario, *now, tick.elapsed)).collect()
    }

    /// Clears what is live.
    pub(super) fn finish(self) {
        drop(self);
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        live::end();
    }
}

/// Which stage a scenario is in; before the first it is as if that had begun.
fn stage_of(scenario: &Scenario, now: ScenarioTick, elapsed: Duration) -> StageView {
    let elapsed = elapsed.saturating_sub(scenario.start_after);
    let left = match scenario.profile.at(elapsed) {
        Moment::Run { until: Some(until), .. } => Some(until.saturating_sub(elapsed)),
        _ => None,
    };
    StageView { number: now.stage.unwrap_or(0) + 1, of: scenario.profile.stages().len(), left }
}

/// `list 12 attackers`, `post in 4s`, `probe ended`.
fn doing(scenario: &Scenario, now: ScenarioTick, elapsed: Duration) -> String {
    let name = &scenario.name;
    if now.is_over {
        return format!("{name} ended");
    }
    if now.stage.is_none() {
        // To the second, and not below one.
        let left = scenario.start_after.saturating_sub(elapsed).as_secs().max(1);
        return format!("{name} in {}", duration::show(Duration::from_secs(left)));
    }
    let StageView { number, of, .. } = stage_of(scenario, now, elapsed);
    let stage = if of > 1 { format!("stage {number} of {of}, ") } else { String::new() };
    format!("{name} {stage}{}", counted(now.attackers.into(), "attacker"))
}

/// Columns and lines: what the terminal says, or what everything fits.
fn terminal_size() -> (usize, usize) {
    let size = terminal_size::terminal_size_of(stderr());
    size.map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)))
}

/// Whether lines can be written over again.
fn is_terminal() -> bool {
    stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

impl Watcher for Console {
    fn tick(&mut self, tick: Tick) {
        for text in self.news.take() {
            self.note(&text);
        }
        let scenarios = self.doing(&tick);
        let stage = stage_of(&self.scenarios[0], tick.scenarios[0], tick.elapsed);
        let now = NowView {
            elapsed: tick.elapsed,
            stage,
            scenarios: &scenarios,
            attackers: tick.attackers,
            in_flight: tick.in_flight,
            none_ready_for: tick.none_ready_for,
        };
        live::update(|progress, out| progress.tick(now, &tick.interval, out));
    }

    fn ended_by(&mut self, threshold: &Threshold, breach: &Breach) {
        let (text, observed) = (printable(threshold.text()), exact(breach.observed));
        self.note(&format!(
            "stopping: threshold breached: {text} (observed {observed}); running chains may end \
             (Ctrl-C stops at once)"
        ));
    }

    fn note(&mut self, text: &str) {
        live::line(text);
    }
}

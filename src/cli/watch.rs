//! Shows a run on stderr while it goes on.

use std::io::{IsTerminal, stderr};

use crate::plan::run_plan::RunPlan;
use crate::profile::{Moment, Profile};
use crate::record::threshold::{Breach, Threshold};
use crate::scheduler::{Tick, Watcher};
use crate::sink::human::{exact, printable};
use crate::sink::live;
use crate::sink::progress::{NowView, Progress, ProgressOptions, StageView};
use crate::sink::pump::News;
use crate::sink::style::Style;

/// The run's progress on stderr: one block that is redrawn on a terminal, plain lines elsewhere.
pub(super) struct Console {
    profile: Profile,
    news: News,
}

impl Console {
    pub(super) fn new(plan: &RunPlan, news: News) -> Self {
        live::begin(Progress::new(ProgressOptions {
            terminal: stderr().is_terminal(),
            width: terminal_width,
            style: Style::of_stderr(),
            total: plan.known_length(),
            iterations: plan.iterations,
            chains: plan.labels().chains,
        }));
        Self { profile: plan.profile.clone(), news }
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

/// What the terminal says, or the 80 columns that everything fits.
fn terminal_width() -> usize {
    terminal_size::terminal_size_of(stderr()).map_or(80, |(width, _)| usize::from(width.0))
}

impl Watcher for Console {
    fn tick(&mut self, tick: Tick) {
        for text in self.news.take() {
            self.note(&text);
        }
        let left = match self.profile.at(tick.elapsed) {
            Moment::Run { until: Some(until), .. } => Some(until.saturating_sub(tick.elapsed)),
            _ => None,
        };
        let stage = StageView { number: tick.stage + 1, of: self.profile.stages().len(), left };
        let now = NowView {
            elapsed: tick.elapsed,
            stage,
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

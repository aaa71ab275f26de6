//! A profile is a list of stages, and what it asks for a pure function of the time since the start.

use std::time::Duration;

use super::schedule::Schedule;

/// What a stage asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// So many attackers, each of which runs one chain after another (the closed model).
    Attackers(u32),
    /// Chains start on the clock, whatever the answers take (the open model): a straight line from one
    /// number of starts a second to another.
    Starts {
        /// At the stage's beginning, a second.
        from: f64,
        /// At its end.
        to: f64,
    },
}

/// A stretch of a run with one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// `2: 20 attackers`, `1: 50/s`.
    pub name: String,
    /// What is asked for.
    pub pace: Pace,
    /// How long; `None` lasts until something else ends the run.
    pub length: Option<Duration>,
}

/// What a profile asks for at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// At most this many attackers.
    Run {
        /// Which stage it is; the first is 0.
        stage: usize,
        /// How many attackers: exactly so many, or in the open model at most.
        attackers: u32,
        /// When this changes, since the start of the run; `None` never.
        until: Option<Duration>,
    },
    /// The last stage is over.
    Over,
}

/// Stages, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    stages: Vec<Stage>,
    /// How many attackers there can be at once in stages of the open model.
    max_attackers: u32,
}

impl Profile {
    /// One stage for each number of attackers, each of the same length.
    pub fn steps(attackers: impl IntoIterator<Item = u32>, length: Option<Duration>) -> Self {
        let stage = |(at, attackers): (usize, u32)| {
            let plural = if attackers == 1 { "" } else { "s" };
            let name = format!("{}: {attackers} attacker{plural}", at + 1);
            Stage { name, pace: Pace::Attackers(attackers), length }
        };
        Self { stages: attackers.into_iter().enumerate().map(stage).collect(), max_attackers: 0 }
    }

    /// Stages whose chains start on the clock, each with its name.
    pub fn open(stages: impl IntoIterator<Item = (String, Pace, Option<Duration>)>) -> Self {
        let stage = |(at, (name, pace, length)): (usize, (String, Pace, Option<Duration>))| Stage {
            name: format!("{}: {name}", at + 1),
            pace,
            length,
        };
        let stages: Vec<Stage> = stages.into_iter().enumerate().map(stage).collect();
        let profile = Self { stages, max_attackers: 0 };
        let max_attackers = profile.usual_max_attackers();
        Self { max_attackers, ..profile }
    }

    /// Enough for chains of ten seconds at the highest rate, within reason: who needs more says so.
    fn usual_max_attackers(&self) -> u32 {
        (self.highest_rate() * 10.0).ceil().clamp(10.0, 10_000.0) as u32
    }

    /// The most starts a second that the clock gives; 0 in the closed model.
    pub fn highest_rate(&self) -> f64 {
        let highest = self.stages.iter().map(|stage| match stage.pace {
            Pace::Attackers(_) => 0.0,
            Pace::Starts { from, to } => from.max(to),
        });
        highest.fold(0.0, f64::max)
    }

    /// The same with at most so many attackers in the open model.
    #[must_use]
    pub fn with_max_attackers(self, max_attackers: u32) -> Self {
        Self { max_attackers, ..self }
    }

    /// Whether chains start on the clock.
    pub fn is_open(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage.pace, Pace::Starts { .. }))
    }

    /// When the chains of the open model start.
    pub fn schedule(&self) -> Schedule {
        Schedule::of(&self.stages)
    }

    /// The stages in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The whole length, if every stage has one.
    pub fn length(&self) -> Option<Duration> {
        self.stages.iter().map(|stage| stage.length).sum()
    }

    /// The largest number of attackers at any moment.
    pub fn most_attackers(&self) -> u32 {
        self.stages.iter().map(|stage| self.attackers(stage)).max().unwrap_or(0)
    }

    /// How many attackers `stage`, one of these, has: exactly so many, or in the open model at most.
    pub fn attackers(&self, stage: &Stage) -> u32 {
        match stage.pace {
            Pace::Attackers(attackers) => attackers,
            Pace::Starts { .. } => self.max_attackers,
        }
    }

    /// What is asked for when `elapsed` has passed.
    pub fn at(&self, elapsed: Duration) -> Moment {
        let mut end = Duration::ZERO;
        for (at, stage) in self.stages.iter().enumerate() {
            let attackers = self.attackers(stage);
            let Some(length) = stage.length else {
                return Moment::Run { stage: at, attackers, until: None };
            };
            end += length;
            if elapsed < end {
                return Moment::Run { stage: at, attackers, until: Some(end) };
            }
        }
        Moment::Over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn stages_follow_each_other() {
        let profile = Profile::steps([5, 1], Some(s(10)));
        let first = Moment::Run { stage: 0, attackers: 5, until: Some(s(10)) };
        let second = Moment::Run { stage: 1, attackers: 1, until: Some(s(20)) };
        assert_eq!(profile.at(s(0)), first);
        assert_eq!(profile.at(s(9)), first);
        assert_eq!(profile.at(s(10)), second);
        assert_eq!(profile.at(s(20)), Moment::Over);
        assert_eq!(profile.length(), Some(s(20)));
        assert_eq!(profile.most_attackers(), 5);
        assert_eq!(profile.stages()[1].name, "2: 1 attacker");
        assert!(!profile.is_open());
    }

    #[test]
    fn an_endless_stage_never_changes() {
        let profile = Profile::steps([7], None);
        assert_eq!(profile.at(s(1_000_000)), Moment::Run { stage: 0, attackers: 7, until: None });
        assert_eq!(profile.length(), None);
    }

    #[test]
    fn the_open_model_bounds_its_attackers() {
        let of =
            |rate| Profile::open([(String::new(), Pace::Starts { from: 0.0, to: rate }, None)]);
        for (rate, expected) in [(0.1, 10), (50.0, 500), (1e9, 10_000)] {
            assert_eq!(of(rate).most_attackers(), expected);
        }
        let profile = of(50.0).with_max_attackers(7);
        assert!(profile.is_open());
        assert_eq!(profile.at(s(3)), Moment::Run { stage: 0, attackers: 7, until: None });
    }
}

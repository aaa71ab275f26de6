//! A profile is a list of stages, and what it asks for a pure function of the time since the start.

use std::time::Duration;

/// A stretch of a run with one number of attackers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// `2: 20 attackers`.
    pub name: String,
    /// How many attackers.
    pub attackers: u32,
    /// How long; `None` lasts until something else ends the run.
    pub length: Option<Duration>,
}

/// What a profile asks for at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This many attackers.
    Run {
        /// Which stage it is; the first is 0.
        stage: usize,
        /// How many attackers.
        attackers: u32,
        /// When this changes, since the start of the run; `None` never.
        until: Option<Duration>,
    },
    /// The last stage is over.
    Over,
}

/// Stages, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    stages: Vec<Stage>,
}

impl Profile {
    /// One stage for each number of attackers, each of the same length.
    pub fn steps(attackers: impl IntoIterator<Item = u32>, length: Option<Duration>) -> Self {
        let stage = |(at, attackers): (usize, u32)| {
            let plural = if attackers == 1 { "" } else { "s" };
            Stage { name: format!("{}: {attackers} attacker{plural}", at + 1), attackers, length }
        };
        Self { stages: attackers.into_iter().enumerate().map(stage).collect() }
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
        self.stages.iter().map(|stage| stage.attackers).max().unwrap_or(0)
    }

    /// What is asked for when `elapsed` has passed.
    pub fn at(&self, elapsed: Duration) -> Moment {
        let mut end = Duration::ZERO;
        for (at, stage) in self.stages.iter().enumerate() {
            let attackers = stage.attackers;
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
    }

    #[test]
    fn an_endless_stage_never_changes() {
        let profile = Profile::steps([7], None);
        assert_eq!(profile.at(s(1_000_000)), Moment::Run { stage: 0, attackers: 7, until: None });
        assert_eq!(profile.length(), None);
    }
}

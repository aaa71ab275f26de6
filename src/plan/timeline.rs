//! What happens when in a run, as far as that is known before it.

use std::time::Duration;

use crate::plan::run_plan::RunPlan;
use crate::plan::scenario::Scenario;
use crate::profile::Pace;

/// One stage of one scenario, counted from the start of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Which scenario.
    pub scenario: usize,
    /// Which stage of the run.
    pub stage: usize,
    /// When it begins.
    pub from: Duration,
    /// When it ends; none without end.
    pub to: Option<Duration>,
    /// How many attackers it has: exactly so many, or in the open model at most.
    pub attackers: u32,
    /// The chains that are due; none where that is not known: in the closed model, or without end.
    pub due: Option<u64>,
}

/// Every stage that a run of `scenarios` reaches if nothing but `cut` ends it.
pub fn timeline(scenarios: &[Scenario], cut: Option<Duration>) -> Vec<Stretch> {
    let mut first_stage = 0;
    let mut all = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        let ends = scenario.ends(cut);
        let schedule = scenario.profile.schedule();
        let due_by = |at: Duration| schedule.starts_before(at.saturating_sub(scenario.start_after));
        let mut from = scenario.start_after;
        for (at, stage) in scenario.profile.stages().iter().enumerate() {
            let to = stage.length.map(|length| from + length).into_iter().chain(ends).min();
            if ends.is_some_and(|ends| from >= ends) {
                break;
            }
            let is_open = matches!(stage.pace, Pace::Starts { .. });
            all.push(Stretch {
                scenario: number,
                stage: first_stage + at,
                from,
                to,
                attackers: scenario.profile.attackers(stage),
                due: to.filter(|_| is_open).map(|to| due_by(to) - due_by(from)),
            });
            from = to.unwrap_or(Duration::MAX);
        }
        first_stage += scenario.profile.stages().len();
    }
    all
}

/// The largest number of attackers at any moment of `timeline`.
pub fn most_attackers(timeline: &[Stretch]) -> u32 {
    let at = |moment: Duration| {
        let goes_on = |it: &&Stretch| it.from <= moment && it.to.is_none_or(|to| moment < to);
        let attackers = timeline.iter().filter(goes_on).map(|it| it.attackers);
        attackers.fold(0, u32::saturating_add)
    };
    // The number only grows where a stage begins.
    timeline.iter().map(|it| at(it.from)).max().unwrap_or(0)
}

impl RunPlan {
    /// Every stage that the run reaches if nothing but `--duration` ends it.
    pub fn timeline(&self) -> Vec<Stretch> {
        timeline(&self.scenarios, self.duration)
    }

    /// How long the run lasts, if that is known.
    pub fn known_length(&self) -> Option<Duration> {
        let ends = self.scenarios.iter().map(|scenario| scenario.ends(self.duration));
        ends.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn scenario(profile: &str, start_after: u64, duration: Option<u64>) -> Scenario {
        let profile = crate::profile::parse(profile).expect("a profile");
        let only = Scenario::only(profile, &[], 1, &BTreeMap::new());
        Scenario { start_after: s(start_after), duration: duration.map(s), ..only }
    }

    #[test]
    fn stages_are_cut_where_their_scenario_ends() {
        let scenarios = [scenario("seq 10 5 9 7", 5, Some(15)), scenario("rate 50", 0, Some(60))];
        let all = timeline(&scenarios, Some(s(30)));
        let times: Vec<_> =
            all.iter().map(|it| (it.scenario, it.stage, it.from, it.to, it.due)).collect();
        let expected = [
            (0, 0, s(5), Some(s(15)), None),
            (0, 1, s(15), Some(s(20)), None),
            (1, 3, s(0), Some(s(30)), Some(1_500)),
        ];
        assert_eq!(times, expected);
        assert_eq!(most_attackers(&all), 509);
    }

    #[test]
    fn attackers_of_scenarios_that_do_not_meet_are_not_added_up() {
        let scenarios = [scenario("hammer 30", 0, Some(10)), scenario("hammer 20", 10, None)];
        let all = timeline(&scenarios, None);
        assert_eq!(most_attackers(&all), 30);
        assert_eq!((all[1].to, all[1].due), (None, None));
        assert_eq!(most_attackers(&timeline(&scenarios, Some(s(5)))), 30);
    }
}

//! What a plan would do when, for people (`coyote plan --dry-run`).

use std::fmt::Write;
use std::time::Duration;

use super::human;
use super::style::Style;
use super::table::{Cell, Table};
use super::text::parts::WIDTH;
use crate::plan::duration;
use crate::plan::scenario::Scenario;
use crate::plan::timeline::{Stretch, most_attackers, timeline};
use crate::record::sample::RunLabels;

/// The stages of `scenarios` in the order in which they begin, in a run that is cut short after `cut`,
/// then the chains that each scenario runs, and the whole.
pub fn render(
    scenarios: &[Scenario],
    labels: &RunLabels,
    cut: Option<Duration>,
    style: Style,
) -> String {
    let mut out = String::new();
    let mut stretches = timeline(scenarios, cut);
    stretches.sort_by_key(|stretch| stretch.from);
    let mut table = Table::new("SCENARIO AND STAGE", &["from", "to", "attackers", "chains due"]);
    for stretch in &stretches {
        let scenario = &scenarios[stretch.scenario];
        let name = match scenarios.len() {
            1 => format!("{} {}", scenario.name, labels.stages[stretch.stage]),
            _ => labels.stages[stretch.stage].clone(),
        };
        table.row(&name, cells(stretch, scenario));
    }
    table.render(style, WIDTH, &mut out);
    out.push('\n');
    for scenario in scenarios {
        for line in human::wrap(&runs(scenario, labels), WIDTH) {
            _ = writeln!(out, "{line}");
        }
    }
    _ = writeln!(out, "{}", whole(scenarios, &stretches));
    out
}

fn cells(stretch: &Stretch, scenario: &Scenario) -> Vec<Cell> {
    let most = if scenario.profile.is_open() { "at most " } else { "" };
    let or_dash = |text: Option<String>| Cell::plain(text.unwrap_or_else(|| "-".to_owned()));
    vec![
        Cell::plain(duration::show(stretch.from)),
        or_dash(stretch.to.map(duration::show)),
        Cell::plain(format!("{most}{}", human::count(stretch.attackers.into()))),
        or_dash(stretch.due.map(human::count)),
    ]
}

/// `mixed runs new-authz (75.0 %), new-account (25.0 %)`.
fn runs(scenario: &Scenario, labels: &RunLabels) -> String {
    let all: f64 = scenario.weights.iter().sum();
    let chains = scenario.weights.iter().zip(&labels.chains).filter(|(weight, _)| **weight > 0.0);
    let chains: Vec<_> = chains.collect();
    let told = chains.iter().map(|(weight, chain)| match chains.len() {
        1 => (*chain).clone(),
        _ => format!("{chain} ({})", human::percent(*weight / all)),
    });
    format!("{} runs {}", scenario.name, told.collect::<Vec<_>>().join(", "))
}

/// `2 scenarios, 5m 5s, at most 1,000 attackers at once, 30,000 chains due`.
fn whole(scenarios: &[Scenario], stretches: &[Stretch]) -> String {
    let ends = stretches.iter().map(|stretch| stretch.to).collect::<Option<Vec<_>>>();
    let length = match ends {
        Some(ends) => duration::show(ends.into_iter().max().unwrap_or_default()),
        None => "until Ctrl-C".to_owned(),
    };
    let mut told = format!(
        "{}, {length}, at most {} at once",
        human::counted(scenarios.len() as u64, "scenario"),
        human::counted(most_attackers(stretches).into(), "attacker"),
    );
    let due: u64 = stretches.iter().filter_map(|stretch| stretch.due).sum();
    if due > 0 {
        _ = write!(told, ", {} due", human::counted(due, "chain"));
    }
    told
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::profile;

    #[test]
    fn stages_come_in_the_order_of_their_beginning() {
        let scenario = |name: &str, text: &str, after: u64, weights: &[f64]| {
            let profile = profile::parse(text).expect("a profile");
            let only = Scenario::only(profile, &[], 1, &BTreeMap::new());
            let (name, start_after) = (name.to_owned(), Duration::from_secs(after));
            Scenario { name, start_after, weights: weights.to_vec(), ..only }
        };
        let scenarios = [
            scenario("post", "seq 10 2 4", 5, &[3.0, 1.0]),
            scenario("list", "rate 50", 0, &[0.0, 1.0]),
        ];
        let stages = ["post 1: 2 attackers", "post 2: 4 attackers", "list 1: 50"];
        let labels = RunLabels {
            chains: ["a", "b"].map(str::to_owned).to_vec(),
            stages: stages.map(str::to_owned).to_vec(),
            ..RunLabels::default()
        };
        let text = render(&scenarios, &labels, Some(Duration::from_secs(20)), Style::PLAIN);
        let expected = "\
SCENARIO AND STAGE   from   to    attackers  chains due
list 1: 50             0s  20s  at most 500       1,000
post 1: 2 attackers    5s  15s            2           -
post 2: 4 attackers   15s  20s            4           -

post runs a (75.0 %), b (25.0 %)
list runs b
2 scenarios, 20s, at most 504 attackers at once, 1,000 chains due
";
        assert_eq!(text, expected);
        let text = render(&scenarios, &labels, None, Style::PLAIN);
        assert!(
            text.ends_with("2 scenarios, until Ctrl-C, at most 504 attackers at once\n"),
            "{text}"
        );
    }
}

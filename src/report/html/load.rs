//! How times and rates depend on the number of attackers: one point a stage.

use maud::{Markup, html};

use super::plot::{Names, highest, plot};
use crate::record::summary::{LatencyBlock, StageBlock};
use crate::report::chart::{Axis, Ink, Layer, legend};
use crate::report::model::Model;

/// Figures of a stage, with their colours.
type Curve = (Ink, &'static str, fn(&LatencyBlock) -> Option<f64>);

const TIMES: [Curve; 3] = [
    (Ink::Curve(0), "median", |block| block.med),
    (Ink::Curve(1), "p95", |block| block.p95),
    (Ink::Curve(3), "p99", |block| block.p99),
];

pub(super) fn section(model: &Model) -> Option<Markup> {
    let stages = numbered(&model.summary.stages);
    // One point is no dependence, and those of several scenarios were not alone.
    if stages.len() < 2 || model.summary.scenarios.len() > 1 {
        return None;
    }
    let chains: Of = |stage| &stage.totals.chains;
    let requests: Of = |stage| &stage.totals.requests;
    Some(html! {
        section id="load" {
            h2 { "Times and rates against attackers" }
            p class="note" { "A point for each stage; attackers from left to right." }
            div class="charts" {
                (times("Time of a chain", &stages, chains))
                (times("Time of a request", &stages, requests))
                (rates("Chains a second", &stages, chains))
                (rates("Requests a second", &stages, requests))
            }
        }
    })
}

type Of = fn(&StageBlock) -> &LatencyBlock;

/// The stages with their attackers, the fewest first; none if one of them has no number.
fn numbered(stages: &[StageBlock]) -> Vec<(f64, &StageBlock)> {
    let numbered: Option<Vec<_>> =
        stages.iter().map(|stage| Some((f64::from(attackers_of(&stage.name)?), stage))).collect();
    let mut numbered = numbered.unwrap_or_default();
    numbered.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    numbered
}

/// The number in `2: 50 attackers`.
fn attackers_of(name: &str) -> Option<u32> {
    let (_, attackers) = name.split_once(": ")?;
    let number = attackers.strip_suffix(" attackers").or(attackers.strip_suffix(" attacker"))?;
    number.parse().ok()
}

fn times(name: &str, stages: &[(f64, &StageBlock)], of: Of) -> Markup {
    let curve = |(ink, _, figure): Curve| line(ink, stages, |stage| figure(of(stage)));
    let layers = TIMES.map(curve);
    let (x, y) = (attackers_axis(stages), Axis::millis(highest(&layers)));
    let legend = legend(TIMES.map(|(ink, name, _)| (ink, name)));
    plot(Names { name, more: "" }, Some(&legend), &x, &y, &layers)
}

fn rates(name: &str, stages: &[(f64, &StageBlock)], of: Of) -> Markup {
    let layers = [line(Ink::Curve(4), stages, |stage| Some(of(stage).rate_per_s))];
    let (x, y) = (attackers_axis(stages), Axis::amount(highest(&layers)));
    plot(Names { name, more: "" }, None, &x, &y, &layers)
}

fn line(
    ink: Ink,
    stages: &[(f64, &StageBlock)],
    value: impl Fn(&StageBlock) -> Option<f64>,
) -> Layer {
    let point = |(attackers, stage): &(f64, &StageBlock)| Some((*attackers, value(stage)?));
    Layer::Line(ink, stages.iter().filter_map(point).collect())
}

fn attackers_axis(stages: &[(f64, &StageBlock)]) -> Axis {
    Axis::whole(stages.last().map_or(0.0, |(attackers, _)| *attackers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn the_names_of_stages_tell_their_attackers() {
        let profile = Profile::steps([1, 20, 5], None);
        let numbers: Vec<_> =
            profile.stages().iter().map(|stage| attackers_of(&stage.name)).collect();
        assert_eq!(numbers, [Some(1), Some(20), Some(5)]);
        assert_eq!(attackers_of("warm-up"), None);
    }
}

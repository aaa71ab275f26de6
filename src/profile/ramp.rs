//! `ramp TARGET/DURATION...`: chains start on the clock, each step a straight line from the last target.

use std::time::Duration;

use crate::profile::kind::{ProfileKind, interval};
use crate::profile::stages::{Pace, Profile};

pub(super) const KIND: ProfileKind = ProfileKind {
    name: "ramp",
    usage: "TARGET/DURATION...",
    about: "Start chains on the clock: each step a straight line from the last target (0 at first) to TARGET a second",
    parse,
};

fn parse(arguments: &[&str]) -> Result<Profile, String> {
    if arguments.is_empty() {
        return Err(usage());
    }
    let mut last = 0.0;
    let mut stages = Vec::with_capacity(arguments.len());
    for text in arguments {
        let (target, length) = step(text)?;
        stages.push((name(last, target), Pace::Starts { from: last, to: target }, Some(length)));
        last = target;
    }
    if stages.iter().all(|(_, pace, _)| *pace == Pace::Starts { from: 0.0, to: 0.0 }) {
        return Err("a ramp needs a target above 0, such as ramp 10/30s".to_owned());
    }
    Ok(Profile::open(stages))
}

/// `200/5m`: starts a second at the end of so much time.
fn step(text: &str) -> Result<(f64, Duration), String> {
    let wrong = || format!("`{text}` is no step; {}", usage());
    let (target, length) = text.split_once('/').ok_or_else(wrong)?;
    let target: f64 = target.parse().map_err(|_| wrong())?;
    if !target.is_finite() || target < 0.0 {
        return Err(format!("the target of `{text}` must be 0 or more"));
    }
    Ok((target, interval(length)?))
}

fn name(from: f64, to: f64) -> String {
    if (from - to).abs() < f64::EPSILON { format!("{to}/s") } else { format!("{from} to {to}/s") }
}

fn usage() -> String {
    "ramp takes steps of starts a second and the time to get there: ramp 10/30s 200/5m 0/30s"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_begin_where_the_last_one_ended() {
        let profile = parse(&["10/30s", "200/5m", "200/60", "0/30s"]).expect("a ramp");
        let names: Vec<_> = profile.stages().iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["1: 0 to 10/s", "2: 10 to 200/s", "3: 200/s", "4: 200 to 0/s"]);
        assert_eq!(profile.length(), Some(Duration::from_secs(420)));
        assert_eq!(profile.stages()[1].pace, Pace::Starts { from: 10.0, to: 200.0 });
    }

    #[test]
    fn wrong_steps_are_told() {
        assert!(parse(&[]).expect_err("nothing").contains("ramp 10/30s 200/5m"));
        assert!(parse(&["10"]).expect_err("no time").contains("no step"));
        assert!(parse(&["x/30s"]).expect_err("no number").contains("no step"));
        assert!(parse(&["-1/30s"]).expect_err("below").contains("0 or more"));
        assert!(parse(&["10/0s"]).expect_err("no time").contains("longer than 0"));
        assert!(parse(&["0/30s"]).expect_err("nothing to do").contains("above 0"));
    }
}

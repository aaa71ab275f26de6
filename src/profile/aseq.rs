//! `aseq INCREMENT FINAL INTERVAL`: an arithmetic sequence of attacker counts, the last exactly FINAL.

use crate::profile::kind::{ProfileKind, attackers, interval};
use crate::profile::stages::Profile;

pub(super) const KIND: ProfileKind = ProfileKind {
    name: "aseq",
    usage: "INCREMENT FINAL INTERVAL",
    about: "Add INCREMENT attackers every INTERVAL until there are exactly FINAL",
    parse,
};

/// More would be no sequence that anybody reads.
const MAX_STAGES: u32 = 10_000;

fn parse(arguments: &[&str]) -> Result<Profile, String> {
    let [increment, last, every] = arguments else {
        return Err(
            "aseq takes three values: aseq INCREMENT FINAL INTERVAL, such as aseq 10 100 30s"
                .to_owned(),
        );
    };
    let (increment, last) = (attackers(increment)?, attackers(last)?);
    if last / increment > MAX_STAGES {
        return Err(format!(
            "aseq {increment} {last} has more than {MAX_STAGES} stages; take a larger INCREMENT"
        ));
    }
    Ok(Profile::steps(counts(increment, last), Some(interval(every)?)))
}

fn counts(increment: u32, last: u32) -> impl Iterator<Item = u32> {
    let below = (1..).map(move |step: u32| step.saturating_mul(increment));
    below.take_while(move |count| *count < last).chain([last])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(increment: u32, last: u32) -> Vec<u32> {
        counts(increment, last).collect()
    }

    #[test]
    fn the_last_count_is_exactly_final() {
        assert_eq!(list(10, 30), [10, 20, 30]);
        assert_eq!(list(10, 25), [10, 20, 25]);
        assert_eq!(list(50, 20), [20]);
        assert_eq!(list(u32::MAX - 1, u32::MAX), [u32::MAX - 1, u32::MAX]);
    }

    #[test]
    fn wrong_arguments_are_told() {
        assert!(parse(&["10", "100"]).expect_err("too few").contains("aseq INCREMENT FINAL"));
        assert!(parse(&["1", "100000000", "1"]).expect_err("too many").contains("10000 stages"));
        assert!(parse(&["0", "10", "5"]).expect_err("zero").contains("at least 1"));
    }
}

//! `seq INTERVAL WORKERS WORKERS...`: a fixed sequence of attacker counts.

use crate::profile::kind::{ProfileKind, attackers, interval};
use crate::profile::stages::Profile;

pub(super) const KIND: ProfileKind = ProfileKind {
    name: "seq",
    usage: "INTERVAL WORKERS WORKERS...",
    about: "Run a fixed sequence of attacker counts, each for INTERVAL (seconds, or 30s, 5m, 1h)",
    parse,
};

fn parse(arguments: &[&str]) -> Result<Profile, String> {
    let [every, counts @ ..] = arguments else {
        return Err(usage());
    };
    if counts.is_empty() {
        return Err(usage());
    }
    let counts = counts.iter().map(|text| attackers(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(Profile::steps(counts, Some(interval(every)?)))
}

fn usage() -> String {
    "seq takes an interval and numbers: seq INTERVAL WORKERS WORKERS..., such as seq 30s 10 50 100"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_count_for_the_interval() {
        let expected = Profile::steps([10, 50, 20], Some(Duration::from_secs(30)));
        assert_eq!(parse(&["30", "10", "50", "20"]), Ok(expected));
    }

    #[test]
    fn wrong_arguments_are_told() {
        assert!(parse(&["30"]).expect_err("no counts").contains("seq INTERVAL"));
        assert!(parse(&["0", "5"]).expect_err("no interval").contains("longer than 0"));
        assert!(parse(&["x", "5"]).expect_err("no time").contains("length of time"));
    }
}

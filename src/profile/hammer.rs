//! `hammer WORKERS`: a constant number of attackers.

use crate::profile::kind::{ProfileKind, attackers};
use crate::profile::stages::Profile;

pub(super) const KIND: ProfileKind = ProfileKind {
    name: "hammer",
    usage: "WORKERS",
    about: "Hammer the server with a constant number of attackers, until --duration, --iterations or Ctrl-C",
    parse,
};

fn parse(arguments: &[&str]) -> Result<Profile, String> {
    let [workers] = arguments else {
        return Err("hammer takes one number: hammer WORKERS, such as hammer 100".to_owned());
    };
    Ok(Profile::steps([attackers(workers)?], None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_endless_stage() {
        assert_eq!(parse(&["100"]), Ok(Profile::steps([100], None)));
    }

    #[test]
    fn wrong_arguments_are_told() {
        assert!(parse(&[]).expect_err("none").contains("hammer WORKERS"));
        assert!(parse(&["0"]).expect_err("zero").contains("at least 1"));
        assert!(parse(&["many"]).expect_err("a word").contains("whole number"));
    }
}

//! What describes a profile: its command, and how its arguments become stages.

use std::time::Duration;

use crate::plan::duration;
use crate::profile::stages::Profile;

/// A profile that users can name.
#[derive(Debug, Clone, Copy)]
pub struct ProfileKind {
    /// The command.
    pub name: &'static str,
    /// Its arguments, as the help shows them.
    pub usage: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Makes the profile of these arguments; an error is a sentence for people.
    pub parse: fn(&[&str]) -> Result<Profile, String>,
}

/// Parses a number of attackers: at least 1.
pub(super) fn attackers(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) => Err("the number of attackers must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => {
            Err(format!("`{text}` is no number of attackers; write a whole number, such as 100"))
        }
    }
}

/// Parses an interval between stages: more than 0.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    match duration::parse(text)? {
        Duration::ZERO => Err("the interval must be longer than 0".to_owned()),
        interval => Ok(interval),
    }
}

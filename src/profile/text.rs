//! A profile by its name and arguments, as the command line and scenarios have it.

use crate::nearest::nearest;
use crate::profile::PROFILES;
use crate::profile::stages::Profile;

/// The profile that `text` describes: `rate 100/1m`, `seq 30s 10 50`.
///
/// # Errors
/// A sentence that says what to write.
pub fn parse(text: &str) -> Result<Profile, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.split_first() {
        Some((name, arguments)) => named(name, arguments),
        None => Err(format!("it is empty; {}", usage())),
    }
}

/// The profile called `name` with these arguments.
///
/// # Errors
/// A sentence that says what to write.
pub fn named(name: &str, arguments: &[&str]) -> Result<Profile, String> {
    let kind = PROFILES.iter().find(|kind| kind.name == name).ok_or_else(|| {
        let near = nearest(name, PROFILES.iter().map(|kind| kind.name));
        let hint = near.map_or_else(usage, |near| format!("did you mean `{near}`?"));
        format!("there is no profile `{name}`; {hint}")
    })?;
    (kind.parse)(arguments)
}

fn usage() -> String {
    let all = PROFILES.iter().map(|kind| format!("`{} {}`", kind.name, kind.usage));
    format!("write one of {}", all.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_the_command_line_is() {
        assert_eq!(parse(" hammer  50 "), Ok(Profile::steps([50], None)));
        assert_eq!(parse("rate 100/1m"), named("rate", &["100/1m"]));
    }

    #[test]
    fn what_is_no_profile_is_told() {
        assert!(parse("").expect_err("nothing").contains("`rate N[/TIME]`"));
        let told = parse("hamer 5").expect_err("no profile");
        assert_eq!(told, "there is no profile `hamer`; did you mean `hammer`?");
        assert!(parse("steady 5").expect_err("none").contains("write one of `hammer WORKERS`"));
        assert!(parse("rate").expect_err("no number").contains("rate 100/1m"));
    }
}

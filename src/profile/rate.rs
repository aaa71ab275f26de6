//! `rate N[/TIME]`: chains start on the clock.

use std::time::Duration;

use crate::plan::duration;
use crate::profile::kind::ProfileKind;
use crate::profile::stages::{Pace, Profile};

pub(super) const KIND: ProfileKind = ProfileKind {
    name: "rate",
    usage: "N[/TIME]",
    about: "Start N chains a second (or 100/1m, 50/s) whatever the answers take, until --duration, --iterations or Ctrl-C",
    parse,
};

fn parse(arguments: &[&str]) -> Result<Profile, String> {
    let [text] = arguments else { return Err(usage()) };
    let rate = per_second(text)?;
    Ok(Profile::open([((*text).to_owned(), Pace::Starts { from: rate, to: rate }, None)]))
}

/// `50`, `50/s`, `100/1m`: starts a second, more than 0.
fn per_second(text: &str) -> Result<f64, String> {
    let (number, time) = text.split_once('/').unwrap_or((text, "1s"));
    let rate = match (number.parse::<f64>(), duration::parse_per(time)) {
        (Ok(number), Ok(time)) if time > Duration::ZERO => number / time.as_secs_f64(),
        _ => return Err(format!("`{text}` is no rate; {}", usage())),
    };
    match rate {
        rate if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err(format!("the rate `{text}` must be more than 0")),
    }
}

fn usage() -> String {
    "rate takes a number of chain starts, a second or another time: rate 50, rate 50/s, rate 100/1m"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_by_any_time() {
        for (text, expected) in [
            ("50", 50.0),
            ("50/s", 50.0),
            ("0.5/s", 0.5),
            ("100/1m", 100.0 / 60.0),
            ("120/m", 2.0),
            ("3/500ms", 6.0),
            ("5/10", 0.5),
        ] {
            assert_eq!(per_second(text), Ok(expected), "{text}");
        }
        let profile = parse(&["50/s"]).expect("a rate");
        assert_eq!(profile.stages()[0].name, "1: 50/s");
        assert_eq!(profile.length(), None);
    }

    #[test]
    fn wrong_rates_are_told() {
        for text in ["", "x", "5/", "5/x", "/s", "5/0s", "NaN"] {
            assert!(parse(&[text]).is_err(), "{text}");
        }
        assert!(parse(&["0"]).expect_err("none").contains("more than 0"));
        assert!(parse(&["-5"]).expect_err("less").contains("more than 0"));
        assert!(parse(&[]).expect_err("nothing").contains("rate 100/1m"));
    }
}

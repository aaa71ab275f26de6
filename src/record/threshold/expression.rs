//! A threshold, parsed.

use std::str::FromStr;
use std::time::Duration;

use super::error::ThresholdError;
use super::parse;
use crate::plan::duration;
use crate::record::built_in;
use crate::record::reading::Aggregation;

/// What a metric must keep to: `http_req_duration{endpoint:new-order}: p(95)<800 abort 10s`.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    pub(super) text: String,
    pub(super) abort: Option<Duration>,
    pub(super) metric: String,
    pub(super) tags: Vec<Tag>,
    pub(super) aggregation: Aggregation,
    /// Where the aggregation is in the text.
    pub(super) aggregation_at: usize,
    pub(super) comparison: Comparison,
    /// What the aggregation is compared with; times are in milliseconds.
    pub(super) bound: f64,
}

/// What a value must be tagged with to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
    /// Where the value is in the text.
    pub(super) value_at: usize,
}

/// How a figure must compare to the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
    Unequal,
}

impl Comparison {
    /// Each with how it is written; one that another begins with comes after it.
    pub(super) const ALL: [(&'static str, Self); 6] = [
        ("<=", Self::AtMost),
        ("<", Self::Below),
        (">=", Self::AtLeast),
        (">", Self::Above),
        ("==", Self::Equal),
        ("!=", Self::Unequal),
    ];
}

impl Threshold {
    /// Whether it judges what only an audit counts.
    pub fn needs_audit(&self) -> bool {
        built_in::AUDIT.contains(&self.metric.as_str())
    }

    /// As it was written, on one line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How long into the run a breach is forgiven, if later ones end it.
    pub fn abort(&self) -> Option<Duration> {
        self.abort
    }

    /// The same, but a breach after `grace` ends the run.
    #[must_use]
    pub fn aborting_after(mut self, grace: Duration) -> Self {
        self.text.push_str(" abort");
        if !grace.is_zero() {
            self.text.push(' ');
            self.text.push_str(&duration::show(grace));
        }
        self.abort = Some(grace);
        self
    }

    /// The same, of the measurements of scenario `name` alone.
    ///
    /// # Errors
    /// When it is about another scenario, or about what is not measured by scenario.
    pub fn of_scenario(self, name: &str) -> Result<Self, ThresholdError> {
        const KEY: &str = "scenario";
        match self.tags.iter().find(|tag| tag.key == KEY) {
            None => parse::threshold(&parse::with_tag(&self.text, KEY, name)?),
            Some(tag) if tag.value == name => Ok(self),
            Some(tag) => Err(self.error(tag.value_at, format!("this is the scenario `{name}`"))),
        }
    }

    /// Whether `figure` keeps to it.
    #[expect(clippy::float_cmp, reason = "`rate==1` means no failure at all")]
    pub fn holds(&self, figure: f64) -> bool {
        match self.comparison {
            Comparison::Below => figure < self.bound,
            Comparison::AtMost => figure <= self.bound,
            Comparison::Above => figure > self.bound,
            Comparison::AtLeast => figure >= self.bound,
            Comparison::Equal => figure == self.bound,
            Comparison::Unequal => figure != self.bound,
        }
    }

    /// An error about what begins at byte `at` of the text.
    pub(super) fn error(&self, at: usize, reason: impl Into<String>) -> ThresholdError {
        ThresholdError::new(&self.text, at, reason)
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    /// Reads what `--threshold` takes.
    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        parse::threshold(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_s_are_about_it_alone() {
        for (text, expected) in [
            ("chains: count>1", "chains{scenario:a}: count>1"),
            ("chains { chain:x } : count>1", "chains{scenario:a,chain:x } : count>1"),
            (
                "\"odd:{name\"{x:1}: avg<1 abort 10s",
                "\"odd:{name\"{scenario:a,x:1}: avg<1 abort 10s",
            ),
            ("chains{scenario:a}: count>1", "chains{scenario:a}: count>1"),
        ] {
            let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{error}"));
            let of_scenario = threshold.of_scenario("a").unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(of_scenario.text(), expected);
            assert_eq!(Ok(of_scenario), expected.parse());
        }
        for text in ["chains{scenario:b}: count>1", "attackers: value>1"] {
            let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert!(threshold.of_scenario("a").is_err(), "{text}");
        }
    }
}

//! What the change from one run to another must not do: `http_req_duration{endpoint:new-order}: p(95)>+10%`.

use std::str::FromStr;

use super::error::ThresholdError;
use super::expression::Threshold;
use super::in_summary::NotKept;
use super::parse;
use crate::record::summary::Summary;

/// A condition under which the new of two runs counts as worse.
#[derive(Debug, Clone, PartialEq)]
pub struct FailIf {
    /// What must not hold of the new run; its bound follows from the base.
    pub(super) condition: Threshold,
    pub(super) change: Change,
}

/// What a figure of the new run is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// The base and so many percent of it.
    Percent(f64),
    /// The base and so much.
    By(f64),
    /// A value, whatever the base is.
    To(f64),
}

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The figure of the base; none without samples.
    pub base: Option<f64>,
    /// That of the new run.
    pub new: Option<f64>,
    /// Whether the condition is met, or cannot be told for lack of samples.
    pub breached: bool,
}

impl Change {
    fn bound(self, base: Option<f64>) -> Option<f64> {
        match self {
            Self::Percent(percent) => base.map(|base| base + base.abs() * percent / 100.0),
            Self::By(by) => base.map(|base| base + by),
            Self::To(value) => Some(value),
        }
    }
}

impl FailIf {
    /// As it was written, on one line.
    pub fn text(&self) -> &str {
        &self.condition.text
    }

    /// Judges the step from `base` to `new`.
    ///
    /// # Errors
    /// When summaries do not keep the figure, or neither of the two knows the metric.
    pub fn judge(&self, base: &Summary, new: &Summary) -> Result<Judged, ThresholdError> {
        self.condition.check_known([base, new])?;
        let figure = |summary| {
            let figure = self.condition.in_summary(summary);
            figure.map_err(|NotKept { at, reason }| self.condition.error(at, reason))
        };
        let (base, new) = (figure(base)?, figure(new)?);
        let breached = match (self.change.bound(base), new) {
            (Some(bound), Some(new)) => Threshold { bound, ..self.condition.clone() }.holds(new),
            // What was not measured is no success.
            _ => true,
        };
        Ok(Judged { base, new, breached })
    }
}

impl FromStr for FailIf {
    type Err = ThresholdError;

    /// Reads what `--fail-if` takes.
    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        parse::fail_if(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::summary;

    /// The fixture's run, with all times of new-order multiplied.
    fn slower(factor: f64) -> Summary {
        let mut summary = summary();
        let block = summary.endpoints.get_mut("new-order").expect("of the fixture");
        block.p95 = block.p95.map(|ms| ms * factor);
        summary
    }

    #[track_caller]
    fn judged(text: &str, new: &Summary) -> Result<Judged, String> {
        let condition: FailIf = text.parse().unwrap_or_else(|error| panic!("{error}"));
        condition.judge(&summary(), new).map_err(|error| error.to_string())
    }

    #[test]
    fn changes_are_relative_to_the_base() {
        let p95 = summary().endpoints["new-order"].p95.expect("of the fixture");
        let by = |change: &str| format!("http_req_duration{{endpoint:new-order}}: p(95){change}");
        for (change, factor, breached) in [
            (">+10%".to_owned(), 1.09, false),
            (">+10%".to_owned(), 1.11, true),
            ("<-10%".to_owned(), 0.91, false),
            ("<-10%".to_owned(), 0.89, true),
            (format!(">+{}", p95 / 2.0), 1.6, true),
            (format!(">+{}", p95 / 2.0), 1.4, false),
            (format!(">{}", p95 * 3.0), 2.9, false),
            (format!(">= {}", p95 * 3.0), 3.0, true),
        ] {
            let judged = judged(&by(&change), &slower(factor)).expect("it is kept");
            assert_eq!(judged.breached, breached, "{change} {factor}");
            assert_eq!(judged.base, Some(p95));
        }
    }

    #[test]
    fn without_samples_nothing_is_proved() {
        let mut new = summary();
        new.endpoints.remove("new-order");
        let judged = judged("http_req_duration{endpoint:new-order}: p(95)>+10%", &new);
        assert!(
            matches!(judged, Ok(Judged { base: Some(_), new: None, breached: true })),
            "{judged:?}"
        );
        let nowhere = self::judged("http_reqs{endpoint:nowhere}: count>+10%", &summary());
        assert!(matches!(nowhere, Err(told) if told.contains("neither run has")));
    }

    #[test]
    fn what_cannot_be_judged_is_told() {
        for (text, why) in [
            ("http_req_durations: p(95)>+10%", "did you mean `http_req_duration`?"),
            ("http_req_duration: p(93)>+10%", "p(90), p(95)"),
            ("http_req_duration{status:200}: p(95)>+10%", "summaries keep no figures by `status`"),
        ] {
            let told = judged(text, &summary()).expect_err(text);
            assert!(told.contains(why), "{told}");
        }
        for (text, why) in [
            ("http_req_duration: p(95)>10%", "write +10%"),
            ("http_req_duration: p(95)>+", "want a change"),
            ("http_req_duration: p(95)>+10% abort", "want the end"),
            ("http_req_duration p(95)>+10%", "want `:`"),
        ] {
            let told = text.parse::<FailIf>().expect_err(text).to_string();
            assert!(told.contains(why), "{told}");
        }
    }
}

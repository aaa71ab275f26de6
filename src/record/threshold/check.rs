//! Whether a threshold can be judged at all: told before a run starts, so that nobody waits for it.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ThresholdError;
use super::expression::{Tag, Threshold};
use super::read::is_stage;
use crate::nearest::nearest;
use crate::record::built_in::{self, BUILT_IN, BuiltIn, Source};
use crate::record::reading::Aggregation;
use crate::record::sample::{MetricKind, RunLabels};

/// Tags of every value that has any.
const PLACE_TAGS: [&str; 3] = ["chain", "scenario", "stage"];

/// Tags of requests, besides the scripts' own.
const REQUEST_TAGS: [&str; 4] = ["endpoint", "method", "status", "expected_response"];

/// The metrics that scripts make, as far as their text tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetricNames {
    /// Each with its kinds; more than one are a defect that a run tells.
    pub known: BTreeMap<String, BTreeSet<MetricKind>>,
    /// Whether there can be others, because a script computes the name of one.
    pub open: bool,
}

impl MetricNames {
    /// Adds what other scripts make.
    pub fn merge(&mut self, other: Self) {
        for (name, kinds) in other.known {
            self.known.entry(name).or_default().extend(kinds);
        }
        self.open |= other.open;
    }
}

impl Threshold {
    /// Finds what can be told from the threshold alone: an aggregation that a metric of coyote's own does
    /// not have, or a tag's value that none can have.
    pub(super) fn check_built_in(&self) -> Result<(), ThresholdError> {
        let Some(metric) = built_in::find(&self.metric) else { return Ok(()) };
        self.check_kinds(&[metric.kind])?;
        self.tags.iter().try_for_each(|tag| self.check_value(metric.source, tag))
    }

    /// Finds what can only be told when the scripts are known: a metric that nothing makes, a tag that it
    /// does not have, a chain or stage that there is not.
    pub fn check(&self, scripts: &MetricNames, labels: &RunLabels) -> Result<(), ThresholdError> {
        if built_in::find(&self.metric).is_none() {
            match scripts.known.get(&self.metric) {
                Some(kinds) => self.check_kinds(&kinds.iter().copied().collect::<Vec<_>>())?,
                None if scripts.open => {}
                None => return Err(self.unknown_metric(scripts)),
            }
        }
        let source = self.built_in().map_or(Source::Recorded, |metric| metric.source);
        self.tags.iter().try_for_each(|tag| self.check_key(source, tag, labels))?;
        self.tags.iter().try_for_each(|tag| self.check_place(tag, labels))
    }

    /// Which of coyote's own metrics it is about, if it is.
    pub(super) fn built_in(&self) -> Option<&'static BuiltIn> {
        built_in::find(&self.metric)
    }

    fn check_kinds(&self, kinds: &[MetricKind]) -> Result<(), ThresholdError> {
        match kinds {
            [kind, ..] if !kinds.iter().any(|kind| self.aggregation.fits(*kind)) => {
                let (is, has) = (kind.as_str(), Aggregation::of(*kind));
                let reason = format!("`{}` is a {is}, which has {has}", self.metric);
                Err(self.error(self.aggregation_at, reason))
            }
            _ => Ok(()),
        }
    }

    fn check_value(&self, source: Source, tag: &Tag) -> Result<(), ThresholdError> {
        match source {
            Source::Requests(_) => self.check_request_tag(tag),
            Source::Attackers => {
                let reason = format!("`{}` has no tags", self.metric);
                Err(self.error(tag.value_at, reason))
            }
            Source::Checks | Source::Chains(_) | Source::Recorded => Ok(()),
        }
    }

    /// Whether measurements of this kind have such a tag.
    fn check_key(
        &self,
        source: Source,
        tag: &Tag,
        labels: &RunLabels,
    ) -> Result<(), ThresholdError> {
        let own: &[&str] = match source {
            // Any other may be one of the scripts' own.
            Source::Requests(_) | Source::Attackers => return Ok(()),
            Source::Checks => &["check"],
            Source::Chains(_) | Source::Recorded => &[],
        };
        let of_scenarios: BTreeSet<&str> =
            labels.scenario_tags.iter().flatten().map(|(key, _)| key.as_str()).collect();
        let names: Vec<&str> = own.iter().chain(&PLACE_TAGS).copied().chain(of_scenarios).collect();
        if names.contains(&tag.key.as_str()) {
            return Ok(());
        }
        let (metric, key, names) = (&self.metric, &tag.key, names.join(", "));
        let reason = format!("`{metric}` has no tag `{key}`, only {names}");
        Err(self.error(tag.value_at, reason))
    }

    fn check_request_tag(&self, tag: &Tag) -> Result<(), ThresholdError> {
        let value = tag.value.as_str();
        let wanted = match tag.key.as_str() {
            "status" if !value.parse::<u16>().is_ok_and(|status| status < 1_000) => {
                "want a status here, such as 201, or 0 for no answer"
            }
            "expected_response" if !matches!(value, "true" | "false") => "want true or false here",
            _ => return Ok(()),
        };
        Err(self.error(tag.value_at, wanted))
    }

    fn check_place(&self, tag: &Tag, labels: &RunLabels) -> Result<(), ThresholdError> {
        let names = match tag.key.as_str() {
            "chain" => &labels.chains,
            "scenario" => &labels.scenarios,
            "stage" => &labels.stages,
            _ => return Ok(()),
        };
        let is_there = names.contains(&tag.value)
            || tag.key == "stage" && (0..names.len()).any(|at| is_stage(&tag.value, at, names));
        if is_there {
            return Ok(());
        }
        let hint = match nearest(&tag.value, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is {}", some_of(names.iter().map(String::as_str))),
        };
        let reason = format!("there is no {} `{}` in this run; {hint}", tag.key, tag.value);
        Err(self.error(tag.value_at, reason))
    }

    fn unknown_metric(&self, scripts: &MetricNames) -> ThresholdError {
        let own = BUILT_IN.iter().map(|metric| metric.name);
        let theirs = scripts.known.keys().map(String::as_str);
        let hint = match nearest(&self.metric, own.clone().chain(theirs.clone())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", some_of(theirs.chain(own))),
        };
        let reason =
            format!("unknown metric `{}`: no script makes it with metric::*; {hint}", self.metric);
        self.error(0, reason)
    }
}

/// The tags that a request has for certain, for who misspells one.
pub(super) fn request_tags<'a>() -> impl Iterator<Item = &'a str> {
    REQUEST_TAGS.into_iter().chain(PLACE_TAGS)
}

/// `a, b, c and 140 more`
fn some_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const TOLD: usize = 20;
    let names: Vec<&str> = names.collect();
    let told = names[..names.len().min(TOLD)].join(", ");
    match names.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, scripts: &MetricNames) -> Result<(), (usize, String)> {
        let labels = RunLabels {
            chains: vec!["new-cert".into(), "bad/jws/no nonce".into()],
            scenarios: vec!["default".into()],
            scenario_tags: Vec::new(),
            stages: vec!["1: 5 attackers".into(), "2: 10 attackers".into()],
        };
        let threshold = text.parse::<Threshold>();
        let checked = threshold.and_then(|threshold| threshold.check(scripts, &labels));
        checked.map_err(|error| (error.at, error.reason))
    }

    fn scripts(open: bool) -> MetricNames {
        let known = [("polls", MetricKind::Counter), ("size", MetricKind::Trend)];
        let known = known.map(|(name, kind)| (name.to_owned(), BTreeSet::from([kind])));
        MetricNames { known: BTreeMap::from(known), open }
    }

    #[test]
    fn what_can_be_judged() {
        for text in [
            "http_req_duration{endpoint:x,method:GET,status:0,expected_response:true,mine:1}: avg<1",
            "chain_duration{chain:bad/jws/no nonce,scenario:default,stage:2}: max<1",
            "checks{check:status is 200,stage:\"1: 5 attackers\"}: rate==1",
            "attackers: value>1",
            "polls{chain:new-cert}: count>1",
            "size: p(5)>1",
        ] {
            assert_eq!(told(text, &scripts(false)), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_cannot_is_told_with_the_nearest() {
        for (text, at, reason) in [
            ("http_reqs: p(95)<1", 11, "`http_reqs` is a counter, which has count and rate"),
            ("checks: avg<1", 8, "`checks` is a rate, which has rate"),
            ("attackers: max<1", 11, "`attackers` is a gauge, which has value"),
            ("polls: value<1", 7, "`polls` is a counter, which has count and rate"),
            (
                "chain_duration{endpoint:x}: avg<1",
                24,
                "`chain_duration` has no tag `endpoint`, only chain, scenario, stage",
            ),
            (
                "checks{a:b}: rate<1",
                9,
                "`checks` has no tag `a`, only check, chain, scenario, stage",
            ),
            ("polls{a:b}: count<1", 8, "`polls` has no tag `a`, only chain, scenario, stage"),
            ("attackers{stage:1}: value<1", 16, "`attackers` has no tags"),
            (
                "http_reqs{status:4xx}: count<1",
                17,
                "want a status here, such as 201, or 0 for no answer",
            ),
            ("http_reqs{expected_response:no}: count<1", 28, "want true or false here"),
            (
                "chains{chain:new-crt}: count<1",
                13,
                "there is no chain `new-crt` in this run; did you mean `new-cert`?",
            ),
            (
                "chains{stage:3}: count<1",
                13,
                "there is no stage `3` in this run; there is 1: 5 attackers, 2: 10 attackers",
            ),
            (
                "http_req_duraton: avg<1",
                0,
                "unknown metric `http_req_duraton`: no script makes it with metric::*; \
                 did you mean `http_req_duration`?",
            ),
            (
                "pols: count<1",
                0,
                "unknown metric `pols`: no script makes it with metric::*; did you mean `polls`?",
            ),
        ] {
            assert_eq!(told(text, &scripts(false)), Err((at, reason.to_owned())), "{text}");
        }
        let (_, reason) = told("unlike: count<1", &scripts(false)).expect_err("no such metric");
        assert!(reason.contains("there are polls, size, http_reqs, "), "{reason}");
        assert!(reason.ends_with("more") || reason.ends_with("attackers"), "{reason}");
    }

    #[test]
    fn what_scenarios_tag_has_their_tags() {
        let labels = RunLabels {
            scenario_tags: vec![Vec::new(), vec![("kind".to_owned(), "peak".to_owned())]],
            ..RunLabels::default()
        };
        let check = |text: &str| {
            let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{error}"));
            threshold.check(&scripts(false), &labels).map_err(|error| error.reason)
        };
        for metric in ["chains", "checks", "polls"] {
            let aggregation = if metric == "checks" { "rate" } else { "count" };
            assert_eq!(check(&format!("{metric}{{kind:peak}}: {aggregation}>0")), Ok(()));
        }
        let told = "`chains` has no tag `knd`, only chain, scenario, stage, kind";
        assert_eq!(check("chains{knd:peak}: count>0"), Err(told.to_owned()));
    }

    #[test]
    fn a_computed_name_leaves_it_open() {
        assert_eq!(told("unlike: count<1", &scripts(true)), Ok(()));
        assert!(told("polls: avg<1", &scripts(true)).is_err());
    }
}

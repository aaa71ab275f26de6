//! The grammar of thresholds, which is k6's with the metric in front:
//!
//! ```text
//! threshold   = metric [ "{" tag *( "," tag ) "}" ] ":" aggregation comparison number [ "abort" [ time ] ]
//! tag         = key ":" value
//! aggregation = "avg" | "min" | "med" | "max" | "p(" number ")" | "count" | "rate" | "value"
//! comparison  = "<" | "<=" | ">" | ">=" | "==" | "!="
//! ```
//!
//! Metrics, keys and values may be in double quotes, and must be where they hold what ends them.
//!
//! Where two runs are compared the number is that of the new run relative to the base:
//!
//! ```text
//! change      = ( "+" | "-" ) number [ "%" ] | number
//! ```

use super::change::{Change, FailIf};
use super::error::ThresholdError;
use super::expression::{Comparison, Tag, Threshold};
use crate::nearest::nearest;
use crate::plan::duration;
use crate::record::reading::Aggregation;

const AGGREGATIONS: [(&str, Aggregation); 7] = [
    ("avg", Aggregation::Avg),
    ("min", Aggregation::Min),
    ("med", Aggregation::Med),
    ("max", Aggregation::Max),
    ("count", Aggregation::Count),
    ("rate", Aggregation::Rate),
    ("value", Aggregation::Value),
];

type Result<T> = std::result::Result<T, ThresholdError>;

/// Reads a whole threshold; what its metric and tags can be is looked at afterwards.
pub(super) fn threshold(text: &str) -> Result<Threshold> {
    let mut rest = Cursor { text: text.trim(), at: 0 };
    let mut threshold = rest.up_to_comparison()?;
    threshold.bound = rest.bound()?;
    threshold.abort = if rest.take("abort") { Some(rest.grace()?) } else { None };
    if !rest.left().is_empty() {
        return Err(rest.error(what_follows(rest.left())));
    }
    threshold.check_built_in()?;
    Ok(threshold)
}

/// Reads a condition on the change from one run to another: a threshold with a change for its bound.
pub(super) fn fail_if(text: &str) -> Result<FailIf> {
    let mut rest = Cursor { text: text.trim(), at: 0 };
    let condition = rest.up_to_comparison()?;
    let change = rest.change()?;
    if !rest.left().is_empty() {
        return Err(rest.error("want the end here"));
    }
    condition.check_built_in()?;
    Ok(FailIf { condition, change })
}

/// The threshold `text` with one more tag in front of those it has.
pub(super) fn with_tag(text: &str, key: &str, value: &str) -> Result<String> {
    let mut rest = Cursor { text: text.trim(), at: 0 };
    rest.word("a metric", is_name)?;
    let metric = rest.text[..rest.at].trim_end();
    Ok(match rest.take("{") {
        true => format!("{metric}{{{key}:{value},{}", rest.left()),
        false => format!("{metric}{{{key}:{value}}}{}", rest.left()),
    })
}

/// What is read, and how far.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// A threshold without its bound.
    fn up_to_comparison(&mut self) -> Result<Threshold> {
        let metric = self.word("a metric here, such as http_req_duration", is_name)?;
        let tags = if self.take("{") { self.tags()? } else { Vec::new() };
        if !self.take(":") {
            return Err(self.error("want `:` here, as in `http_req_duration: p(95)<800`"));
        }
        self.skip_blanks();
        let aggregation_at = self.at;
        Ok(Threshold {
            text: self.text.replace(char::is_control, " "),
            abort: None,
            metric,
            tags,
            aggregation: self.aggregation()?,
            aggregation_at,
            comparison: self.comparison()?,
            bound: 0.0,
        })
    }

    fn left(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, reason: impl Into<String>) -> ThresholdError {
        ThresholdError::new(self.text, self.at, reason)
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.left().trim_start().len();
    }

    /// Steps over `wanted` if it is next, and over the blanks around it.
    fn take(&mut self, wanted: &str) -> bool {
        self.skip_blanks();
        let there = self.left().starts_with(wanted);
        if there {
            self.at += wanted.len();
            self.skip_blanks();
        }
        there
    }

    /// As many characters as `belongs` takes, without the blanks at their end.
    fn run(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let left = self.left();
        let end = left.find(|c| !belongs(c)).unwrap_or(left.len());
        self.at += end;
        left[..end].trim_end()
    }

    /// A word of characters that `belongs` takes, or of any in quotes.
    fn word(&mut self, what: &str, belongs: impl Fn(char) -> bool) -> Result<String> {
        self.skip_blanks();
        if self.left().starts_with('"') {
            return self.quoted();
        }
        let start = self.at;
        let word = self.run(belongs);
        if word.is_empty() {
            return Err(ThresholdError::new(self.text, start, format!("want {what}")));
        }
        Ok(word.to_owned())
    }

    /// Text in double quotes, where `\` takes the meaning from what follows it.
    fn quoted(&mut self) -> Result<String> {
        let mut word = String::new();
        let mut characters = self.left().char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(word);
                }
                '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
                _ => word.push(c),
            }
        }
        Err(self.error("these quotes are not closed"))
    }

    fn tags(&mut self) -> Result<Vec<Tag>> {
        let mut tags: Vec<Tag> = Vec::new();
        loop {
            let key_at = self.at;
            let key = self.word("a tag here, such as `endpoint:new-order`", is_tag)?;
            if tags.iter().any(|tag| tag.key == key) {
                let told = format!("`{key}` is given twice, and no value is two things at once");
                return Err(ThresholdError::new(self.text, key_at, told));
            }
            if !self.take(":") {
                return Err(self.error(format!("want `:` and a value for `{key}` here")));
            }
            let value_at = self.at;
            let value = self.word(&format!("a value for `{key}` here"), is_tag)?;
            tags.push(Tag { key, value, value_at });
            if self.take("}") {
                return Ok(tags);
            }
            if !self.take(",") {
                return Err(self.error("want `,` or `}` here; put values with : , or } in quotes"));
            }
        }
    }

    fn aggregation(&mut self) -> Result<Aggregation> {
        let start = self.at;
        let word = self.run(|c| c.is_ascii_alphanumeric() || c == '_');
        if word == "p" && self.take("(") {
            return self.percentile();
        }
        let known = AGGREGATIONS.iter().find(|(name, _)| *name == word);
        known.map(|(_, aggregation)| *aggregation).ok_or_else(|| {
            let names = AGGREGATIONS.map(|(name, _)| name);
            let percent = word.strip_prefix('p').filter(|digits| digits.parse::<u32>().is_ok());
            let reason = match (percent, nearest(word, names)) {
                (Some(digits), _) => format!("write p({digits})"),
                (None, Some(near)) => format!("there is no `{word}`; did you mean `{near}`?"),
                (None, None) => format!("want {} or p(N) here", names.join(", ")),
            };
            ThresholdError::new(self.text, start, reason)
        })
    }

    /// What follows `p(`.
    fn percentile(&mut self) -> Result<Aggregation> {
        let start = self.at;
        let percent = self.run(|c| c != ')');
        let percent = percent.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
        let told = || ThresholdError::new(self.text, start, "want 0 to 100 here, as in p(99.9)");
        let percent = percent.ok_or_else(told)?;
        if !self.take(")") {
            return Err(self.error("want `)` here"));
        }
        Ok(Aggregation::Percentile(percent))
    }

    fn comparison(&mut self) -> Result<Comparison> {
        let found = Comparison::ALL.iter().find(|(sign, _)| self.take(sign));
        found.map(|(_, comparison)| *comparison).ok_or_else(|| match self.left() {
            left if left.starts_with('=') => self.error("write == for equal"),
            _ => self.error("want <, <=, >, >=, == or != here"),
        })
    }

    fn bound(&mut self) -> Result<f64> {
        self.number("want a number here")
    }

    fn number(&mut self, wanted: &str) -> Result<f64> {
        let start = self.at;
        let in_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
        let number = self.run(in_number).parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| ThresholdError::new(self.text, start, wanted))
    }

    /// `+10%`, `-5%`, `+20`, or a value.
    fn change(&mut self) -> Result<Change> {
        self.skip_blanks();
        let start = self.at;
        let signed = self.left().starts_with(['+', '-']);
        let number = self.number("want a change here, such as +10%, or a value")?;
        match (self.take("%"), signed) {
            (true, true) => Ok(Change::Percent(number)),
            (true, false) => {
                let told = "write +10% for 10 % more than the base, -10% for 10 % less";
                Err(ThresholdError::new(self.text, start, told))
            }
            (false, true) => Ok(Change::By(number)),
            (false, false) => Ok(Change::To(number)),
        }
    }

    /// What follows `abort`: nothing, or a time.
    fn grace(&mut self) -> Result<std::time::Duration> {
        let start = self.at;
        match self.run(|_| true) {
            "" => Ok(std::time::Duration::ZERO),
            time => duration::parse(time)
                .map_err(|reason| ThresholdError::new(self.text, start, reason)),
        }
    }
}

/// What a metric's name may hold without quotes.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')
}

/// What a tag's key and value may hold without quotes.
fn is_tag(c: char) -> bool {
    !matches!(c, ':' | ',' | '}' | '{' | '"')
}

/// What to say about text behind the bound.
fn what_follows(text: &str) -> &'static str {
    let unit = text.split_whitespace().next().unwrap_or(text);
    match unit {
        "ms" | "s" | "m" | "us" | "µs" => "a bound has no unit; times are in milliseconds",
        "%" => "a share is 0 to 1: write 0.01 for 1 %",
        _ => "want the end or `abort` here",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> Threshold {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn pairs(threshold: &Threshold) -> Vec<(&str, &str)> {
        threshold.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect()
    }

    #[test]
    fn the_whole_grammar() {
        let text =
            " http_req_duration{endpoint:new-order, status : 201}: p(99.9) <= 1.5e3 abort 10s ";
        let threshold = read(text);
        assert_eq!(threshold.text, text.trim());
        assert_eq!(threshold.metric, "http_req_duration");
        assert_eq!(pairs(&threshold), [("endpoint", "new-order"), ("status", "201")]);
        assert_eq!(threshold.aggregation, Aggregation::Percentile(99.9));
        assert_eq!(threshold.comparison, Comparison::AtMost);
        assert!((threshold.bound - 1_500.0).abs() < 1e-9);
        assert_eq!(threshold.abort, Some(Duration::from_secs(10)));
        assert_eq!(read("checks:rate==1").abort, None);
        assert_eq!(read("checks: rate == 1 abort").abort, Some(Duration::ZERO));
    }

    #[test]
    fn quotes_hold_anything() {
        let text = r#"http_reqs{endpoint:"GET /a:b,{c}",case:"say \"\\\""}: count>0"#;
        let expected = [("endpoint", "GET /a:b,{c}"), ("case", r#"say "\""#)];
        assert_eq!(pairs(&read(text)), expected);
        assert_eq!(read(r#""my own: metric": count>0"#).metric, "my own: metric");
        assert_eq!(
            pairs(&read("http_reqs{endpoint:GET /a *}: count>0")),
            [("endpoint", "GET /a *")]
        );
    }

    #[test]
    fn every_comparison() {
        for (sign, below, equal, above) in [
            ("<", true, false, false),
            ("<=", true, true, false),
            (">", false, false, true),
            (">=", false, true, true),
            ("==", false, true, false),
            ("!=", true, false, true),
        ] {
            let threshold = read(&format!("x: value{sign}-2"));
            let holds = [-3.0, -2.0, -1.0].map(|figure| threshold.holds(figure));
            assert_eq!(holds, [below, equal, above], "{sign}");
        }
    }

    #[test]
    fn every_aggregation() {
        for (name, aggregation) in AGGREGATIONS {
            assert_eq!(read(&format!("x: {name}>0")).aggregation, aggregation);
        }
        assert_eq!(read("x: p( 95 )>0").aggregation, Aggregation::Percentile(95.0));
    }

    #[test]
    fn what_is_wrong_is_marked() {
        for (text, at, reason) in [
            ("", 0, "want a metric here, such as http_req_duration"),
            (": p(95)<1", 0, "want a metric here, such as http_req_duration"),
            ("http_reqs count>1", 10, "want `:` here, as in `http_req_duration: p(95)<800`"),
            ("http_reqs{}: count>1", 10, "want a tag here, such as `endpoint:new-order`"),
            ("http_reqs{a}: count>1", 11, "want `:` and a value for `a` here"),
            ("http_reqs{a:}: count>1", 12, "want a value for `a` here"),
            (
                "http_reqs{a:b,a:c}: count>1",
                14,
                "`a` is given twice, and no value is two things at once",
            ),
            (
                "http_reqs{a:b:c}: count>1",
                13,
                "want `,` or `}` here; put values with : , or } in quotes",
            ),
            ("http_reqs{a:\"b}: count>1", 12, "these quotes are not closed"),
            ("http_reqs{a:b", 13, "want `,` or `}` here; put values with : , or } in quotes"),
            ("x:", 2, "want avg, min, med, max, count, rate, value or p(N) here"),
            ("x: p95<1", 3, "write p(95)"),
            ("x: averag<1", 3, "want avg, min, med, max, count, rate, value or p(N) here"),
            ("x: cuont<1", 3, "there is no `cuont`; did you mean `count`?"),
            ("x: p(101)<1", 5, "want 0 to 100 here, as in p(99.9)"),
            ("x: p(a)<1", 5, "want 0 to 100 here, as in p(99.9)"),
            ("x: p(95<1", 5, "want 0 to 100 here, as in p(99.9)"),
            ("x: avg", 6, "want <, <=, >, >=, == or != here"),
            ("x: avg=1", 6, "write == for equal"),
            ("x: avg<", 7, "want a number here"),
            ("x: avg<inf", 7, "want a number here"),
            ("x: avg<1e999", 7, "want a number here"),
            ("x: avg<800ms", 10, "a bound has no unit; times are in milliseconds"),
            ("x: rate<1%", 9, "a share is 0 to 1: write 0.01 for 1 %"),
            ("x: avg<1 or more", 9, "want the end or `abort` here"),
            (
                "x: avg<1 abort soon",
                15,
                "`soon` is no length of time; write 30 (seconds), 500ms, 30s, 5m or 1h",
            ),
        ] {
            let error = text.parse::<Threshold>().expect_err(text);
            assert_eq!((error.at, error.reason.as_str()), (at, reason), "{text}");
        }
    }

    #[test]
    fn the_mark_is_below_its_place() {
        let error = "é: p95<1".parse::<Threshold>().expect_err("no such aggregation");
        assert_eq!(error.to_string(), "write p(95)\n    é: p95<1\n       ^");
    }
}

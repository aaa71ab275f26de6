//! The `expect` option: which answers are right.

use bytes::Bytes;
use rhai::Dynamic;

use super::problem;
use crate::error::HostError;
use crate::plan::expectation::Expectation;

/// Which answers are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expect {
    /// Any 2xx or 3xx counts as right; nothing throws.
    Unsaid,
    /// Any of these.
    OneOf(Vec<Wanted>),
}

/// One answer that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A status, or a class of them such as `"4xx"`, whatever the body: not all servers speak ACME.
    Statuses(u16, u16),
    /// What the cases of malformed requests expect.
    Answer(Expectation),
}

impl Expect {
    /// Reads a script's value: a status, a string, or an array of them.
    pub(super) fn read(value: Dynamic) -> Result<Self, HostError> {
        if value.is_array() {
            let each = value.into_array().unwrap_or_default().into_iter();
            return each.map(|item| one(&item)).collect::<Result<_, _>>().map(Self::OneOf);
        }
        Ok(Self::OneOf(vec![one(&value)?]))
    }

    /// Whether an answer of this `status` and `body` is right.
    pub(super) fn admits(&self, status: u16, body: &Bytes) -> bool {
        let Self::OneOf(all) = self else { return (200..400).contains(&status) };
        let in_range = |wanted: &Wanted| matches!(wanted, Wanted::Statuses(low, high) if (*low..=*high).contains(&status));
        if all.iter().any(in_range) {
            return true;
        }
        // Only now, for reading a body takes longer than comparing statuses.
        let mut told = all.iter().filter_map(|wanted| match wanted {
            Wanted::Answer(expectation) => Some(expectation),
            Wanted::Statuses(..) => None,
        });
        let Some(first) = told.next() else { return false };
        let answer = problem::answer(status, body);
        first.admits(&answer) || told.any(|expectation| expectation.admits(&answer))
    }

    /// `201 or 4xx`, for messages.
    pub(super) fn describe(&self) -> String {
        let Self::OneOf(all) = self else { return "2xx or 3xx".to_owned() };
        let one = |wanted: &Wanted| match wanted {
            Wanted::Statuses(low, high) if low == high => low.to_string(),
            Wanted::Statuses(low, _) => format!("{}xx", low / 100),
            Wanted::Answer(expectation) => expectation.to_string(),
        };
        all.iter().map(one).collect::<Vec<_>>().join(" or ")
    }
}

fn one(value: &Dynamic) -> Result<Wanted, HostError> {
    if let Ok(status @ 100..=999) = value.as_int() {
        return Ok(Wanted::Statuses(status as u16, status as u16));
    }
    let wrong = |told: &str| HostError::argument(format!("option `expect`: {told}"));
    let Ok(text) = value.as_immutable_string_ref() else {
        let told = format!("want such as 201, \"4xx\" or \"400 malformed\", got {value}");
        return Err(wrong(&told));
    };
    let class = text.to_ascii_lowercase();
    let class = class.strip_suffix("xx").and_then(|digit| digit.parse::<u16>().ok());
    if let Some(class @ 1..=9) = class {
        return Ok(Wanted::Statuses(class * 100, class * 100 + 99));
    }
    Expectation::parse(&text).map(Wanted::Answer).map_err(|told| wrong(&told))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(values: &[Dynamic]) -> Expect {
        Expect::read(values.to_vec().into()).expect("it is right")
    }

    fn problem(kind: &str) -> Bytes {
        Bytes::from(format!("{{\"type\":\"urn:ietf:params:acme:error:{kind}\"}}"))
    }

    #[test]
    fn statuses_lists_and_classes() {
        let none = Bytes::new();
        let one = Expect::read(201_i64.into()).expect("a status");
        assert!(one.admits(201, &none) && !one.admits(200, &none));
        let list = expect(&[400_i64.into(), "5XX".into()]);
        assert!(list.admits(503, &none) && list.admits(400, &none) && !list.admits(404, &none));
        assert_eq!(list.describe(), "400 or 5xx");
        assert!(Expect::Unsaid.admits(302, &none) && !Expect::Unsaid.admits(404, &none));
    }

    #[test]
    fn what_cases_expect() {
        let list = expect(&["400 malformed".into(), "dns".into(), 405_i64.into()]);
        assert!(list.admits(400, &problem("malformed")) && list.admits(403, &problem("dns")));
        assert!(list.admits(405, &Bytes::new()));
        assert!(!list.admits(400, &problem("badNonce")) && !list.admits(400, &Bytes::new()));
        assert!(!list.admits(500, &problem("dns")) && !list.admits(201, &Bytes::new()));
        assert_eq!(list.describe(), "400 malformed or dns or 405");
    }

    #[test]
    fn mistakes_say_what_is_right() {
        let told = |value: Dynamic| Expect::read(value).expect_err("it is wrong").message;
        assert!(told("soon".into()).contains("option `expect`: `soon` is no type of problem"));
        assert!(told("400 malformd".into()).contains("did you mean `malformed`?"));
        assert!(told(Dynamic::TRUE).contains("want such as 201"));
        assert!(told(7_i64.into()).contains("got 7"));
    }
}

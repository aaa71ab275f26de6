//! CAA (RFC 8659, RFC 8657): whether a name's owner lets this CA issue for it.

use std::net::IpAddr;

use hickory_proto::rr::rdata::CAA;

use super::{Attempt, Perspective};
use crate::ca::problem::{ErrorType, Problem};

/// What CAA records name this CA by (§4.2); a name that nobody can own.
pub(in crate::ca) const IDENTITY: &str = "ca.coyote.test";

/// Checks the records nearest to the attempt's name, going up label by label (§3). IP addresses have
/// none.
pub(super) async fn check(
    perspective: &Perspective,
    attempt: &Attempt,
    method: &str,
) -> Result<(), Problem> {
    let is_address = attempt.name.parse::<IpAddr>().is_ok();
    let mut rest = Some(attempt.name.as_str()).filter(|_| !is_address);
    while let Some(name) = rest {
        let records = perspective.resolver.caa(name).await?;
        if !records.is_empty() {
            let request = Request { account_url: &attempt.account_url, method };
            return match permits(&records, attempt.wildcard, &request) {
                true => Ok(()),
                false => Err(Problem::new(
                    ErrorType::Caa,
                    format!("the CAA records of {name} do not let {IDENTITY} issue"),
                )),
            };
        }
        rest = name.split_once('.').map(|(_, above)| above);
    }
    Ok(())
}

/// What RFC 8657's parameters can be about.
struct Request<'a> {
    account_url: &'a str,
    method: &'a str,
}

/// Whether a relevant record set permits issuance.
fn permits(records: &[CAA], wildcard: bool, request: &Request<'_>) -> bool {
    let known = ["issue", "issuewild", "iodef"];
    // §4.1: what must be understood and is not forbids.
    if records.iter().any(|r| r.issuer_critical && !known.iter().any(|tag| has_tag(r, tag))) {
        return false;
    }
    let with_tag = |tag: &'static str| records.iter().filter(move |record| has_tag(record, tag));
    // §4.3: `issuewild` stands for `issue` where there is any.
    let tag = match wildcard && with_tag("issuewild").next().is_some() {
        true => "issuewild",
        false => "issue",
    };
    with_tag(tag).next().is_none() || with_tag(tag).any(|record| names_us(record, request))
}

fn has_tag(record: &CAA, tag: &str) -> bool {
    record.tag.eq_ignore_ascii_case(tag)
}

/// Whether the record names this CA and every parameter holds. One that cannot be read does not.
fn names_us(record: &CAA, request: &Request<'_>) -> bool {
    let Ok((Some(issuer), parameters)) = record.value_as_issue() else { return false };
    if !issuer.to_ascii().trim_end_matches('.').eq_ignore_ascii_case(IDENTITY) {
        return false;
    }
    parameters.iter().all(|parameter| match parameter.key() {
        "accounturi" => parameter.value() == request.account_url,
        "validationmethods" => parameter.value().split(',').any(|one| one == request.method),
        _ => true, // §4.2 leaves parameters to the CA they are for
    })
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::{Name, rdata::caa::KeyValue};

    use super::*;

    fn issuer(name: &str) -> Option<Name> {
        (!name.is_empty()).then(|| Name::from_ascii(name).expect("a name"))
    }

    fn issue(name: &str, parameters: &[(&str, &str)]) -> CAA {
        let parameters = parameters.iter().map(|(key, value)| KeyValue::new(*key, *value));
        CAA::new_issue(false, issuer(name), parameters.collect())
    }

    fn wild(name: &str) -> CAA {
        CAA::new_issuewild(false, issuer(name), vec![])
    }

    fn unknown(critical: bool) -> CAA {
        let mut record = issue(IDENTITY, &[]);
        (record.tag, record.issuer_critical) = ("future".to_owned(), critical);
        record
    }

    #[test]
    fn records_permit_or_forbid() {
        let request = Request { account_url: "http://ca/acme/account/1", method: "dns-01" };
        let account = ("accounturi", "http://ca/acme/account/1");
        for (records, plain, wildcard) in [
            (vec![issue(IDENTITY, &[])], true, true),
            (vec![issue("other.example", &[])], false, false),
            (vec![issue("other.example", &[]), issue("CA.coyote.test", &[])], true, true),
            (vec![issue("", &[])], false, false),
            (vec![wild("other.example")], true, false),
            (vec![issue("", &[]), wild(IDENTITY)], false, true),
            (vec![unknown(false)], true, true),
            (vec![issue(IDENTITY, &[]), unknown(true)], false, false),
            (vec![issue(IDENTITY, &[account])], true, true),
            (vec![issue(IDENTITY, &[("accounturi", "http://ca/acme/account/2")])], false, false),
            (vec![issue(IDENTITY, &[("validationmethods", "http-01,dns-01")])], true, true),
            (vec![issue(IDENTITY, &[account, ("validationmethods", "http-01")])], false, false),
        ] {
            let permits = |wildcard| permits(&records, wildcard, &request);
            assert_eq!((permits(false), permits(true)), (plain, wildcard), "{records:?}");
        }
    }
}

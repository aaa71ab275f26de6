//! Records of the DNS.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::body::Body;
use super::desk::{Desk, Done, Outcome, Refusal};
use crate::challenge::domain::domain_key;
use crate::challenge::zone::Entry;

const TXT: &str = "txt";
const A: &str = "a";
const AAAA: &str = "aaaa";
const CAA: &str = "caa";
const CNAME: &str = "cname";
const SERVFAIL: &str = "servfail";

/// `{"ip"}`: what names without addresses of their own have; none if it is empty.
pub(super) fn set_default_v4(desk: &Desk, body: &Body) -> Outcome {
    desk.shared.store.zone.set_default_v4(default::<Ipv4Addr>(body)?);
    Ok(Done::Silently)
}

/// As [`set_default_v4`], for IPv6.
pub(super) fn set_default_v6(desk: &Desk, body: &Body) -> Outcome {
    desk.shared.store.zone.set_default_v6(default::<Ipv6Addr>(body)?);
    Ok(Done::Silently)
}

fn default<T: FromStr>(body: &Body) -> Result<Option<T>, Refusal> {
    match body.text_or_empty("ip")? {
        "" => Ok(None),
        text => address(text).map(Some),
    }
}

/// `{"host", "value"}`: one more TXT record.
pub(super) fn add_txt(desk: &Desk, body: &Body) -> Outcome {
    let (host, value) = (body.domain("host")?, body.text("value")?);
    Ok(add(desk, TXT, &host, [Entry::txt(value)]))
}

pub(super) fn clear_txt(desk: &Desk, body: &Body) -> Outcome {
    clear(desk, TXT, body)
}

/// `{"host", "addresses"}`: further A records.
pub(super) fn add_a(desk: &Desk, body: &Body) -> Outcome {
    add_addresses::<Ipv4Addr>(desk, A, body)
}

pub(super) fn clear_a(desk: &Desk, body: &Body) -> Outcome {
    clear(desk, A, body)
}

/// `{"host", "addresses"}`: further AAAA records.
pub(super) fn add_aaaa(desk: &Desk, body: &Body) -> Outcome {
    add_addresses::<Ipv6Addr>(desk, AAAA, body)
}

pub(super) fn clear_aaaa(desk: &Desk, body: &Body) -> Outcome {
    clear(desk, AAAA, body)
}

/// `{"host", "policies": [{"tag", "value"}]}`: further CAA records.
pub(super) fn add_caa(desk: &Desk, body: &Body) -> Outcome {
    let (host, policies) = (body.domain("host")?, body.objects("policies")?);
    let entries = policies.iter().map(|policy| {
        let (tag, value) = (policy.text("tag")?, policy.text_or_empty("value")?);
        Ok(Entry::caa(0, tag, value))
    });
    Ok(add(desk, CAA, &host, entries.collect::<Result<Vec<_>, Refusal>>()?))
}

pub(super) fn clear_caa(desk: &Desk, body: &Body) -> Outcome {
    clear(desk, CAA, body)
}

/// `{"host", "target"}`: the name whose records count instead.
pub(super) fn set_cname(desk: &Desk, body: &Body) -> Outcome {
    let (host, target) = (body.domain("host")?, body.text("target")?);
    let entry = Entry::cname(target).map_err(|error| Refusal::new(error.to_string()))?;
    Ok(replace(desk, CNAME, &host, entry))
}

pub(super) fn clear_cname(desk: &Desk, body: &Body) -> Outcome {
    clear(desk, CNAME, body)
}

/// `{"host"}`: SERVFAIL for every question.
pub(super) fn set_servfail(desk: &Desk, body: &Body) -> Outcome {
    Ok(replace(desk, SERVFAIL, &body.domain("host")?, Entry::ServFail))
}

pub(super) fn clear_servfail(desk: &Desk, body: &Body) -> Outcome {
    clear(desk, SERVFAIL, body)
}

fn add_addresses<T>(desk: &Desk, kind: &'static str, body: &Body) -> Outcome
where
    T: FromStr + Into<IpAddr>,
{
    let (host, texts) = (body.domain("host")?, body.texts("addresses")?);
    let entries = texts.into_iter().map(|text| Ok(Entry::address(address::<T>(text)?.into())));
    Ok(add(desk, kind, &host, entries.collect::<Result<Vec<_>, Refusal>>()?))
}

fn address<T: FromStr>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::new(format!("`{text}` is no address of this family")))
}

fn add(
    desk: &Desk,
    kind: &'static str,
    key: &str,
    entries: impl IntoIterator<Item = Entry>,
) -> Done {
    for entry in entries {
        desk.add(kind, key, desk.shared.store.zone.publish(key, entry));
    }
    Done::Silently
}

fn replace(desk: &Desk, kind: &'static str, key: &str, entry: Entry) -> Done {
    desk.replace(kind, key, desk.shared.store.zone.publish(key, entry));
    Done::Silently
}

/// `{"host"}`.
fn clear(desk: &Desk, kind: &'static str, body: &Body) -> Outcome {
    desk.remove(kind, &domain_key(body.text("host")?));
    Ok(Done::Silently)
}

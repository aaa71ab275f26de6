//! What the challenge server's DNS knows: every name has an address, some have more.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hickory_proto::rr::rdata::{CAA, CNAME, TXT};
use hickory_proto::rr::{Name, RData, RecordType};

use super::domain::{NotAName, domain_key, name_key};
use super::table::{Published, Table};

/// What a TXT record's text is cut into (RFC 1035 section 3.3).
const CHARACTER_STRING_MAX_BYTES: usize = 255;

/// One thing published for one name.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A record, beside others of its type.
    Record(RData),
    /// All addresses that the name has, of both families, instead of any others. The last one counts.
    Addresses(Arc<[IpAddr]>),
    /// Every question for the name is answered with SERVFAIL.
    ServFail,
}

impl Entry {
    /// A TXT record of any length.
    pub fn txt(value: &str) -> Self {
        Self::Record(txt(value))
    }

    /// An A or AAAA record.
    pub fn address(address: IpAddr) -> Self {
        Self::Record(rdata(address))
    }

    /// A CAA record (RFC 8659 section 4.1).
    pub fn caa(flags: u8, tag: &str, value: &str) -> Self {
        let mut caa = CAA::new_issue(flags & 0x80 != 0, None, Vec::new());
        caa.reserved_flags = flags & 0x7f;
        tag.clone_into(&mut caa.tag);
        caa.value = value.as_bytes().to_vec();
        Self::Record(RData::CAA(caa))
    }

    /// A CNAME record. The last one of a name counts.
    ///
    /// # Errors
    /// [`NotAName`] if `target` is none.
    pub fn cname(target: &str) -> Result<Self, NotAName> {
        let key = name_key(target)?;
        let mut name =
            Name::from_ascii(&*key).map_err(|_| NotAName::new(target, "no DNS has it"))?;
        name.set_fqdn(true);
        Ok(Self::Record(RData::CNAME(CNAME(name))))
    }
}

/// What the zone says to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// These records, or none of that type.
    Records(Vec<RData>),
    /// The name is another one's alias, whatever was asked.
    Alias(Name),
    /// SERVFAIL.
    ServFail,
}

/// The published entries by name, and what names without any have.
#[derive(Debug, Default)]
pub struct Zone {
    entries: Arc<Table<Entry>>,
    defaults: RwLock<Defaults>,
    /// True from the moment on that it matters what this zone says to questions but for TXT.
    pub names_differ: Arc<AtomicBool>,
}

/// The addresses of every name that has none of its own.
#[derive(Debug, Clone, Copy, Default)]
struct Defaults {
    v4: Option<Ipv4Addr>,
    v6: Option<Ipv6Addr>,
}

impl Zone {
    /// Adds `entry` to what `name` has, until the guard is dropped.
    pub fn publish(&self, name: &str, entry: Entry) -> Published {
        if !matches!(entry, Entry::Record(RData::TXT(_))) {
            self.names_differ.store(true, Ordering::Relaxed);
        }
        self.entries.publish(domain_key(name), entry)
    }

    /// Has names without addresses of their own have this one only.
    pub fn set_default_address(&self, address: IpAddr) {
        let (v4, v6) = match address {
            IpAddr::V4(address) => (Some(address), None),
            IpAddr::V6(address) => (None, Some(address)),
        };
        self.set_default_v4(v4);
        self.set_default_v6(v6);
    }

    /// Sets what names without addresses of their own answer to A questions.
    pub fn set_default_v4(&self, address: Option<Ipv4Addr>) {
        self.defaults.write().unwrap_or_else(PoisonError::into_inner).v4 = address;
    }

    /// Sets what names without addresses of their own answer to AAAA questions.
    pub fn set_default_v6(&self, address: Option<Ipv6Addr>) {
        self.defaults.write().unwrap_or_else(PoisonError::into_inner).v6 = address;
    }

    /// Answers one question; `key` is a [`domain_key`].
    pub fn look_up(&self, key: &str, wanted: RecordType) -> Found {
        let entries = self.entries.all(key);
        let is_address = matches!(wanted, RecordType::A | RecordType::AAAA);
        if entries.is_empty() {
            return Found::Records(if is_address { self.default_address(wanted) } else { vec![] });
        }
        if entries.iter().any(|entry| matches!(entry, Entry::ServFail)) {
            return Found::ServFail;
        }
        if wanted != RecordType::CNAME
            && let Some(target) = entries.iter().rev().find_map(alias)
        {
            return Found::Alias(target.clone());
        }
        if is_address && let Some(addresses) = entries.iter().rev().find_map(addresses) {
            let all = addresses.iter().copied().map(rdata);
            return Found::Records(all.filter(|data| data.record_type() == wanted).collect());
        }
        let records = entries.into_iter().filter_map(|entry| match entry {
            Entry::Record(data) if data.record_type() == wanted => Some(data),
            _ => None,
        });
        let mut records: Vec<_> = records.collect();
        match wanted {
            RecordType::A | RecordType::AAAA if records.is_empty() => {
                records = self.default_address(wanted);
            }
            RecordType::CNAME => drop(records.drain(..records.len().saturating_sub(1))),
            _ => {}
        }
        Found::Records(records)
    }

    fn default_address(&self, wanted: RecordType) -> Vec<RData> {
        let defaults = *self.defaults.read().unwrap_or_else(PoisonError::into_inner);
        let address = match wanted {
            RecordType::A => defaults.v4.map(IpAddr::V4),
            _ => defaults.v6.map(IpAddr::V6),
        };
        address.map(rdata).into_iter().collect()
    }
}

/// The data of a TXT record of any length.
pub fn txt(value: &str) -> RData {
    let chunks = value.as_bytes().chunks(CHARACTER_STRING_MAX_BYTES);
    // An empty text is one empty string: a TXT record has at least one.
    let chunks = if value.is_empty() { vec![&b""[..]] } else { chunks.collect() };
    RData::TXT(TXT::from_bytes(chunks))
}

fn rdata(address: IpAddr) -> RData {
    match address {
        IpAddr::V4(address) => RData::A(address.into()),
        IpAddr::V6(address) => RData::AAAA(address.into()),
    }
}

fn alias(entry: &Entry) -> Option<&Name> {
    match entry {
        Entry::Record(RData::CNAME(target)) => Some(target),
        _ => None,
    }
}

fn addresses(entry: &Entry) -> Option<&[IpAddr]> {
    match entry {
        Entry::Addresses(addresses) => Some(addresses),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

    fn zone() -> Zone {
        let zone = Zone::default();
        zone.set_default_address(V4);
        zone
    }

    fn records(zone: &Zone, name: &str, wanted: RecordType) -> Vec<String> {
        match zone.look_up(name, wanted) {
            Found::Records(records) => records.iter().map(ToString::to_string).collect(),
            other => panic!("{name} {wanted}: {other:?}"),
        }
    }

    #[test]
    fn a_name_without_addresses_has_the_default_one_of_its_family() {
        let zone = zone();
        assert_eq!(records(&zone, "a.example", RecordType::A), ["127.0.0.1"]);
        assert!(records(&zone, "a.example", RecordType::AAAA).is_empty());
        assert!(records(&zone, "a.example", RecordType::CAA).is_empty());
        let _txt = zone.publish("a.example", Entry::txt("x"));
        assert_eq!(records(&zone, "a.example", RecordType::A), ["127.0.0.1"]);
        zone.set_default_v4(None);
        zone.set_default_v6(Some(Ipv6Addr::LOCALHOST));
        assert!(records(&zone, "a.example", RecordType::A).is_empty());
        assert_eq!(records(&zone, "a.example", RecordType::AAAA), ["::1"]);
    }

    #[test]
    fn published_addresses_stand_for_both_families() {
        let zone = zone();
        let one = zone.publish("A.example.", Entry::Addresses([V6].into()));
        assert!(records(&zone, "a.example", RecordType::A).is_empty());
        assert_eq!(records(&zone, "a.example", RecordType::AAAA), ["::1"]);
        let none = zone.publish("a.example", Entry::Addresses([].into()));
        assert!(records(&zone, "a.example", RecordType::AAAA).is_empty());
        drop((one, none));
        assert_eq!(records(&zone, "a.example", RecordType::A), ["127.0.0.1"]);
    }

    #[test]
    fn single_address_records_leave_the_other_family_alone() {
        let zone = zone();
        let _record = zone.publish("a.example", Entry::address(V6));
        assert_eq!(records(&zone, "a.example", RecordType::A), ["127.0.0.1"]);
        assert_eq!(records(&zone, "a.example", RecordType::AAAA), ["::1"]);
    }

    #[test]
    fn texts_stand_side_by_side() {
        let zone = zone();
        let first = zone.publish("_acme-challenge.a.example", Entry::txt("one"));
        let _second = zone.publish("_acme-challenge.A.example.", Entry::txt("two"));
        let found = || records(&zone, "_acme-challenge.a.example", RecordType::TXT);
        assert_eq!(found(), ["one", "two"]);
        drop(first);
        assert_eq!(found(), ["two"]);
    }

    #[test]
    fn a_long_text_is_cut_and_loses_nothing() {
        let Entry::Record(RData::TXT(long)) = Entry::txt(&"x".repeat(600)) else { panic!("a TXT") };
        assert_eq!(long.txt_data.iter().map(|part| part.len()).collect::<Vec<_>>(), [255, 255, 90]);
        let Entry::Record(RData::TXT(empty)) = Entry::txt("") else { panic!("a TXT") };
        assert_eq!(empty.txt_data.len(), 1);
    }

    #[test]
    fn an_alias_stands_for_everything_but_itself() {
        let zone = zone();
        let _old = zone.publish("a.example", Entry::cname("b.example").expect("a name"));
        let _new = zone.publish("a.example", Entry::cname("c.example.").expect("a name"));
        let target = Name::from_ascii("c.example.").expect("a name");
        assert_eq!(zone.look_up("a.example", RecordType::TXT), Found::Alias(target));
        assert_eq!(records(&zone, "a.example", RecordType::CNAME), ["c.example."]);
        for text in ["", &"x".repeat(64)] {
            assert!(Entry::cname(text).is_err(), "{text}");
        }
    }

    #[test]
    fn policies_keep_their_flags() {
        let zone = zone();
        let _caa = zone.publish("a.example", Entry::caa(129, "issue", "ca.example"));
        let Found::Records(found) = zone.look_up("a.example", RecordType::CAA) else {
            panic!("records")
        };
        let [RData::CAA(caa)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((caa.flags(), &*caa.tag, &*caa.value), (129, "issue", &b"ca.example"[..]));
    }

    #[test]
    fn servfail_beats_all() {
        let zone = zone();
        let _fails = zone.publish("a.example", Entry::ServFail);
        assert_eq!(zone.look_up("a.example", RecordType::A), Found::ServFail);
        assert!(matches!(zone.look_up("b.a.example", RecordType::A), Found::Records(_)));
    }
}

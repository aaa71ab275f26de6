//! From a question's bytes to what is sent back, and when.

use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, Record, RecordType};

use super::message::{Answer, TTL_S, encode, format_error, udp_max_bytes};
use super::resolve::resolve;
use crate::challenge::history::{DnsEvent, DnsQuestion};
use crate::challenge::listen::Shared;
use crate::challenge::misbehaviour::DnsFault;
use crate::challenge::store::Store;
use crate::challenge::zone;

/// How a question came.
#[derive(Debug, Clone, Copy)]
pub(in crate::challenge) enum Asker<'a> {
    Udp,
    Tcp,
    /// DNS over HTTPS, by a client that calls itself so.
    Https {
        user_agent: &'a str,
    },
}

/// What to do about a question.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::challenge) enum Reply {
    /// Send this message.
    Now(Vec<u8>),
    /// Send it after a while.
    After(Duration, Vec<u8>),
    /// Leave whoever asks waiting.
    Never,
    /// It was no question.
    Unreadable,
}

/// Answers one message.
pub(in crate::challenge) fn reply(bytes: &[u8], asker: Asker<'_>, shared: &Shared) -> Reply {
    let Ok(message) = Message::from_vec(bytes) else { return malformed(bytes) };
    if message.metadata.message_type == MessageType::Response {
        return Reply::Unreadable; // else two servers could answer each other without end
    }
    let [question] = &message.queries[..] else { return malformed(bytes) };
    let max_bytes = match asker {
        Asker::Udp => udp_max_bytes(&message),
        Asker::Tcp | Asker::Https { .. } => u16::MAX,
    };
    let send = |answer: &Answer| encode(&message, answer, max_bytes);
    if let Some(code) = refusal(&message, question) {
        return Reply::Now(send(&Answer::code(code)));
    }
    let name = key(&question.name);
    remember(&name, question, asker, shared);
    let right = || send(&resolve(&name, question, shared));
    let code = |code| Reply::Now(send(&Answer::code(code)));
    let Some(fault) = fault(&name, &shared.store) else { return Reply::Now(right()) };
    match fault {
        DnsFault::WrongTxt(text) if question.query_type == RecordType::TXT => {
            Reply::Now(send(&wrong_txt(question, &text)))
        }
        DnsFault::WrongTxt(_) => Reply::Now(right()),
        DnsFault::Empty => code(ResponseCode::NoError),
        DnsFault::Nxdomain => code(ResponseCode::NXDomain),
        DnsFault::Servfail => code(ResponseCode::ServFail),
        DnsFault::Refused => code(ResponseCode::Refused),
        DnsFault::Truncated => match asker {
            Asker::Tcp => Reply::Never,
            Asker::Udp | Asker::Https { .. } => Reply::Now(send(&Answer::cut())),
        },
        DnsFault::Slow(delay) => Reply::After(delay, right()),
        DnsFault::NoAnswer => Reply::Never,
    }
}

fn malformed(bytes: &[u8]) -> Reply {
    format_error(bytes).map_or(Reply::Unreadable, Reply::Now)
}

/// Why a question is none for a zone like this.
fn refusal(message: &Message, question: &Query) -> Option<ResponseCode> {
    if message.metadata.op_code != OpCode::Query {
        return Some(ResponseCode::NotImp);
    }
    if message.version() > 0 {
        return Some(ResponseCode::BADVERS);
    }
    (question.query_class != DNSClass::IN).then_some(ResponseCode::Refused)
}

fn remember(name: &str, question: &Query, asker: Asker<'_>, shared: &Shared) {
    shared.remember(|history| {
        let user_agent = match asker {
            Asker::Https { user_agent } => user_agent.to_owned(),
            Asker::Udp | Asker::Tcp => String::new(),
        };
        let (qtype, qclass) = (question.query_type.into(), question.query_class.into());
        let asked = DnsQuestion { name: question.name.to_ascii(), qtype, qclass };
        history.dns.push(name.to_owned(), DnsEvent { question: asked, user_agent });
    });
}

/// What is to go wrong for a name: it counts for every name below its domain.
fn fault(name: &str, store: &Store) -> Option<DnsFault> {
    if store.misbehaviours.is_unused() {
        return None;
    }
    let mut domains = std::iter::successors(Some(name), |name| Some(name.split_once('.')?.1));
    domains.find_map(|domain| store.misbehaviours.last(domain)?.dns.clone())
}

fn wrong_txt(question: &Query, text: &str) -> Answer {
    let record = Record::from_rdata(question.name.clone(), TTL_S, zone::txt(text));
    Answer::records(vec![record])
}

/// The name as the zone knows it. Bytes that are no ASCII cannot have been published.
pub(super) fn key(name: &Name) -> String {
    let mut key = String::with_capacity(name.len());
    for label in name {
        if !key.is_empty() {
            key.push('.');
        }
        key.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
    }
    key
}

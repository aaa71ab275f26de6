//! From a question's bytes to what is sent back, and when.

use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::CNAME;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::message::{TTL_S, encode, format_error, udp_max_bytes};
use crate::challenge::history::{DnsEvent, DnsQuestion};
use crate::challenge::listen::Shared;
use crate::challenge::zone::Found;

/// Aliases that are followed; those of a loop end there.
const ALIASES_MAX: usize = 8;

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
    let Ok(message) = Message::from_vec(bytes) else {
        return format_error(bytes).map_or(Reply::Unreadable, Reply::Now);
    };
    if message.metadata.message_type == MessageType::Response {
        return Reply::Unreadable;
    }
    let max_bytes = match asker {
        Asker::Udp => udp_max_bytes(&message),
        Asker::Tcp | Asker::Https { .. } => u16::MAX,
    };
    let send = |code, records: &[Record]| Reply::Now(encode(&message, code, records, max_bytes));
    let question = match readable(&message) {
        Ok(question) => question,
        Err(code) => return send(code, &[]),
    };
    remember(question, asker, shared);
    let (code, records) = resolve(question, shared);
    send(code, &records)
}

/// The one question of a message that can be answered, or the code that says why not.
fn readable(message: &Message) -> Result<&Query, ResponseCode> {
    if message.metadata.op_code != OpCode::Query {
        return Err(ResponseCode::NotImp);
    }
    if message.version() > 0 {
        return Err(ResponseCode::BADVERS);
    }
    let [question] = &message.queries[..] else { return Err(ResponseCode::FormErr) };
    match question.query_class {
        DNSClass::IN => Ok(question),
        _ => Err(ResponseCode::Refused),
    }
}

fn remember(question: &Query, asker: Asker<'_>, shared: &Shared) {
    shared.remember(|history| {
        let user_agent = match asker {
            Asker::Https { user_agent } => user_agent.to_owned(),
            Asker::Udp | Asker::Tcp => String::new(),
        };
        let (qtype, qclass) = (question.query_type.into(), question.query_class.into());
        let asked = DnsQuestion { name: question.name.to_ascii(), qtype, qclass };
        history.dns.push(key(&question.name), DnsEvent { question: asked, user_agent });
    });
}

/// The records that answer a question, with the aliases on the way.
fn resolve(question: &Query, shared: &Shared) -> (ResponseCode, Vec<Record>) {
    let mut name = question.name.clone();
    let mut answers = Vec::new();
    loop {
        match shared.store.zone.look_up(&key(&name), question.query_type) {
            Found::Records(found) => {
                if question.query_type == RecordType::TXT && !found.is_empty() {
                    shared.count_served();
                }
                let record = |data| Record::from_rdata(name.clone(), TTL_S, data);
                answers.extend(found.into_iter().map(record));
                return (ResponseCode::NoError, answers);
            }
            Found::Alias(_) if answers.len() == ALIASES_MAX => {
                return (ResponseCode::ServFail, Vec::new());
            }
            Found::Alias(target) => {
                let alias = RData::CNAME(CNAME(target.clone()));
                answers.push(Record::from_rdata(name, TTL_S, alias));
                name = target;
            }
            Found::ServFail => return (ResponseCode::ServFail, Vec::new()),
        }
    }
}

/// The name as the zone knows it. Bytes that are no ASCII cannot have been published.
fn key(name: &Name) -> String {
    let mut key = String::with_capacity(name.len());
    for label in name {
        if !key.is_empty() {
            key.push('.');
        }
        key.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
    }
    key
}

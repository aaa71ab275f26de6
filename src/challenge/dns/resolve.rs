//! What the zone says to one question, with the aliases on the way.

use hickory_proto::op::{Query, ResponseCode};
use hickory_proto::rr::rdata::CNAME;
use hickory_proto::rr::{RData, Record, RecordType};

use super::answer::key;
use super::message::{Answer, TTL_S};
use crate::challenge::listen::Shared;
use crate::challenge::zone::Found;

/// Aliases that are followed; those of a loop end there.
const ALIASES_MAX: usize = 8;

/// Answers `question`, whose name the zone knows as `name`.
pub(super) fn resolve(name: &str, question: &Query, shared: &Shared) -> Answer {
    let zone = &shared.store.zone;
    let mut owner = question.name.clone();
    let mut records = Vec::new();
    let mut found = zone.look_up(name, question.query_type);
    loop {
        match found {
            Found::Records(all) => {
                if question.query_type == RecordType::TXT && !all.is_empty() {
                    shared.count_served();
                }
                let record = |data| Record::from_rdata(owner.clone(), TTL_S, data);
                records.extend(all.into_iter().map(record));
                return Answer::records(records);
            }
            Found::Alias(_) if records.len() == ALIASES_MAX => {
                return Answer::code(ResponseCode::ServFail);
            }
            Found::Alias(target) => {
                let alias = RData::CNAME(CNAME(target.clone()));
                records.push(Record::from_rdata(owner, TTL_S, alias));
                found = zone.look_up(&key(&target), question.query_type);
                owner = target;
            }
            Found::ServFail => return Answer::code(ResponseCode::ServFail),
        }
    }
}

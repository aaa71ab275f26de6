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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hickory_proto::op::Edns;

    use super::*;
    use crate::challenge::misbehaviour::{Misbehaviour, Parameters};
    use crate::challenge::options::ChallengeOptions;
    use crate::challenge::table::Published;
    use crate::challenge::zone::Entry;

    fn shared() -> Shared {
        let store = Arc::new(Store::default());
        let options = ChallengeOptions { management_port: Some(0), ..ChallengeOptions::default() };
        store.zone.set_default_address(options.answer_addr);
        Shared::new(&store, &options)
    }

    fn question(name: &str, wanted: RecordType) -> Message {
        let mut message = Message::new(7, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(Name::from_ascii(name).expect("a name"), wanted));
        message
    }

    fn with_edns(mut message: Message, version: u8, max_payload: u16) -> Message {
        message.set_edns(Edns::new().set_version(version).set_max_payload(max_payload).clone());
        message
    }

    fn replied(message: &Message, asker: Asker<'_>, shared: &Shared) -> Reply {
        reply(&message.to_vec().expect("encodes"), asker, shared)
    }

    fn answered(message: &Message, asker: Asker<'_>, shared: &Shared) -> Message {
        let (Reply::Now(bytes) | Reply::After(_, bytes)) = replied(message, asker, shared) else {
            panic!("no answer")
        };
        Message::from_vec(&bytes).expect("decodes")
    }

    fn ask(name: &str, wanted: RecordType, shared: &Shared) -> Message {
        answered(&question(name, wanted), Asker::Udp, shared)
    }

    fn code(message: &Message, shared: &Shared) -> ResponseCode {
        answered(message, Asker::Udp, shared).metadata.response_code
    }

    fn shown(records: &[Record]) -> Vec<String> {
        records.iter().map(|record| format!("{} {}", record.name, record.data)).collect()
    }

    fn misbehave(shared: &Shared, domain: &str, word: &str, with: &Parameters) -> Published {
        let made = Misbehaviour::from_words(None, None, Some(word), with).expect("a known word");
        shared.store.misbehaviours.publish(domain, Arc::new(made))
    }

    #[test]
    fn an_answer_repeats_the_question_as_it_was_asked() {
        let shared = shared();
        let answer = ask("WwW.a.Example.", RecordType::A, &shared);
        let (id, asked) = (answer.metadata.id, answer.metadata.recursion_desired);
        assert_eq!((id, asked, answer.metadata.authoritative), (7, true, true));
        assert_eq!(answer.queries[0].name.to_string(), "WwW.a.Example.");
        assert_eq!(shown(&answer.answers), ["WwW.a.Example. 127.0.0.1"]);
        assert!(answer.authorities.is_empty() && answer.edns.is_none());
        let remembered = shared.history.dns.of("www.a.example");
        assert_eq!(remembered[0].question.name, "WwW.a.Example.");
        assert_eq!((remembered[0].question.qtype, remembered[0].question.qclass), (1, 1));
    }

    #[test]
    fn what_there_is_not_is_vouched_for() {
        let answer = ask("a.example.", RecordType::CAA, &shared());
        assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
        assert!(answer.answers.is_empty());
        assert_eq!(answer.authorities[0].record_type(), RecordType::SOA);
    }

    #[test]
    fn too_long_an_answer_is_cut_over_udp_only() {
        let shared = shared();
        let text = "x".repeat(250);
        let _texts = [1, 2, 3].map(|_| shared.store.zone.publish("a.example", Entry::txt(&text)));
        let plain = question("a.example.", RecordType::TXT);
        let short = answered(&plain, Asker::Udp, &shared);
        assert!(short.metadata.truncation && short.answers.is_empty());
        let long = answered(&plain, Asker::Tcp, &shared);
        assert!(!long.metadata.truncation && long.answers.len() == 3);
        let roomy = with_edns(plain.clone(), 0, 4096);
        assert_eq!(answered(&roomy, Asker::Udp, &shared).answers.len(), 3);
        let _more = shared.store.zone.publish("a.example", Entry::txt(&text.repeat(3)));
        let cut = answered(&roomy, Asker::Udp, &shared);
        assert!(cut.metadata.truncation && cut.edns.is_some(), "{cut:?}");
    }

    #[test]
    fn what_is_no_question_for_it_is_refused_with_the_right_code() {
        let shared = shared();
        let good = question("a.example.", RecordType::A);
        // BADVERS and BADSIG share a number.
        let newer = with_edns(good.clone(), 1, 1232);
        assert_eq!(u16::from(code(&newer, &shared)), u16::from(ResponseCode::BADVERS));
        let mut chaos = good.clone();
        chaos.queries[0].query_class = DNSClass::CH;
        assert_eq!(code(&chaos, &shared), ResponseCode::Refused);
        let mut notify = good.clone();
        notify.metadata.op_code = OpCode::Notify;
        assert_eq!(code(&notify, &shared), ResponseCode::NotImp);
        let mut two = good.clone();
        two.add_query(good.queries[0].clone());
        assert_eq!(code(&two, &shared), ResponseCode::FormErr);
        let mut response = good.clone();
        response.metadata.message_type = MessageType::Response;
        assert_eq!(replied(&response, Asker::Udp, &shared), Reply::Unreadable);
        let bytes = good.to_vec().expect("encodes");
        assert_eq!(reply(&bytes[..11], Asker::Udp, &shared), Reply::Unreadable);
        let Reply::Now(told) = reply(&bytes[..20], Asker::Udp, &shared) else { panic!("told") };
        assert_eq!((told.len(), &told[..2], told[3]), (12, &bytes[..2], 1));
    }

    #[test]
    fn aliases_are_followed_but_not_for_good() {
        let shared = shared();
        let zone = &shared.store.zone;
        let alias = |target| Entry::cname(target).expect("a name");
        let _one = zone.publish("a.example", alias("b.example"));
        let _text = zone.publish("b.example", Entry::txt("found"));
        let answer = ask("A.example.", RecordType::TXT, &shared);
        assert_eq!(shown(&answer.answers), ["A.example. b.example.", "b.example. found"]);
        let _loop = zone.publish("b.example", alias("a.example"));
        let looped = ask("a.example.", RecordType::TXT, &shared);
        assert_eq!(looped.metadata.response_code, ResponseCode::ServFail);
    }

    #[test]
    fn misbehaviour_counts_for_all_names_below() {
        let shared = shared();
        let plain = Parameters::default();
        let challenge = question("_acme-challenge.A.example.", RecordType::TXT);
        let _text = shared.store.zone.publish("_acme-challenge.a.example", Entry::txt("right"));
        for (word, wanted) in [
            ("nxdomain", ResponseCode::NXDomain),
            ("servfail", ResponseCode::ServFail),
            ("refused", ResponseCode::Refused),
            ("empty", ResponseCode::NoError),
        ] {
            let _fault = misbehave(&shared, "a.example", word, &plain);
            let answer = answered(&challenge, Asker::Udp, &shared);
            assert_eq!(
                (answer.metadata.response_code, answer.answers.len()),
                (wanted, 0),
                "{word}"
            );
            let other = ask("b.example.", RecordType::A, &shared);
            assert_eq!(other.answers.len(), 1, "{word}");
        }
        let answer = answered(&challenge, Asker::Udp, &shared);
        assert_eq!(shown(&answer.answers), ["_acme-challenge.A.example. right"]);
    }

    #[test]
    fn misbehaviour_that_is_no_code() {
        let shared = shared();
        let ask = |asker| replied(&question("a.example.", RecordType::TXT), asker, &shared);
        let fault = |word, with: &Parameters| misbehave(&shared, "a.example", word, with);
        let plain = Parameters::default();
        {
            let _fault = fault("no_answer", &plain);
            assert_eq!(ask(Asker::Udp), Reply::Never);
        }
        {
            let delay = Some(Duration::from_secs(3));
            let _fault = fault("slow", &Parameters { delay, ..plain.clone() });
            assert!(matches!(ask(Asker::Udp), Reply::After(delay, _) if delay.as_secs() == 3));
        }
        {
            let _fault = fault("truncated", &plain);
            let Reply::Now(cut) = ask(Asker::Udp) else { panic!("an answer") };
            assert!(Message::from_vec(&cut).expect("decodes").metadata.truncation);
            assert_eq!(ask(Asker::Tcp), Reply::Never);
        }
        let txt = Some("wrong".to_owned());
        let _fault = fault("wrong_txt", &Parameters { txt, ..plain.clone() });
        let Reply::Now(wrong) = ask(Asker::Https { user_agent: "" }) else { panic!("an answer") };
        let wrong = Message::from_vec(&wrong).expect("decodes");
        assert_eq!(shown(&wrong.answers), ["a.example. wrong"]);
        let address = answered(&question("a.example.", RecordType::A), Asker::Udp, &shared);
        assert_eq!(shown(&address.answers), ["a.example. 127.0.0.1"]);
    }
}

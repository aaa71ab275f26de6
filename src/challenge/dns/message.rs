//! The answer as it is sent: header, the question as it was asked, records, EDNS.

use hickory_proto::op::{
    Edns, Header, Message, MessageType, Metadata, ResponseCode, emit_message_parts,
};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData, Record};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder, BinEncoder};

/// Nothing may be cached: entries end with their chain.
pub(super) const TTL_S: u32 = 0;
/// What fits one packet wherever it is routed (DNS flag day 2020), said in EDNS and kept to.
const UDP_MAX_BYTES: u16 = 1232;
/// What fits without EDNS (RFC 1035 section 4.2.1).
const UDP_DEFAULT_BYTES: u16 = 512;

/// What is said to a question.
#[derive(Debug)]
pub(super) struct Answer {
    code: ResponseCode,
    records: Vec<Record>,
    is_cut: bool,
}

impl Answer {
    /// These records, or that there are none.
    pub(super) fn records(records: Vec<Record>) -> Self {
        Self { code: ResponseCode::NoError, records, is_cut: false }
    }

    /// No records, for this reason.
    pub(super) fn code(code: ResponseCode) -> Self {
        Self { code, records: Vec::new(), is_cut: false }
    }

    /// To ask again over TCP.
    pub(super) fn cut() -> Self {
        Self { is_cut: true, ..Self::records(Vec::new()) }
    }

    /// RFC 2308 section 2: what a zone must vouch for with its SOA.
    fn is_negative(&self) -> bool {
        let code = matches!(self.code, ResponseCode::NoError | ResponseCode::NXDomain);
        code && self.records.is_empty() && !self.is_cut
    }
}

/// Encodes the answer to `question`, cut off with TC set if it is longer than `max_bytes`.
pub(super) fn encode(question: &Message, answer: &Answer, max_bytes: u16) -> Vec<u8> {
    let mut metadata = Metadata::response_from_request(&question.metadata);
    metadata.response_code = answer.code;
    metadata.authoritative = true;
    // Stub resolvers want it of the server that they are pointed at.
    metadata.recursion_available = true;
    metadata.truncation = answer.is_cut;
    let edns = question.edns.as_ref().map(edns);
    let soa = answer.is_negative().then(soa);
    let sections = [&answer.records[..], soa.as_slice()];
    parts(&metadata, question, sections, edns.as_ref(), max_bytes).unwrap_or_else(|Cut| {
        metadata.truncation = true;
        let question_only = parts(&metadata, question, [&[], &[]], edns.as_ref(), max_bytes);
        // One question and an OPT record fit in less than 512 bytes.
        question_only.unwrap_or_default()
    })
}

/// It did not fit.
struct Cut;

fn parts(
    metadata: &Metadata,
    question: &Message,
    [answers, authority]: [&[Record]; 2],
    edns: Option<&Edns>,
    max_bytes: u16,
) -> Result<Vec<u8>, Cut> {
    let mut bytes = Vec::with_capacity(usize::from(UDP_DEFAULT_BYTES));
    let mut encoder = BinEncoder::new(&mut bytes);
    encoder.set_max_size(max_bytes);
    let no_additional: &[Record] = &[];
    let header = emit_message_parts(
        metadata,
        &mut question.queries.iter(),
        &mut answers.iter(),
        &mut authority.iter(),
        &mut no_additional.iter(),
        edns,
        None,
        &mut encoder,
    );
    match header {
        Ok(header) if header.metadata.truncation == metadata.truncation => Ok(bytes),
        // What cannot be encoded at all is as good as too long.
        _ => Err(Cut),
    }
}

/// What may be sent to whom asks over UDP (RFC 6891 section 6.2.5).
pub(super) fn udp_max_bytes(question: &Message) -> u16 {
    let asked = question.edns.as_ref().map_or(0, Edns::max_payload);
    asked.clamp(UDP_DEFAULT_BYTES, UDP_MAX_BYTES)
}

/// FORMERR for what has a question's header and is none otherwise; nothing for all else.
pub(super) fn format_error(question: &[u8]) -> Option<Vec<u8>> {
    let asked = Header::read(&mut BinDecoder::new(question)).ok()?.metadata;
    if asked.message_type == MessageType::Response {
        return None;
    }
    Message::error_msg(asked.id, asked.op_code, ResponseCode::FormErr).to_vec().ok()
}

fn edns(asked: &Edns) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_MAX_BYTES);
    // RFC 3225 section 3: copied.
    edns.set_dnssec_ok(asked.flags().dnssec_ok);
    edns
}

/// That of the zone that every name is in: the root.
fn soa() -> Record {
    let (root, seconds) = (Name::root(), 1);
    let soa = SOA::new(root.clone(), root.clone(), 1, seconds, seconds, seconds, TTL_S);
    Record::from_rdata(root, TTL_S, RData::SOA(soa))
}

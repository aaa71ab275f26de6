//! The answer as it is sent: header, the question as it was asked, records, EDNS.

use hickory_proto::op::{
    Edns, Header, Message, MessageType, Metadata, OpCode, ResponseCode, emit_message_parts,
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

/// Encodes the answer to `question`: `code` and `records`, or an SOA when there are none. Cut with TC
/// set if it is longer than `max_bytes`.
pub(super) fn encode(
    question: &Message,
    code: ResponseCode,
    records: &[Record],
    max_bytes: u16,
) -> Vec<u8> {
    let mut metadata = Metadata::response_from_request(&question.metadata);
    metadata.response_code = code;
    metadata.authoritative = true;
    // Stub resolvers want it of the server that they are pointed at.
    metadata.recursion_available = true;
    let edns = question.edns.as_ref().map(edns);
    let negative = records.is_empty() && code == ResponseCode::NoError;
    let authority: &[Record] = if negative { &[soa()] } else { &[] };
    let whole = parts(&metadata, question, [records, authority], edns.as_ref(), max_bytes);
    let Err(Cut) = whole else { return whole.unwrap_or_default() };
    metadata.truncation = true;
    parts(&metadata, question, [&[], &[]], edns.as_ref(), max_bytes).unwrap_or_default()
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
    let header = emit_message_parts(
        metadata,
        &mut question.queries.iter(),
        &mut answers.iter(),
        &mut authority.iter(),
        &mut [].iter() as &mut std::slice::Iter<'_, Record>,
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

/// FORMERR for what has a header of a question and is none otherwise; nothing for all else.
pub(super) fn format_error(question: &[u8]) -> Option<Vec<u8>> {
    let header = Header::read(&mut BinDecoder::new(question)).ok()?;
    let asked = header.metadata;
    if asked.message_type == MessageType::Response {
        return None; // else two servers could answer each other without end
    }
    let op_code = match asked.op_code {
        OpCode::Unknown(_) => OpCode::Query,
        known => known,
    };
    Message::error_msg(asked.id, op_code, ResponseCode::FormErr).to_vec().ok()
}

fn edns(asked: &Edns) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_MAX_BYTES);
    // RFC 3225 section 3: copied.
    edns.set_dnssec_ok(asked.flags().dnssec_ok);
    edns
}

/// Says that a name has no such record, as every name's zone (RFC 2308 section 3).
fn soa() -> Record {
    let (root, seconds) = (Name::root(), 1);
    let soa = SOA::new(root.clone(), root.clone(), 1, seconds, seconds, seconds, TTL_S);
    Record::from_rdata(root, TTL_S, RData::SOA(soa))
}

//! A right request, taken apart.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::http::Http;
use super::mutator::Layer;
use super::node::Node;
use super::request::Request;
use crate::jose::jws;

/// A right request as every layer sees it.
pub(super) struct Draft {
    /// Absent for a body that is no JWS.
    pub(super) signed: Option<Signed>,
    pub(super) body: Vec<u8>,
    pub(super) http: Option<Http>,
}

pub(super) struct Signed {
    pub(super) header: Node,
    /// An object without members where there is no payload, for those that add some.
    pub(super) payload: Node,
    pub(super) header_text: Vec<u8>,
    pub(super) payload_text: Vec<u8>,
    pub(super) jws: Node,
}

impl Draft {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            signed: Signed::of(&request.body),
            body: request.body.clone(),
            http: Http::of(request),
        }
    }

    /// The JSON of `layer`.
    pub(super) fn node(&self, layer: Layer) -> Option<Node> {
        let signed = self.signed.as_ref()?;
        Some(match layer {
            Layer::Header => signed.header.clone(),
            Layer::Payload => signed.payload.clone(),
            _ => signed.jws.clone(),
        })
    }

    /// The text of `layer`.
    pub(super) fn bytes(&self, layer: Layer) -> Option<Vec<u8>> {
        let signed = self.signed.as_ref()?;
        Some(match layer {
            Layer::HeaderText => signed.header_text.clone(),
            Layer::PayloadText => signed.payload_text.clone(),
            Layer::HeaderCode => encoded(&signed.header_text),
            Layer::PayloadCode => encoded(&signed.payload_text),
            _ => self.body.clone(),
        })
    }
}

impl Signed {
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let parts = jws::decode(std::str::from_utf8(body).ok()?).ok()?;
        let object = || Node::Object(Vec::new());
        Some(Self {
            header: Node::parse(&parts.protected)?,
            payload: Node::parse(&parts.payload).unwrap_or_else(object),
            header_text: parts.protected,
            payload_text: parts.payload,
            jws: Node::parse(body)?,
        })
    }
}

/// In base64url.
pub(super) fn encoded(text: &[u8]) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.encode(text).into_bytes()
}

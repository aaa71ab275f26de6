//! What a mutator is.

use super::dice::Dice;
use super::http::Http;
use super::node::Node;

/// What was done, in a few words, or `None` where there was nothing to do it to. Whether there is must
/// not depend on nonces, keys or lengths: a replay would be another mutation.
pub(super) type Done = Option<String>;

/// What a mutator changes, in the order in which a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// The protected header, signed afterwards.
    Header,
    /// The payload, signed afterwards.
    Payload,
    /// The header's JSON text, signed afterwards.
    HeaderText,
    /// The payload's text, signed afterwards.
    PayloadText,
    /// The header in base64url; the signature covers what comes out.
    HeaderCode,
    /// The payload in base64url; the signature covers what comes out.
    PayloadCode,
    /// The JWS, after it was signed.
    Jws,
    /// The body.
    Body,
    /// The HTTP request.
    Http,
}

impl Layer {
    /// Whether the signature is made afterwards.
    pub(super) fn is_signed(self) -> bool {
        self < Self::Jws
    }

    fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::HeaderText => "header's text",
            Self::PayloadText => "payload's text",
            Self::HeaderCode => "header's base64url",
            Self::PayloadCode => "payload's base64url",
            Self::Jws => "JWS",
            Self::Body => "body",
            Self::Http => "HTTP",
        }
    }
}

/// How it is done, to what.
#[derive(Clone, Copy)]
pub(super) enum Act {
    Json(fn(&mut Node, &mut Dice) -> Done),
    Bytes(fn(&mut Vec<u8>, &mut Dice) -> Done),
    Http(fn(&mut Http, &mut Dice) -> Done),
}

/// One way to get a request wrong.
#[derive(Clone, Copy)]
pub struct Mutator {
    name: &'static str,
    pub(super) layer: Layer,
    pub(super) act: Act,
    may_be_valid: bool,
}

impl Mutator {
    /// A change of JSON. The request may still be valid.
    pub(super) const fn json(
        layer: Layer,
        name: &'static str,
        act: fn(&mut Node, &mut Dice) -> Done,
    ) -> Self {
        Self { name, layer, act: Act::Json(act), may_be_valid: true }
    }

    /// A change of text. The request may still be valid.
    pub(super) const fn bytes(
        layer: Layer,
        name: &'static str,
        act: fn(&mut Vec<u8>, &mut Dice) -> Done,
    ) -> Self {
        Self { name, layer, act: Act::Bytes(act), may_be_valid: true }
    }

    /// A change of the HTTP request, which may still be valid.
    pub(super) const fn http(name: &'static str, act: fn(&mut Http, &mut Dice) -> Done) -> Self {
        Self { name, layer: Layer::Http, act: Act::Http(act), may_be_valid: true }
    }

    /// The request is wrong for certain then: no CA may answer it 2xx.
    pub(super) const fn invalid(self) -> Self {
        Self { may_be_valid: false, ..self }
    }

    /// Whether a CA may accept what comes out, because it may be right, or because the RFCs leave it open.
    pub fn may_be_valid(&self) -> bool {
        self.may_be_valid
    }

    /// What it does: `header: a member dropped`.
    pub fn describe(&self) -> String {
        format!("{}: {}", self.layer.name(), self.name)
    }
}

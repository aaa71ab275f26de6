//! Applying mutators to a request, layer by layer, from the inside out.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::dice::Dice;
use super::http::Http;
use super::mutator::{Act, Done, Layer};
use super::node::Node;
use super::registry::MUTATORS;
use super::request::Request;
use crate::jose::jws;

/// How many mutations one request can have.
pub const MAX_COUNT: usize = 100;
/// No mutation makes a layer larger than that: larger requests say nothing new.
const MAX_BYTES: usize = 96 * 1024;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutated {
    /// Its method, URL, headers and body.
    pub request: Request,
    /// The request byte for byte, where it cannot be told in these.
    pub wire: Option<Vec<u8>>,
    /// What was done, in the order in which it was.
    pub mutations: Vec<String>,
    /// Whether the CA may accept it all the same. One that may be valid makes the whole so: it could undo
    /// what another one did.
    pub may_be_valid: bool,
}

/// Mutates `request` in `count` ways that follow from `seed`, or in as many as there are.
///
/// `sign` makes the signature of what it is given; without it, nothing is changed that is signed
/// afterwards. A body that is no JWS stays as it is.
///
/// # Errors
/// Those of `sign`.
pub fn mutate<E>(
    request: &Request,
    count: usize,
    seed: u64,
    sign: Option<&mut dyn FnMut(&[u8]) -> Result<Vec<u8>, E>>,
) -> Result<Mutated, E> {
    let draft = Draft::of(request);
    let picked = pick(&draft, count.min(MAX_COUNT), seed, sign.is_some());
    let work = Work { seed, picked, mutations: Vec::new(), may_be_valid: false };
    work.apply(request, draft, sign)
}

/// A right request as every layer sees it.
#[derive(Clone)]
struct Draft {
    /// Absent for a body that is no JWS.
    signed: Option<Signed>,
    body: Vec<u8>,
    http: Option<Http>,
}

#[derive(Clone)]
struct Signed {
    header: Node,
    /// An object without members where there is no payload, for those that add some.
    payload: Node,
    header_text: Vec<u8>,
    payload_text: Vec<u8>,
    jws: Node,
}

impl Draft {
    fn of(request: &Request) -> Self {
        Self {
            signed: Signed::of(&request.body),
            body: request.body.clone(),
            http: Http::of(request),
        }
    }
}

impl Signed {
    fn of(body: &[u8]) -> Option<Self> {
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

/// The places in `MUTATORS` of `count` that can do something to `draft`, each once.
fn pick(draft: &Draft, count: usize, seed: u64, can_sign: bool) -> Vec<usize> {
    let mut dice = Dice::new(seed, 0);
    let mut left: Vec<_> =
        (0..MUTATORS.len()).filter(|&at| can_sign || !MUTATORS[at].layer.is_signed()).collect();
    let mut picked = Vec::new();
    while picked.len() < count && !left.is_empty() {
        let at = left.swap_remove(dice.below(left.len()));
        if applies(draft, at, seed) {
            picked.push(at);
        }
    }
    // Those that make it wrong come first in their layer: what they cut or change is then no addition.
    picked.sort_by_key(|&at| (MUTATORS[at].layer, MUTATORS[at].may_be_valid(), at));
    picked
}

/// Whether the mutator changes anything in `draft`, which is tried.
fn applies(draft: &Draft, at: usize, seed: u64) -> bool {
    let mut dice = roll(seed, at);
    let signed = draft.signed.as_ref();
    let text = |text: &Vec<u8>, code: bool| {
        if code { BASE64_URL_SAFE_NO_PAD.encode(text).into_bytes() } else { text.clone() }
    };
    let done = match (MUTATORS[at].act, MUTATORS[at].layer) {
        (Act::Json(act), layer) => signed.and_then(|signed| {
            let node = match layer {
                Layer::Header => &signed.header,
                Layer::Payload => &signed.payload,
                _ => &signed.jws,
            };
            act(&mut node.clone(), &mut dice)
        }),
        (Act::Bytes(act), layer) => signed.and_then(|signed| {
            let mut bytes = match layer {
                Layer::HeaderText => text(&signed.header_text, false),
                Layer::PayloadText => text(&signed.payload_text, false),
                Layer::HeaderCode => text(&signed.header_text, true),
                Layer::PayloadCode => text(&signed.payload_text, true),
                _ => draft.body.clone(),
            };
            act(&mut bytes, &mut dice)
        }),
        (Act::Http(act), _) => draft.http.clone().and_then(|mut http| act(&mut http, &mut dice)),
    };
    done.is_some()
}

/// The choices of one mutator, which do not depend on those of others.
fn roll(seed: u64, at: usize) -> Dice {
    Dice::new(seed, at as u64 + 1)
}

/// Mutations being applied.
struct Work {
    seed: u64,
    picked: Vec<usize>,
    mutations: Vec<String>,
    may_be_valid: bool,
}

impl Work {
    fn apply<E>(
        mut self,
        request: &Request,
        draft: Draft,
        sign: Option<&mut dyn FnMut(&[u8]) -> Result<Vec<u8>, E>>,
    ) -> Result<Mutated, E> {
        let mut request = request.clone();
        if let Some(signed) = draft.signed {
            request.body = self.signed(signed, &draft.body, sign)?;
            self.bytes(Layer::Body, &mut request.body);
        }
        let wire = self.http(&request);
        Ok(Mutated { request, wire, mutations: self.mutations, may_be_valid: self.may_be_valid })
    }

    /// The body, up to the text of the JWS.
    fn signed<E>(
        &mut self,
        mut signed: Signed,
        body: &[u8],
        sign: Option<&mut dyn FnMut(&[u8]) -> Result<Vec<u8>, E>>,
    ) -> Result<Vec<u8>, E> {
        if self.json(Layer::Header, &mut signed.header) {
            signed.header_text = signed.header.written();
        }
        if self.json(Layer::Payload, &mut signed.payload) {
            signed.payload_text = signed.payload.written();
        }
        self.bytes(Layer::HeaderText, &mut signed.header_text);
        self.bytes(Layer::PayloadText, &mut signed.payload_text);
        let mut codes = [&signed.header_text, &signed.payload_text]
            .map(|text| BASE64_URL_SAFE_NO_PAD.encode(text).into_bytes());
        self.bytes(Layer::HeaderCode, &mut codes[0]);
        self.bytes(Layer::PayloadCode, &mut codes[1]);
        let is_changed = !self.mutations.is_empty();
        if let (Some(sign), true) = (sign, is_changed) {
            let signature = sign(&codes.join(&b'.'))?;
            let [protected, payload] =
                codes.map(|code| String::from_utf8_lossy(&code).into_owned());
            signed.jws.set("protected", Node::text(protected));
            signed.jws.set("payload", Node::text(payload));
            signed.jws.set("signature", Node::text(BASE64_URL_SAFE_NO_PAD.encode(signature)));
        }
        let is_other = self.json(Layer::Jws, &mut signed.jws);
        Ok(if is_changed || is_other { signed.jws.written() } else { body.to_vec() })
    }

    fn json(&mut self, layer: Layer, node: &mut Node) -> bool {
        self.layer(
            layer,
            node,
            |node| node.written().len(),
            |act, node, dice| match act {
                Act::Json(act) => act(node, dice),
                _ => None,
            },
        )
    }

    fn bytes(&mut self, layer: Layer, bytes: &mut Vec<u8>) -> bool {
        self.layer(layer, bytes, Vec::len, |act, bytes, dice| match act {
            Act::Bytes(act) => act(bytes, dice),
            _ => None,
        })
    }

    /// The bytes of the request if HTTP is told wrong in it.
    fn http(&mut self, request: &Request) -> Option<Vec<u8>> {
        let mut http = Http::of(request)?;
        let size = |http: &Http| http.wire().len();
        let is_changed = self.layer(Layer::Http, &mut http, size, |act, http, dice| match act {
            Act::Http(act) => act(http, dice),
            _ => None,
        });
        is_changed.then(|| http.wire())
    }

    /// Does to `thing` what was picked for `layer`; whether anything was done. What makes it too large is
    /// undone.
    fn layer<T: Clone>(
        &mut self,
        layer: Layer,
        thing: &mut T,
        size: impl Fn(&T) -> usize,
        act: impl Fn(Act, &mut T, &mut Dice) -> Done,
    ) -> bool {
        let before = self.mutations.len();
        for at in self.picked.clone() {
            let mutator = &MUTATORS[at];
            if mutator.layer != layer {
                continue;
            }
            let mut changed = thing.clone();
            let Some(told) = act(mutator.act, &mut changed, &mut roll(self.seed, at)) else {
                continue;
            };
            let bytes = size(&changed);
            if bytes > MAX_BYTES && bytes > size(thing) {
                continue;
            }
            *thing = changed;
            self.mutations.push(format!("{} ({told})", mutator.describe()));
            self.may_be_valid |= mutator.may_be_valid();
        }
        self.mutations.len() > before
    }
}

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
    Work { seed, picked, mutations: Vec::new(), may_be_valid: false }.apply(request, draft, sign)
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

    /// The JSON of `layer`.
    fn node(&self, layer: Layer) -> Option<Node> {
        let signed = self.signed.as_ref()?;
        Some(match layer {
            Layer::Header => signed.header.clone(),
            Layer::Payload => signed.payload.clone(),
            _ => signed.jws.clone(),
        })
    }

    /// The text of `layer`.
    fn bytes(&self, layer: Layer) -> Option<Vec<u8>> {
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
    let size = match MUTATORS[at].act {
        Act::Json(act) => draft.node(MUTATORS[at].layer).and_then(|mut node| {
            act(&mut node, &mut dice)?;
            Some(node.written().len())
        }),
        Act::Bytes(act) => draft.bytes(MUTATORS[at].layer).and_then(|mut bytes| {
            act(&mut bytes, &mut dice)?;
            Some(bytes.len())
        }),
        Act::Http(act) => draft.http.clone().and_then(|mut http| {
            act(&mut http, &mut dice)?;
            Some(http.wire().len())
        }),
    };
    size.is_some_and(|size| size <= MAX_BYTES)
}

fn encoded(text: &[u8]) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.encode(text).into_bytes()
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
        // A request to which nothing could be done is as right as it was.
        let may_be_valid = self.may_be_valid || self.mutations.is_empty();
        Ok(Mutated { request, wire, mutations: self.mutations, may_be_valid })
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
        let mut codes = [&signed.header_text, &signed.payload_text].map(|text| encoded(text));
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// What a client sends whose nonce, account and names are of these lengths.
    fn requests(nonce: &str, account: &str, name: &str) -> Vec<Request> {
        let key = r#"{"crv":"P-256","kty":"EC","x":"_Q8HPL18rqLj-5Bn8Lmq4uG2y8FQGwAAJ7qTq4QWKFo","y":"H3kQvNxoT5eGZwXWhbBdXcO2E4nzUpP2KUG3c4fJ2lo"}"#;
        let inner = r#"{"protected":"eyJhbGciOiJFUzI1NiJ9","payload":"eyJhIjoxfQ","signature":"AAAAAAAAAAA"}"#;
        let order = format!(r#"{{"identifiers":[{{"type":"dns","value":"{name}"}}]}}"#);
        let payloads = [
            r#"{"termsOfServiceAgreed":true}"#,
            &order,
            r#"{"csr":"MIIBBDCBqwIBADAAMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"}"#,
            r#"{"certificate":"MIIBBDCBqwIBADAAMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"}"#,
            inner,
            "{}",
            "",
        ];
        let who = |payload: &str| match payload.contains("terms") {
            true => format!(r#""jwk":{key}"#),
            false => format!(r#""kid":"http://127.0.0.1:1/acct/{account}""#),
        };
        let mut requests: Vec<_> = payloads
            .iter()
            .map(|payload| {
                let who = who(payload);
                let header = format!(r#"{{"alg":"ES256",{who},"nonce":"{nonce}","url":"http://127.0.0.1:1/x/{account}"}}"#);
                let input = jws::signing_input(header.as_bytes(), payload.as_bytes());
                Request {
                    method: "POST".to_owned(),
                    url: format!("http://127.0.0.1:1/x/{account}"),
                    headers: vec![("Content-Type".into(), "application/jose+json".into())],
                    body: jws::flatten(&input, &signature(input.as_bytes()), None).into_bytes(),
                }
            })
            .collect();
        let get = Request {
            method: "GET".into(),
            headers: Vec::new(),
            body: Vec::new(),
            ..requests[0].clone()
        };
        requests.push(get);
        requests
    }

    /// 64 bytes that depend on all of the message, which is all that is asked of a signature here.
    fn signature(message: &[u8]) -> Vec<u8> {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, message);
        digest.as_ref().to_vec()
    }

    fn signed(message: &[u8]) -> Result<Vec<u8>, Infallible> {
        Ok(signature(message))
    }

    fn only(request: &Request, at: usize, seed: u64) -> Option<Mutated> {
        let draft = Draft::of(request);
        let picked = if applies(&draft, at, seed) { vec![at] } else { return None };
        let work = Work { seed, picked, mutations: Vec::new(), may_be_valid: false };
        let Ok(mutated) = work.apply(request, draft, Some(&mut signed));
        Some(mutated)
    }

    fn any(request: &Request, count: usize, seed: u64) -> Mutated {
        let Ok(mutated) = mutate(request, count, seed, Some(&mut signed));
        mutated
    }

    fn size(mutated: &Mutated) -> usize {
        mutated.request.body.len().max(mutated.wire.as_ref().map_or(0, Vec::len))
    }

    fn is_other(mutated: &Mutated, request: &Request) -> bool {
        let right = Http::of(request).expect("it has a server").wire();
        mutated.request != *request || mutated.wire.as_ref().is_some_and(|wire| *wire != right)
    }

    #[test]
    fn each_mutator_changes_something_and_the_same_again() {
        let requests = requests("bm9uY2U", "17", "a.example");
        for (at, mutator) in MUTATORS.iter().enumerate() {
            let mut applied = 0;
            for (request, seed) in
                requests.iter().flat_map(|it| (0..12).map(move |seed| (it, seed)))
            {
                let Some(mutated) = only(request, at, seed) else { continue };
                let told = format!("{:?}, seed {seed}", mutated.mutations);
                assert_eq!(mutated.mutations.len(), 1, "{told}");
                assert!(is_other(&mutated, request), "nothing changed: {told}");
                assert!(size(&mutated) <= 2 * MAX_BYTES, "{} bytes: {told}", size(&mutated));
                assert_eq!(mutated.may_be_valid, mutator.may_be_valid());
                assert_eq!(Some(mutated), only(request, at, seed));
                applied += 1;
            }
            assert!(applied > 0, "{} does nothing to any request", mutator.describe());
        }
    }

    #[test]
    fn nonces_and_ids_do_not_matter() {
        let one = requests("bm9uY2U", "17", "a.example");
        let other = requests("AAAAAAAAAAAAAAAAAAAAAAA", "1234567890123", "b-b.example.com");
        for (one, other) in one.iter().zip(&other) {
            for seed in 0..400 {
                let (count, seed) = (1 + seed as usize % 4, 1_000 + seed);
                assert_eq!(any(one, count, seed).mutations, any(other, count, seed).mutations);
            }
        }
    }

    #[test]
    fn many_at_once_stay_within_bounds() {
        for request in requests("bm9uY2U", "17", "a.example") {
            for seed in 0..20 {
                let mutated = any(&request, MAX_COUNT, seed);
                assert!(mutated.mutations.len() > 5);
                assert!(mutated.may_be_valid, "one of them may be");
                assert!(size(&mutated) < 6 * MAX_BYTES, "{} bytes", size(&mutated));
                assert!(is_other(&mutated, &request));
            }
        }
    }

    /// What is changed inside is signed; what is changed after that is not.
    #[test]
    fn signatures_cover_what_is_changed_inside() {
        let request = &requests("bm9uY2U", "17", "a.example")[1];
        let mut covered = [0, 0];
        for seed in 0..600 {
            let mutated = any(request, 1, seed);
            let Ok(text) = std::str::from_utf8(&mutated.request.body) else { continue };
            let Ok(parts) = jws::decode(text) else { continue };
            let input = jws::signing_input(&parts.protected, &parts.payload);
            let is_covered = signature(input.as_bytes()) == parts.signature;
            let what = &mutated.mutations[0];
            let inside = what.starts_with("header: ") || what.starts_with("payload: ");
            assert!(is_covered || !inside, "{what}");
            if what.starts_with("JWS: a bit of the signature") || what.contains("than was signed") {
                assert!(!is_covered, "{what}");
                covered[1] += 1;
            }
            covered[0] += usize::from(inside);
        }
        assert!(covered[0] > 50 && covered[1] > 3, "{covered:?}");
    }

    /// Without a key nothing is changed that would have to be signed again.
    #[test]
    fn without_a_key_the_signature_stays() {
        let request = &requests("bm9uY2U", "17", "a.example")[1];
        for seed in 0..200 {
            let Ok(mutated) = mutate::<Infallible>(request, 3, seed, None);
            let inside = ["header", "payload"]
                .map(|part| mutated.mutations.iter().any(|what| what.starts_with(part)));
            assert_eq!(inside, [false, false], "{:?}", mutated.mutations);
        }
    }
}

//! What ACME puts into headers and payloads (RFC 8555 sections 6.2 and 7), with other values.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::bytes::{flip, truncate};
use super::dice::Dice;
use super::mutator::Done;
use super::node::Node;
use super::pick::{self, is_text};

const ALGS: [&str; 14] = [
    "none", "None", "HS256", "RS256", "RS1", "PS256", "ES384", "ES512", "ES256K", "EdDSA",
    "RSA-OAEP", "dir", "", "es256",
];
const NONCES: [&str; 8] =
    ["", "AAAA", "AA==", "a nonce", "\u{e9}", "0", "../nonce", "AAAAAAAAAAAAAAAAAAAAAA"];
const URLS: [&str; 10] = [
    "",
    "/",
    "http://",
    "https://ca.example/new-order",
    "file:///etc/passwd",
    "//127.0.0.1/",
    "urn:x",
    "http://[::1",
    "https://127.0.0.1:99999/",
    "javascript:1",
];
const KIDS: [&str; 8] = [
    "",
    "0",
    "-1",
    "https://ca.example/acct/1",
    "/acct/1",
    "99999999999999999999",
    "%00",
    "acct/../1",
];

/// Header members that change what the others mean, or would if somebody looked at them.
const EXTENSIONS: [(&str, &str); 8] = [
    ("b64", "true"),
    ("typ", "\"JWT\""),
    ("cty", "5"),
    ("zip", "\"DEF\""),
    ("jku", "\"http://127.0.0.1:9/jwks\""),
    ("x5u", "\"http://127.0.0.1:9/\""),
    ("x5c", "[\"MIIB\"]"),
    ("x5t#S256", "null"),
];
/// RFC 7515 section 4.1.11: what is listed must be understood.
const CRIT: [&str; 3] = ["[\"coyote\"]", "\"exp\"", "[[\"exp\"]]"];
/// What the same section forbids senders, without telling receivers to mind.
const ODD_CRIT: [&str; 2] = ["[]", "[\"alg\"]"];

/// Keys that no library should take: too small, off their curve, of the wrong kind, secret.
const KEYS: [&str; 11] = [
    r#"{"kty":"oct","k":"AAAA"}"#,
    r#"{"kty":"RSA","n":"AQAB","e":"AQ"}"#,
    r#"{"kty":"RSA","n":"","e":""}"#,
    r#"{"kty":"RSA","n":"_____________________________________________________________________________________w","e":"_____w"}"#,
    r#"{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
    r#"{"kty":"EC","crv":"P-256","x":"__________________________________________8","y":"__________________________________________8"}"#,
    r#"{"kty":"EC","crv":"P-256","x":"","y":""}"#,
    r#"{"kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ"}"#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
    r#"{"kty":"OKP","crv":"X25519","x":"AA"}"#,
    "{}",
];

/// Members that RFC 8555, RFC 9773 and drafts know somewhere, with values that are wrong or at the edge.
const KNOWN: [(&str, &str); 34] = [
    ("identifiers", "[]"),
    ("identifiers", "[null]"),
    ("identifiers", "[[\"dns\",\"a.example\"]]"),
    ("identifiers", "[{\"type\":\"ip\",\"value\":\"fe80::1%eth0\"}]"),
    ("identifiers", "[{\"type\":\"email\",\"value\":\"a@b.example\"}]"),
    ("identifier", "{\"type\":\"dns\",\"value\":\"*.a.example\"}"),
    ("notBefore", "\"tomorrow\""),
    ("notBefore", "\"0000-00-00T00:00:00Z\""),
    ("notBefore", "0"),
    ("notAfter", "\"9999-12-31T23:59:60.999999999999Z\""),
    ("notAfter", "\"1970-01-01T00:00:00+24:00\""),
    ("notAfter", "\"-1-01-01T00:00:00Z\""),
    ("replaces", "\"\""),
    ("replaces", "\".\""),
    ("replaces", "\"AA.AA.AA\""),
    ("profile", "\"\""),
    ("profile", "\"no-such-profile\""),
    ("profile", "{}"),
    ("contact", "[\"mailto:\"]"),
    ("contact", "[\"tel:+1\",\"mailto:a@b.example,c@d.example\"]"),
    ("contact", "\"mailto:a@b.example\""),
    ("contact", "[\"mailto:\\u0000@\\r\\n.example\"]"),
    ("onlyReturnExisting", "\"true\""),
    ("onlyReturnExisting", "1"),
    ("termsOfServiceAgreed", "\"yes\""),
    ("externalAccountBinding", "{}"),
    ("externalAccountBinding", "{\"protected\":\"e30\",\"payload\":\"e30\",\"signature\":\"\"}"),
    ("reason", "-1"),
    ("reason", "7"),
    ("reason", "4294967296"),
    ("reason", "1.5"),
    ("status", "\"revoked\""),
    ("certificate", "\"MAA\""),
    ("csr", "\"MAA\""),
];

// ---- The protected header

pub(super) fn alg(header: &mut Node, dice: &mut Dice) -> Done {
    replaced(header, "alg", dice.pick(&ALGS))
}

pub(super) fn nonce(header: &mut Node, dice: &mut Dice) -> Done {
    replaced(header, "nonce", dice.pick(&NONCES))
}

pub(super) fn url(header: &mut Node, dice: &mut Dice) -> Done {
    replaced(header, "url", dice.pick(&URLS))
}

pub(super) fn kid(header: &mut Node, dice: &mut Dice) -> Done {
    replaced(header, "kid", dice.pick(&KIDS))
}

fn replaced(header: &mut Node, name: &str, new: &str) -> Done {
    let text = header.text_mut(name)?;
    if text == new {
        text.push('A');
    } else {
        new.clone_into(text);
    }
    Some(format!("{new:?}"))
}

pub(super) fn key(header: &mut Node, dice: &mut Dice) -> Done {
    let new = dice.pick(&KEYS);
    let Node::Object(members) = header else { return None };
    members.retain(|member| !member.is("kid"));
    header.set("jwk", Node::raw(new));
    Some(new.chars().take(40).collect())
}

/// RFC 8555 section 6.2: one of them, never both.
pub(super) fn both_keys(header: &mut Node, dice: &mut Dice) -> Done {
    let key = dice.pick(&KEYS);
    if header.get("kid").is_some() {
        header.set("jwk", Node::raw(key));
    } else {
        header.get("jwk")?;
        header.set("kid", Node::text(dice.pick(&KIDS)));
    }
    Some("kid and jwk".to_owned())
}

pub(super) fn crit(header: &mut Node, dice: &mut Dice) -> Done {
    let new = dice.pick(&CRIT);
    header.set("crit", Node::raw(new));
    Some(new.to_owned())
}

pub(super) fn odd_crit(header: &mut Node, dice: &mut Dice) -> Done {
    let new = dice.pick(&ODD_CRIT);
    header.set("crit", Node::raw(new));
    Some(new.to_owned())
}

pub(super) fn extension(header: &mut Node, dice: &mut Dice) -> Done {
    let (name, value) = dice.pick(&EXTENSIONS);
    header.set(name, Node::raw(value));
    Some(format!("{name} {value}"))
}

// ---- The payload

pub(super) fn known_member(payload: &mut Node, dice: &mut Dice) -> Done {
    let (name, value) = dice.pick(&KNOWN);
    if !matches!(payload, Node::Object(_)) {
        return None;
    }
    payload.set(name, Node::raw(value));
    Some(format!("{name} {value}"))
}

/// One bit of a CSR, which is signed itself.
pub(super) fn csr(payload: &mut Node, dice: &mut Dice) -> Done {
    decoded(payload, "csr", |bytes| flip(bytes, dice))
}

pub(super) fn csr_cut(payload: &mut Node, dice: &mut Dice) -> Done {
    decoded(payload, "csr", |bytes| truncate(bytes, dice))
}

pub(super) fn certificate(payload: &mut Node, dice: &mut Dice) -> Done {
    decoded(payload, "certificate", |bytes| flip(bytes, dice))
}

pub(super) fn certificate_cut(payload: &mut Node, dice: &mut Dice) -> Done {
    decoded(payload, "certificate", |bytes| truncate(bytes, dice))
}

/// One bit of the JWS within: of its header, its payload or its signature.
pub(super) fn inner(payload: &mut Node, dice: &mut Dice) -> Done {
    payload.get("signature")?;
    decoded(payload, dice.pick(&["protected", "payload", "signature"]), |bytes| flip(bytes, dice))
}

/// What is encoded in it is cut off or changed, wherever it is.
pub(super) fn embedded(payload: &mut Node, dice: &mut Dice) -> Done {
    let (label, node) = pick::slot(payload, dice, is_text)?;
    let Node::Text(text) = node else { return None };
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&*text).unwrap_or_else(|_| text.clone().into());
    // A string may be empty, and then stays no longer so.
    if bytes.is_empty() {
        bytes.push(0);
    }
    flip(&mut bytes, dice)?;
    *text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Some(label)
}

/// Changes what the member `name` encodes, if it is there.
fn decoded(
    payload: &mut Node,
    name: &str,
    change: impl FnOnce(&mut Vec<u8>) -> Option<()>,
) -> Done {
    let text = payload.text_mut(name)?;
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&*text).ok()?;
    change(&mut bytes)?;
    *text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Some(name.to_owned())
}

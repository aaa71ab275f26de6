//! `jws`: signed requests, open at every joint.

mod header;
mod parts;

use rhai::plugin::*;
use rhai::{Blob, Dynamic, Map};

use self::header::{default_header, protected_json, unprotected_json};
use super::convert::{Options, ScriptResult, at, bytes_of, throw, type_word};
use super::json;
use super::key::{key_error, work};
use crate::error::HostError;
use crate::jose::alg::Alg;
use crate::jose::jws;
use crate::pki::key::PrivateKey;

/// Signed requests (JWS, RFC 7515) as ACME uses them (RFC 8555 section 6.2), and every way to get
/// one wrong.
///
/// `jws::sign` makes a right one. Its options replace single header members or the whole header;
/// `jws::header`, `jws::signing_input`, `jws::signature` and `jws::assemble` are the same steps one
/// at a time, for whatever the options cannot say.
#[export_module]
mod api {
    /// Signs a payload under the default header without nonce and URL.
    ///
    /// See the overload with options.
    #[rhai_fn(name = "sign", return_raw)]
    pub fn sign_plain(
        ctx: NativeCallContext,
        key: PrivateKey,
        payload: Dynamic,
    ) -> ScriptResult<String> {
        super::at(&ctx, super::sign(&key, &payload, Map::new()))
    }

    /// Signs a payload and returns the flattened JWS as text, ready to be posted.
    ///
    /// The payload is a map or an array (sent as JSON), or a string or blob (sent byte by byte);
    /// `""` makes a POST-as-GET (RFC 8555 section 6.3). The protected header has `alg`, `nonce` and
    /// `url` as given, and `kid` if given, else the key's `jwk`. Options:
    /// - `url`, `nonce`, `kid`: strings for the header.
    /// - `jwk`: another JWK for the header: a key, a map, or a string with its JSON text.
    /// - `header`: a map whose members replace the default ones or are added; a member that is `()`
    ///   is left out.
    /// - `raw_header`: the whole protected header instead: a string or blob is sent as it is, a map
    ///   as JSON; `url`, `nonce`, `kid`, `jwk`, `alg` and `header` are then not looked at.
    /// - `unprotected`: a map for the JWS's unprotected `header` member, which ACME forbids.
    /// - `sign_alg`: the algorithm to sign with, instead of the key's own: `PS256`, or `RS1` (SHA-1).
    /// - `alg`: the name that the header gives, whatever the algorithm is.
    ///
    /// RSA signatures run beside the shard. Throws kind `key` when the key cannot do `sign_alg`,
    /// `json` when the payload holds something that JSON cannot.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// let text = jws::sign(k, #{ contact: [] }, #{ url: "https://ca/new-account", nonce: "n" });
    /// let sent = jws::decode(text);
    /// check::that("header", sent.header.alg == "ES256" && sent.header.nonce == "n");
    /// check::that("carries the key", sent.header.jwk == k.jwk());
    ///
    /// let wrong = jws::sign(k, "", #{ url: "u", nonce: "n", header: #{ alg: "none", nonce: () } });
    /// check::that("no nonce", !("nonce" in jws::decode(wrong).header));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sign(
        ctx: NativeCallContext,
        key: PrivateKey,
        payload: Dynamic,
        options: Map,
    ) -> ScriptResult<String> {
        super::at(&ctx, super::sign(&key, &payload, options))
    }

    /// Signs with a shared secret (HS256), as external account binding does (RFC 8555 section 7.3.4).
    ///
    /// The secret is a blob or a string, byte by byte: decode what the CA gave as base64url. The
    /// header has `alg` `HS256`, and `kid`, `nonce` and `url` if given. Options as `jws::sign`,
    /// except `sign_alg`.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// let secret = codec::base64url_decode("c2VjcmV0");
    /// let text = jws::hmac(secret, k.jwk(), #{ kid: "kid-1", url: "https://ca/new-account" });
    /// check::that("names the account", jws::decode(text).header.kid == "kid-1");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn hmac(
        ctx: NativeCallContext,
        secret: Dynamic,
        payload: Dynamic,
        options: Map,
    ) -> ScriptResult<String> {
        super::at(&ctx, super::hmac(&secret, &payload, options))
    }

    /// The protected header that `jws::sign` would use, as a map to change.
    ///
    /// Options: `url`, `nonce`, `kid`, `jwk`, `alg` and `header`, as `jws::sign` takes them.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// let header = jws::header(k, #{ url: "https://ca/new-order", nonce: "n", kid: "https://ca/1" });
    /// check::that("kid in place of jwk", header.kid == "https://ca/1" && !("jwk" in header));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn header(ctx: NativeCallContext, key: PrivateKey, options: Map) -> ScriptResult<Map> {
        super::at(&ctx, super::header(&key, options))
    }

    /// What a signature covers: `base64url(protected).base64url(payload)` (RFC 7515 section 5.1).
    ///
    /// Each is a string or blob (taken byte by byte), or a map or array (as JSON).
    ///
    /// # Example
    /// ```rhai
    /// check::that("both encoded", jws::signing_input("{}", "hi") == "e30.aGk");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn signing_input(
        ctx: NativeCallContext,
        protected: Dynamic,
        payload: Dynamic,
    ) -> ScriptResult<String> {
        super::at(&ctx, super::signing_input(&protected, &payload))
    }

    /// The raw signature of some bytes with the key's own algorithm.
    ///
    /// See the overload with options.
    #[rhai_fn(name = "signature", return_raw)]
    pub fn signature_plain(
        ctx: NativeCallContext,
        key: PrivateKey,
        data: Dynamic,
    ) -> ScriptResult<Blob> {
        super::at(&ctx, super::signature(&key, &data, Map::new()))
    }

    /// The raw signature of a string or blob, as a blob; `r || s` for EC keys (RFC 7518 section 3.4).
    ///
    /// Options: `sign_alg`, as `jws::sign` takes it. Throws kind `key` when the key cannot do it.
    ///
    /// # Example
    /// ```rhai
    /// let signature = jws::signature(key::generate(), jws::signing_input("{}", ""));
    /// check::that("two 32-byte numbers", signature.len() == 64);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn signature(
        ctx: NativeCallContext,
        key: PrivateKey,
        data: Dynamic,
        options: Map,
    ) -> ScriptResult<Blob> {
        super::at(&ctx, super::signature(&key, &data, options))
    }

    /// A JSON object from parts that are taken as they are, however wrong.
    ///
    /// The parts are a map, or an array of `[name, value]` pairs where order and repeats matter. A
    /// string stays that string (so encode it first), a blob is base64url encoded, and all else is
    /// written as JSON. In a map, `protected` is a word that Rhai reserves: write `"protected"`.
    ///
    /// # Example
    /// ```rhai
    /// let text = jws::assemble([["protected", "e30"], ["signature", blob(3)], ["protected", 5]]);
    /// check::that("verbatim", text == `{"protected":"e30","signature":"AAAA","protected":5}`);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn assemble(ctx: NativeCallContext, parts: Dynamic) -> ScriptResult<String> {
        super::at(&ctx, super::parts::assemble(&parts))
    }

    /// A compact JWS, `protected.payload.signature`, from parts that are taken as they are.
    ///
    /// A string stays that string (so encode it first), a blob is base64url encoded.
    ///
    /// # Example
    /// ```rhai
    /// check::that("joined", jws::compact("e30", "", blob(3)) == "e30..AAAA");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn compact(
        ctx: NativeCallContext,
        protected: Dynamic,
        payload: Dynamic,
        signature: Dynamic,
    ) -> ScriptResult<String> {
        super::at(&ctx, super::parts::compact([&protected, &payload, &signature]))
    }

    /// Takes a flattened or compact JWS apart, without checking its signature.
    ///
    /// Returns a map: `header` (the protected one, a map), `payload` (parsed if it is a JSON object or
    /// array, else a string, or a blob if it is not text), `signature` (a blob), `unprotected` (a map,
    /// if there is any). Throws kind `json` when the text is no JWS.
    ///
    /// # Example
    /// ```rhai
    /// let sent = jws::decode(jws::sign(key::generate(), #{ a: 1 }));
    /// check::that("payload", sent.payload.a == 1);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn decode(ctx: NativeCallContext, text: &str) -> ScriptResult<Map> {
        super::at(&ctx, super::parts::decode(text))
    }
}

/// The module, for the registry.
pub fn module() -> Module {
    exported_module!(api)
}

pub(super) const SIGN_OPTIONS: [&str; 9] =
    ["url", "nonce", "kid", "jwk", "alg", "sign_alg", "header", "raw_header", "unprotected"];
pub(super) const HMAC_OPTIONS: [&str; 8] =
    ["url", "nonce", "kid", "jwk", "alg", "header", "raw_header", "unprotected"];
pub(super) const HEADER_OPTIONS: [&str; 6] = ["url", "nonce", "kid", "jwk", "alg", "header"];

fn sign(key: &PrivateKey, payload: &Dynamic, options: Map) -> ScriptResult<String> {
    let mut options = Options::new("jws::sign", options, &SIGN_OPTIONS).map_err(throw)?;
    let alg = sign_alg(&mut options, key)?;
    let protected = protected_json(&mut options, alg.as_str(), Some(key))?;
    let input = jws::signing_input(&protected, &payload_bytes(payload)?);
    let unprotected = unprotected_json(&mut options)?;
    let signature = raw_signature(key, alg, input.as_bytes())?;
    Ok(jws::flatten(&input, &signature, unprotected.as_deref()))
}

fn hmac(secret: &Dynamic, payload: &Dynamic, options: Map) -> ScriptResult<String> {
    let mut options = Options::new("jws::hmac", options, &HMAC_OPTIONS).map_err(throw)?;
    let protected = protected_json(&mut options, "HS256", None)?;
    let input = jws::signing_input(&protected, &payload_bytes(payload)?);
    let unprotected = unprotected_json(&mut options)?;
    let signature = jws::hs256(&bytes_of(secret).map_err(throw)?, input.as_bytes());
    Ok(jws::flatten(&input, &signature, unprotected.as_deref()))
}

fn header(key: &PrivateKey, options: Map) -> ScriptResult<Map> {
    let mut options = Options::new("jws::header", options, &HEADER_OPTIONS).map_err(throw)?;
    let text = default_header(&mut options, key.kind().alg().as_str(), Some(key))?;
    parts::parse_map(&text)
}

fn signing_input(protected: &Dynamic, payload: &Dynamic) -> ScriptResult<String> {
    Ok(jws::signing_input(&payload_bytes(protected)?, &payload_bytes(payload)?))
}

fn signature(key: &PrivateKey, data: &Dynamic, options: Map) -> ScriptResult<Blob> {
    let mut options = Options::new("jws::signature", options, &["sign_alg"]).map_err(throw)?;
    let alg = sign_alg(&mut options, key)?;
    raw_signature(key, alg, &bytes_of(data).map_err(throw)?)
}

fn sign_alg(options: &mut Options, key: &PrivateKey) -> ScriptResult<Alg> {
    match options.string("sign_alg").map_err(throw)? {
        None => Ok(key.kind().alg()),
        Some(name) => {
            name.parse().map_err(|error| throw(options.wrong("sign_alg", &format!("{error}"))))
        }
    }
}

/// Signs in place unless the key is slow, for only then the message has to be copied.
fn raw_signature(key: &PrivateKey, alg: Alg, message: &[u8]) -> ScriptResult<Blob> {
    if !key.kind().is_slow() {
        return key.sign(alg, message).map_err(key_error);
    }
    let (key, message) = (key.clone(), message.to_vec());
    work(key.kind(), move || key.sign(alg, &message))
}

/// A payload or header as bytes: strings and blobs as they are, maps and arrays as JSON.
fn payload_bytes(value: &Dynamic) -> ScriptResult<Vec<u8>> {
    if value.is_map() || value.is_array() {
        return json::to_json(value).map_err(throw);
    }
    bytes_of(value).map(|bytes| bytes.to_vec()).map_err(|_| {
        let word = type_word(value);
        throw(HostError::argument(format!("want map, array, string or blob to sign, got {word}")))
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;
    use crate::error::ErrorKind;
    use crate::host::key;
    use crate::host::testing::{eval, host_error};

    fn run<T: Clone + 'static>(script: &str) -> ScriptResult<T> {
        eval(&[("jws", module), ("key", key::module)], script)
    }

    /// The protected header's text of what `script` signs.
    fn protected(script: &str) -> String {
        let text = run::<String>(&format!("let k = key::generate(); {script}")).expect("signs");
        String::from_utf8(jws::decode(&text).expect("JWS").protected).expect("text")
    }

    #[test]
    fn signed_requests_verify() {
        let script = r#"let k = key::generate();
            [k, jws::sign(k, #{ a: [1] }, #{ url: "u", nonce: "n", unprotected: #{ x: 1 } })]"#;
        let [key, text] = run::<rhai::Array>(script).expect("signs").try_into().expect("pair");
        let (key, text) = (key.cast::<PrivateKey>(), text.cast::<String>());
        let parts = jws::decode(&text).expect("JWS");
        assert_eq!(parts.payload, br#"{"a":[1]}"#);
        assert_eq!(parts.unprotected.as_deref(), Some(r#"{"x":1}"#));
        let input = jws::signing_input(&parts.protected, &parts.payload);
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_bytes());
        assert!(public.verify(input.as_bytes(), &parts.signature).is_ok());
        let jwk = key.jwk_json().expect("EC key");
        let header = format!(r#"{{"alg":"ES256","nonce":"n","url":"u","jwk":{jwk}}}"#);
        assert_eq!(parts.protected, header.as_bytes());
    }

    #[test]
    fn header_members_can_be_replaced_added_and_removed() {
        let header = protected(r#"jws::sign(k, "", #{ url: "u", nonce: "n", kid: "i" })"#);
        assert_eq!(header, r#"{"alg":"ES256","nonce":"n","url":"u","kid":"i"}"#);
        let header = protected(
            r#"jws::sign(k, "", #{ url: "u", nonce: "n", kid: "i", alg: "none",
                header: #{ nonce: (), url: 5, typ: "x" } })"#,
        );
        assert_eq!(header, r#"{"alg":"none","kid":"i","typ":"x","url":5}"#);
        let header = protected(r#"jws::sign(k, "", #{ jwk: "{", kid: "i" })"#);
        assert_eq!(header, r#"{"alg":"ES256","kid":"i","jwk":{}"#);
    }

    #[test]
    fn the_whole_header_can_be_replaced() {
        assert_eq!(
            protected(r#"jws::sign(k, "", #{ url: "u", raw_header: "{not json" })"#),
            "{not json"
        );
        assert_eq!(protected(r#"jws::sign(k, "", #{ raw_header: #{} })"#), "{}");
        assert_eq!(protected(r#"jws::sign(k, "", #{ raw_header: "" })"#), "");
    }

    #[test]
    fn steps_make_what_sign_makes() {
        // Ed25519 signatures are deterministic, so both ways give the same text.
        let script = r#"
            let k = key::generate("Ed25519");
            let options = #{ url: "u", nonce: "n", kid: "i" };
            let header = jws::header(k, options);
            let input = jws::signing_input(header, "hi");
            let parts = input.split(".");
            let text = jws::assemble([["protected", parts[0]], ["payload", parts[1]],
                                      ["signature", jws::signature(k, input)]]);
            [text, jws::sign(k, "hi", #{ raw_header: header })]"#;
        let pair = run::<rhai::Array>(script).expect("signs");
        assert_eq!(pair[0].to_string(), pair[1].to_string());
    }

    #[test]
    fn parts_are_taken_as_they_are() {
        let text = run::<String>(r#"jws::assemble([["a", "x\""], ["a", blob(1)], ["a", ()]])"#);
        assert_eq!(text.expect("assembles"), r#"{"a":"x\"","a":"AA","a":null}"#);
        let text = run::<String>("jws::assemble(#{ payload: #{ b: 1 }, extra: 5 })");
        assert_eq!(text.expect("assembles"), r#"{"extra":5,"payload":{"b":1}}"#);
        assert_eq!(run::<String>(r#"jws::compact("", "!", blob(2))"#).expect("joins"), ".!.AAA");
    }

    #[test]
    fn external_account_binding_has_no_key() {
        let script = r#"jws::hmac("secret", #{}, #{ kid: "id", url: "u" })"#;
        let text = run::<String>(script).expect("signs");
        let parts = jws::decode(&text).expect("JWS");
        assert_eq!(parts.protected, br#"{"alg":"HS256","url":"u","kid":"id"}"#);
        let input = jws::signing_input(&parts.protected, b"{}");
        assert_eq!(parts.signature, jws::hs256(b"secret", input.as_bytes()));
    }

    #[test]
    fn other_algorithms_need_a_key_that_can() {
        let script =
            r#"jws::decode(jws::sign(key::generate("RSA-1024"), "", #{ sign_alg: "RS1" }))"#;
        let parts = run::<Map>(script).expect("signs");
        assert_eq!(parts["signature"].as_blob_ref().expect("blob").len(), 128);
        let script = r#"jws::sign(key::generate(), "", #{ sign_alg: "RS256" })"#;
        let error = host_error(run::<String>(script));
        assert_eq!(error, HostError::new(ErrorKind::Key, "a P-256 key cannot sign with RS256"));
        let script = r#"jws::sign(key::generate(), "", #{ sign_alg: "X" })"#;
        let error = host_error(run::<String>(script));
        assert!(error.message.contains("`sign_alg` of jws::sign: no signature algorithm `X`"));
    }

    #[test]
    fn payloads_that_mean_nothing_are_refused() {
        let error = host_error(run::<String>("jws::sign(key::generate(), 5)"));
        assert_eq!(error.message, "want map, array, string or blob to sign, got integer");
        let error = host_error(run::<String>("jws::sign(key::generate(), #{ a: blob(1) })"));
        assert_eq!(error.kind, ErrorKind::Json);
    }
}

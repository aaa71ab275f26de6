//! `key`: private keys. Parsing and fast signatures happen in place, RSA work beside the shard.

use rhai::plugin::*;
use rhai::{Dynamic, ImmutableString, Map};

use super::convert::{ScriptResult, at, ended, throw, throw_as, type_word};
use super::json;
use crate::attacker::fiber;
use crate::error::{ErrorKind, HostError};
use crate::jose::jwk::{self, Jwk};
use crate::pki::key::{KeyError, KeyKind, PrivateKey};

/// Private keys: make, read, write, and what ACME derives from them.
#[export_module]
mod api {
    /// A private key. Copying it copies a reference.
    pub type PrivateKey = crate::pki::key::PrivateKey;

    /// Makes a P-256 key.
    ///
    /// See the overload with a kind.
    #[rhai_fn(name = "generate", return_raw)]
    pub fn generate_p256(ctx: NativeCallContext) -> ScriptResult<PrivateKey> {
        super::at(&ctx, super::generate("P-256"))
    }

    /// Makes a key of a kind: `P-256`, `P-384`, `Ed25519`, or `RSA-N` with N bits (512 to 8192).
    ///
    /// The curves take 10 to 100 us. RSA-2048 takes 50 to 100 ms and RSA-4096 a second; that work
    /// runs beside the shard and delays only this chain. Sizes other than 2048, 3072, 4096 and 8192
    /// are for seeing weak keys rejected. Throws kind `key` for an unknown kind.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate("P-384");
    /// check::that("alg follows from the kind", k.alg == "ES384");
    /// check::that("RSA has bits", key::generate("RSA-1024").bits == 1024);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn generate(ctx: NativeCallContext, kind: &str) -> ScriptResult<PrivateKey> {
        super::at(&ctx, super::generate(kind))
    }

    /// Reads the first private key of a PEM text: PKCS#8, SEC1 or PKCS#1.
    ///
    /// Throws kind `key` when there is none, or it is encrypted or of another kind.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// let again = key::from_pem(k.pem());
    /// check::that("same key", again.thumbprint == k.thumbprint);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn from_pem(ctx: NativeCallContext, pem: &str) -> ScriptResult<PrivateKey> {
        super::at(&ctx, PrivateKey::from_pem(pem).map_err(super::key_error))
    }

    /// Reads a private JWK (RFC 7517), given as a map or as JSON text.
    ///
    /// Throws kind `key` when a member is missing or wrong.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate("Ed25519");
    /// let again = key::from_jwk(k.private_jwk());
    /// check::that("same key", again.thumbprint == k.thumbprint);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn from_jwk(ctx: NativeCallContext, jwk: Dynamic) -> ScriptResult<PrivateKey> {
        super::at(&ctx, super::from_jwk(&jwk))
    }

    /// The thumbprint of a JWK (RFC 7638), given as a map or as JSON text.
    ///
    /// For a key of one's own, the property `thumbprint` costs nothing. Throws kind `key` when a
    /// member is missing.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// check::that("same", key::thumbprint(k.jwk()) == k.thumbprint);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn thumbprint(ctx: NativeCallContext, jwk: Dynamic) -> ScriptResult<String> {
        super::at(&ctx, super::thumbprint_of(&jwk))
    }

    /// The key authorization `token.thumbprint` that answers a challenge (RFC 8555 section 8.1).
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// check::that("joined by a dot", key::authorization("tok", k) == "tok." + k.thumbprint);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn authorization(
        ctx: NativeCallContext,
        token: &str,
        key: PrivateKey,
    ) -> ScriptResult<String> {
        super::at(&ctx, key.authorization(token).map_err(super::key_error))
    }

    /// The kind, as `key::generate` takes it: `P-256`, `RSA-2048`.
    #[rhai_fn(global, get = "kind")]
    pub fn get_kind(key: &mut PrivateKey) -> String {
        key.kind().to_string()
    }

    /// The size in bits: of the curve, or of the RSA modulus.
    #[rhai_fn(global, get = "bits")]
    pub fn get_bits(key: &mut PrivateKey) -> i64 {
        key.kind().bits() as i64
    }

    /// The JWS algorithm that the key signs with unless told otherwise: `ES256`, `RS256`.
    #[rhai_fn(global, get = "alg")]
    pub fn get_alg(key: &mut PrivateKey) -> String {
        key.kind().alg().to_string()
    }

    /// The base64url SHA-256 thumbprint (RFC 7638), computed once.
    #[rhai_fn(global, get = "thumbprint", return_raw)]
    pub fn get_thumbprint(key: &mut PrivateKey) -> ScriptResult<String> {
        key.thumbprint().map(str::to_owned).map_err(super::key_error)
    }

    /// The public key as a JWK map (RFC 7517).
    ///
    /// # Example
    /// ```rhai
    /// let jwk = key::generate().jwk();
    /// check::that("EC, without the secret", jwk.kty == "EC" && !("d" in jwk));
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn jwk(key: &mut PrivateKey) -> ScriptResult<Map> {
        key.jwk_json().map_err(super::key_error).and_then(super::jwk_map)
    }

    /// The key with its secret as a JWK map (RFC 7517).
    ///
    /// # Example
    /// ```rhai
    /// check::that("has the secret", "d" in key::generate().private_jwk());
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn private_jwk(key: &mut PrivateKey) -> ScriptResult<Map> {
        super::private_jwk(key)
    }

    /// The key as PKCS#8 PEM.
    ///
    /// # Example
    /// ```rhai
    /// check::that("PKCS#8", key::generate().pem().starts_with("-----BEGIN PRIVATE KEY-----"));
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn pem(key: &mut PrivateKey) -> ScriptResult<String> {
        key.to_pem().map_err(super::key_error)
    }

    /// The public key as PEM (`SubjectPublicKeyInfo`).
    ///
    /// # Example
    /// ```rhai
    /// check::that("SPKI", key::generate().public_pem().starts_with("-----BEGIN PUBLIC KEY-----"));
    /// ```
    #[rhai_fn(global)]
    pub fn public_pem(key: &mut PrivateKey) -> String {
        key.public_pem()
    }
}

/// The module, for the registry.
pub fn module() -> Module {
    exported_module!(api)
}

/// A key failure as a script catches it: kind `key`.
#[allow(clippy::unnecessary_box_returns)] // Rhai's errors are boxed.
pub(super) fn key_error(error: KeyError) -> Box<EvalAltResult> {
    throw_as(ErrorKind::Key, &error)
}

/// Runs work with a key of `kind`: in place when it is quick, else beside the shard.
pub(super) fn work<T: Send + 'static>(
    kind: KeyKind,
    work: impl FnOnce() -> Result<T, KeyError> + Send + 'static,
) -> ScriptResult<T> {
    let result = if kind.is_slow() { fiber::offload(work).map_err(ended)? } else { work() };
    result.map_err(key_error)
}

fn generate(kind: &str) -> ScriptResult<PrivateKey> {
    let kind = kind.parse::<KeyKind>().map_err(key_error)?;
    work(kind, move || PrivateKey::generate(kind))
}

fn parse_jwk(jwk: &Dynamic) -> ScriptResult<Jwk> {
    if let Some(text) = jwk.read_lock::<ImmutableString>() {
        return Jwk::parse(&text).map_err(key_error);
    }
    if !jwk.is_map() {
        let word = type_word(jwk);
        return Err(throw(HostError::argument(format!("a JWK is a map or a string, not {word}"))));
    }
    let text = json::to_json(jwk).map_err(throw)?;
    serde_json::from_slice(&text).map_err(|error| key_error(KeyError::parse(error)))
}

fn from_jwk(jwk: &Dynamic) -> ScriptResult<PrivateKey> {
    parse_jwk(jwk)?.to_private_key().map_err(key_error)
}

fn thumbprint_of(jwk: &Dynamic) -> ScriptResult<String> {
    let canonical = parse_jwk(jwk)?.canonical_json().map_err(key_error)?;
    Ok(jwk::thumbprint(&canonical))
}

fn jwk_map(text: &str) -> ScriptResult<Map> {
    let value = json::parse(text.as_bytes()).map_err(throw)?;
    value.try_cast().ok_or_else(|| throw(HostError::new(ErrorKind::Internal, "JWK is no object")))
}

fn private_jwk(key: &PrivateKey) -> ScriptResult<Map> {
    let jwk = Jwk::private_of(key).map_err(key_error)?;
    jwk_map(&jwk.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::{eval, host_error};

    #[test]
    fn properties_and_round_trips() {
        let script = r#"
            let p = key::generate();
            let r = key::generate("RSA-1024");
            let e = key::from_pem(key::generate("Ed25519").pem());
            let again = key::from_jwk(r.private_jwk());
            [p.kind, p.bits, p.alg, r.kind, r.alg, e.alg, again.thumbprint == r.thumbprint,
             key::authorization("t", p) == "t." + key::thumbprint(p.jwk())]
        "#;
        let got = eval::<rhai::Array>(&[("key", module)], script).expect("runs");
        let text: Vec<_> = got.iter().map(ToString::to_string).collect();
        let want = ["P-256", "256", "ES256", "RSA-1024", "RS256", "EdDSA", "true", "true"];
        assert_eq!(text, want);
    }

    #[test]
    fn failures_have_kind_and_advice() {
        for (script, kind, message) in [
            (r#"key::generate("RSA-100")"#, ErrorKind::Key, "no key kind `RSA-100`: use P-256"),
            (r#"key::from_pem("x")"#, ErrorKind::Key, "not a usable key: no PRIVATE KEY"),
            (r#"key::from_jwk("{}")"#, ErrorKind::Key, "not a usable key: JWK: missing"),
            ("key::from_jwk(5)", ErrorKind::Argument, "a JWK is a map or a string, not integer"),
        ] {
            let error = host_error(eval::<PrivateKey>(&[("key", module)], script));
            assert_eq!(error.kind, kind, "{script}");
            assert!(error.message.starts_with(message), "{script}: {}", error.message);
        }
    }
}

//! `codec`: encodings, digests and JSON.

use aws_lc_rs::{digest, hmac};
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{
    BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD, Engine as Base64Engine,
};
use rhai::plugin::*;
use rhai::{Blob, Dynamic};

use super::convert::{ScriptResult, at, bytes_of, into_bytes, prefixed, throw};
use super::json;
use crate::error::HostError;

/// Encodings, digests and JSON. Wherever data goes in, a string (its UTF-8 bytes) or a blob will do.
#[export_module]
mod api {
    /// Data as base64url without padding (RFC 4648 section 5), as JOSE wants it.
    ///
    /// # Example
    /// ```rhai
    /// check::that("encoded", codec::base64url("hi?") == "aGk_");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn base64url(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<String> {
        super::named(&ctx, super::encode(&BASE64_URL_SAFE_NO_PAD, &data))
    }

    /// Data as base64url with padding, which JOSE forbids.
    ///
    /// # Example
    /// ```rhai
    /// check::that("padded", codec::base64url_padded("hi") == "aGk=");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn base64url_padded(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<String> {
        super::named(&ctx, super::encode(&BASE64_URL_SAFE, &data))
    }

    /// The bytes of a base64url text, padded or not, as a blob.
    ///
    /// Throws kind `argument` for any other character.
    ///
    /// # Example
    /// ```rhai
    /// check::that("decoded", codec::utf8(codec::base64url_decode("aGk")) == "hi");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn base64url_decode(ctx: NativeCallContext, text: &str) -> ScriptResult<Blob> {
        super::named(&ctx, super::decode(&super::URL_SAFE, "base64url", text))
    }

    /// Data as base64 with padding (RFC 4648 section 4).
    ///
    /// # Example
    /// ```rhai
    /// check::that("encoded", codec::base64("hi?") == "aGk/");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn base64(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<String> {
        super::named(&ctx, super::encode(&BASE64_STANDARD, &data))
    }

    /// The bytes of a base64 text, padded or not, as a blob.
    ///
    /// Throws kind `argument` for any other character.
    ///
    /// # Example
    /// ```rhai
    /// check::that("decoded", codec::base64_decode("AAE=") == codec::hex_decode("0001"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn base64_decode(ctx: NativeCallContext, text: &str) -> ScriptResult<Blob> {
        super::named(&ctx, super::decode(&super::STANDARD, "base64", text))
    }

    /// Data as lower-case hexadecimal digits.
    ///
    /// # Example
    /// ```rhai
    /// check::that("encoded", codec::hex("hi") == "6869");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn hex(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<String> {
        super::named(&ctx, super::hex_encode(&data))
    }

    /// The bytes of hexadecimal digits, in either case, as a blob.
    ///
    /// Throws kind `argument` for any other character or an odd number of digits.
    ///
    /// # Example
    /// ```rhai
    /// check::that("decoded", codec::utf8(codec::hex_decode("6869")) == "hi");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn hex_decode(ctx: NativeCallContext, text: &str) -> ScriptResult<Blob> {
        super::named(&ctx, super::hex_decode(text))
    }

    /// Whether a text is an IP address, of version 4 or 6 (as RFC 8738 identifiers write them).
    ///
    /// # Example
    /// ```rhai
    /// check::that("told apart", codec::is_ip("::1") && !codec::is_ip("1.example"));
    /// ```
    pub fn is_ip(text: &str) -> bool {
        text.parse::<std::net::IpAddr>().is_ok()
    }

    /// The SHA-1 digest of data, a blob of 20 bytes. Only for what is insecure on purpose.
    ///
    /// # Example
    /// ```rhai
    /// check::that("SHA-1", codec::hex(codec::sha1("")).starts_with("da39a3ee"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sha1(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<Blob> {
        super::named(&ctx, super::hash(&digest::SHA1_FOR_LEGACY_USE_ONLY, &data))
    }

    /// The SHA-256 digest of data, a blob of 32 bytes.
    ///
    /// # Example
    /// ```rhai
    /// check::that("SHA-256", codec::hex(codec::sha256("")).starts_with("e3b0c442"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sha256(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<Blob> {
        super::named(&ctx, super::hash(&digest::SHA256, &data))
    }

    /// The SHA-384 digest of data, a blob of 48 bytes.
    ///
    /// # Example
    /// ```rhai
    /// check::that("SHA-384", codec::hex(codec::sha384("")).starts_with("38b060a7"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn sha384(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<Blob> {
        super::named(&ctx, super::hash(&digest::SHA384, &data))
    }

    /// The HMAC-SHA256 of data under a key (RFC 2104), a blob of 32 bytes.
    ///
    /// # Example
    /// ```rhai
    /// let tag = codec::hmac_sha256("key", "The quick brown fox jumps over the lazy dog");
    /// check::that("HMAC", codec::hex(tag).starts_with("f7bc83f4"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn hmac_sha256(ctx: NativeCallContext, key: Dynamic, data: Dynamic) -> ScriptResult<Blob> {
        super::named(&ctx, super::hmac_sha256(&key, &data))
    }

    /// A value as JSON text; the members of maps come sorted by name.
    ///
    /// Throws kind `json` for what JSON cannot hold (blobs, functions, NaN) and for nesting deeper
    /// than 127.
    ///
    /// # Example
    /// ```rhai
    /// check::that("JSON", codec::json(#{ b: [1, ()], a: "x" }) == `{"a":"x","b":[1,null]}`);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn json(ctx: NativeCallContext, value: Dynamic) -> ScriptResult<String> {
        super::named(&ctx, super::json::to_text(&value).map_err(throw))
    }

    /// The value of a JSON text, given as a string or blob.
    ///
    /// Whole numbers become integers where they fit, `null` becomes `()`. Throws kind `json` when it
    /// is not JSON or nested deeper than 127.
    ///
    /// # Example
    /// ```rhai
    /// let value = codec::parse_json(`{"a": [1, 2.5, null]}`);
    /// check::that("value", value.a[0] == 1 && value.a[1] == 2.5 && value.a[2] == ());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn parse_json(ctx: NativeCallContext, text: Dynamic) -> ScriptResult<Dynamic> {
        super::named(&ctx, super::parse_json(&text))
    }

    /// The string of a blob's UTF-8 bytes.
    ///
    /// Throws kind `argument` when they are not UTF-8.
    ///
    /// # Example
    /// ```rhai
    /// check::that("string", codec::utf8(codec::bytes("hi")) == "hi");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn utf8(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<String> {
        super::named(&ctx, super::utf8(data))
    }

    /// The UTF-8 bytes of a string, as a blob.
    ///
    /// # Example
    /// ```rhai
    /// check::that("bytes", codec::bytes("hi").len() == 2);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn bytes(ctx: NativeCallContext, data: Dynamic) -> ScriptResult<Blob> {
        super::named(&ctx, into_bytes(data).map_err(throw))
    }
}

/// The module, for the registry.
pub fn module() -> Module {
    exported_module!(api)
}

/// Decoders that take text with padding or without: servers send both.
const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);

/// As [`at`], with the name of the function in the message: it knows only what it was given.
fn named<T>(ctx: &NativeCallContext, result: ScriptResult<T>) -> ScriptResult<T> {
    at(ctx, result.map_err(|error| prefixed(&format!("codec::{}", ctx.fn_name()), error)))
}

fn encode(engine: &GeneralPurpose, data: &Dynamic) -> ScriptResult<String> {
    Ok(engine.encode(&*bytes_of(data).map_err(throw)?))
}

fn decode(engine: &GeneralPurpose, name: &str, text: &str) -> ScriptResult<Blob> {
    engine.decode(text).map_err(|error| refused(name, &error))
}

fn hex_encode(data: &Dynamic) -> ScriptResult<String> {
    Ok(hex::encode(&*bytes_of(data).map_err(throw)?))
}

fn hex_decode(text: &str) -> ScriptResult<Blob> {
    hex::decode(text).map_err(|error| refused("hexadecimal", &error))
}

#[allow(clippy::unnecessary_box_returns)] // Rhai's errors are boxed.
fn refused(encoding: &str, error: &impl std::fmt::Display) -> Box<EvalAltResult> {
    throw(HostError::argument(format!("not {encoding}: {error}")))
}

fn hash(algorithm: &'static digest::Algorithm, data: &Dynamic) -> ScriptResult<Blob> {
    let data = bytes_of(data).map_err(throw)?;
    Ok(digest::digest(algorithm, &data).as_ref().to_vec())
}

fn hmac_sha256(key: &Dynamic, data: &Dynamic) -> ScriptResult<Blob> {
    let bytes = |name, value| bytes_of(value).map_err(throw).map_err(|error| prefixed(name, error));
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes("key", key)?);
    Ok(hmac::sign(&key, &bytes("data", data)?).as_ref().to_vec())
}

fn parse_json(text: &Dynamic) -> ScriptResult<Dynamic> {
    json::parse(&bytes_of(text).map_err(throw)?).map_err(throw)
}

fn utf8(data: Dynamic) -> ScriptResult<String> {
    let bytes = into_bytes(data).map_err(throw)?;
    String::from_utf8(bytes).map_err(|error| refused("UTF-8", &error.utf8_error()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::host::testing::{eval, host_error};

    fn holds(script: &str) {
        assert!(eval::<bool>(&[("codec", module)], script).expect("runs"), "{script}");
    }

    #[test]
    fn encodings_round_trip() {
        holds(r#"codec::base64url(codec::hex_decode("fbff")) == "-_8""#);
        holds(r#"codec::base64url_padded(codec::hex_decode("fbff")) == "-_8=""#);
        holds(r#"codec::base64(codec::hex_decode("fbff")) == "+/8=""#);
        holds(r#"codec::base64url_decode("-_8=") == codec::base64url_decode("-_8")"#);
        holds(r#"codec::base64_decode("+/8") == codec::hex_decode("FBff")"#);
        holds(r#"codec::utf8(codec::bytes("ä")) == "ä" && codec::hex("ä") == "c3a4""#);
    }

    #[test]
    fn digests_are_right() {
        holds(r#"codec::hex(codec::sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d""#);
        holds(
            r#"codec::hex(codec::sha256("abc")) ==
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#,
        );
        holds(r#"codec::sha384(codec::bytes("abc")).len() == 48"#);
        holds(
            r#"codec::hex(codec::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843""#,
        );
    }

    #[test]
    fn json_round_trips() {
        holds(r#"codec::json(codec::parse_json(`[1,{"a":2.5}]`)) == `[1,{"a":2.5}]`"#);
        holds(r#"codec::parse_json(codec::bytes("7")) == 7"#);
    }

    #[test]
    fn bad_input_is_named() {
        for (script, kind, message) in [
            (
                r#"codec::base64url_decode("+")"#,
                ErrorKind::Argument,
                "codec::base64url_decode: not base64url: ",
            ),
            (
                r#"codec::hex_decode("abc")"#,
                ErrorKind::Argument,
                "codec::hex_decode: not hexadecimal: Odd",
            ),
            (
                "codec::utf8(codec::hex_decode(\"ff\"))",
                ErrorKind::Argument,
                "codec::utf8: not UTF-8: invalid",
            ),
            (
                "codec::sha256(5)",
                ErrorKind::Argument,
                "codec::sha256: want string or blob, got integer",
            ),
            (
                r#"codec::hmac_sha256((), "x")"#,
                ErrorKind::Argument,
                "codec::hmac_sha256: key: want string or blob, got nothing",
            ),
            ("codec::parse_json(\"{\")", ErrorKind::Json, "codec::parse_json: not JSON: EOF"),
            ("codec::json(blob(1))", ErrorKind::Json, "codec::json: JSON cannot hold a blob"),
        ] {
            let error = host_error(eval::<Dynamic>(&[("codec", module)], script));
            assert_eq!(error.kind, kind, "{script}");
            assert!(error.message.starts_with(message), "{script}: {}", error.message);
        }
    }
}

//! `csr`: certificate signing requests.

use std::net::IpAddr;

use rhai::plugin::*;
use rhai::{Array, Blob, Dynamic, ImmutableString, Map};

use super::convert::{Options, ScriptResult, at, bytes_of, ended, into_bytes, throw, throw_as};
use crate::attacker::fiber;
use crate::error::ErrorKind;
use crate::pki::csr::{self, CsrError, CsrParams, CsrSignature};
use crate::pki::key::PrivateKey;

/// Certificate signing requests (PKCS#10, RFC 2986), right ones and wrong ones.
#[export_module]
mod api {
    /// Makes a request for a key, as a blob of DER, which is what finalize takes as base64url.
    ///
    /// Options:
    /// - `names`, `ips`, `emails`, `uris`: arrays of strings for the `subjectAltName` extension.
    /// - `cn`: the subject's common name; without it the subject is empty.
    /// - `must_staple`: whether to ask for the TLS feature extension (RFC 7633); default false.
    /// - `signature`: `"corrupt"` turns one bit over, `"sha1"` signs with SHA-1 (RSA keys only).
    /// - `signed_by`: another key that signs in place of the request's own.
    ///
    /// A P-256 request costs one signature and some encoding, and `key::generate()` about as much
    /// again, so a fresh key for each certificate is cheap; RSA keys are not: make one and use it
    /// again. Weak keys come from `key::generate("RSA-1024")`. Any other bytes can be sent as a
    /// request too. Throws kind `certificate` when a name is not ASCII, `key` when the key cannot
    /// sign that way.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// let der = csr::create(k, #{ names: ["a.example", "b.example"], cn: "a.example" });
    /// check::that("asks for both", csr::parse(der).names == ["a.example", "b.example"]);
    /// let broken = csr::create(k, #{ names: ["a.example"], signature: "corrupt" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn create(ctx: NativeCallContext, key: PrivateKey, options: Map) -> ScriptResult<Blob> {
        super::at(&ctx, super::create(key, options))
    }

    /// A request as PEM, from its DER, which may be any bytes.
    ///
    /// # Example
    /// ```rhai
    /// let der = csr::create(key::generate(), #{ names: ["a.example"] });
    /// check::that("PEM", csr::pem(der).starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn pem(ctx: NativeCallContext, der: Dynamic) -> ScriptResult<String> {
        super::at(&ctx, super::pem(der))
    }

    /// Reads a request's DER, without checking its signature.
    ///
    /// Returns a map: `names`, `ips`, `emails`, `uris` (arrays of strings), `cn` (a string or `()`),
    /// `key_kind` (as `key::generate` takes it, or an OID). Throws kind `certificate` when it is not
    /// a request.
    ///
    /// # Example
    /// ```rhai
    /// let content = csr::parse(csr::create(key::generate(), #{ ips: ["127.0.0.1"] }));
    /// check::that("address", content.ips == ["127.0.0.1"] && content.key_kind == "P-256");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn parse(ctx: NativeCallContext, der: Dynamic) -> ScriptResult<Map> {
        super::at(&ctx, super::parse(&der))
    }
}

/// The module, for the registry.
pub fn module() -> Module {
    exported_module!(api)
}

pub(super) const CREATE_OPTIONS: [&str; 8] =
    ["names", "ips", "emails", "uris", "cn", "must_staple", "signature", "signed_by"];

fn create(key: PrivateKey, options: Map) -> ScriptResult<Blob> {
    let mut options = Options::new("csr::create", options, &CREATE_OPTIONS).map_err(throw)?;
    let params = CsrParams {
        names: strings(&mut options, "names")?,
        ips: addresses(&mut options)?,
        emails: strings(&mut options, "emails")?,
        uris: strings(&mut options, "uris")?,
        cn: options.string("cn").map_err(throw)?.map(Into::into),
        must_staple: options.bool("must_staple").map_err(throw)?.unwrap_or(false),
        signature: signature(&mut options)?,
    };
    let slow = match &params.signature {
        CsrSignature::By(other) => other.kind().is_slow(),
        _ => key.kind().is_slow(),
    };
    let request = if slow {
        fiber::offload(move || params.create(&key)).map_err(ended)?
    } else {
        params.create(&key)
    };
    request.map_err(csr_error)
}

fn signature(options: &mut Options) -> ScriptResult<CsrSignature> {
    let how = options.string("signature").map_err(throw)?;
    let other = options.cast::<PrivateKey>("signed_by", "key").map_err(throw)?;
    match (how.as_deref(), other) {
        (None, None) => Ok(CsrSignature::Right),
        (None, Some(key)) => Ok(CsrSignature::By(key)),
        (Some("corrupt"), None) => Ok(CsrSignature::Corrupt),
        (Some("sha1"), None) => Ok(CsrSignature::Sha1),
        (Some(_), Some(_)) => {
            Err(throw(options.wrong("signature", "give it or `signed_by`, not both")))
        }
        (Some(other), None) => {
            let problem = format!("want \"corrupt\" or \"sha1\", got \"{other}\"");
            Err(throw(options.wrong("signature", &problem)))
        }
    }
}

fn strings(options: &mut Options, key: &str) -> ScriptResult<Vec<String>> {
    let strings = options.strings(key).map_err(throw)?.unwrap_or_default();
    Ok(strings.into_iter().map(ImmutableString::into_owned).collect())
}

fn addresses(options: &mut Options) -> ScriptResult<Vec<IpAddr>> {
    let texts = options.strings("ips").map_err(throw)?.unwrap_or_default();
    let parse = |text: &ImmutableString| {
        text.parse().map_err(|_| throw(options.wrong("ips", &format!("`{text}` is no IP address"))))
    };
    texts.iter().map(parse).collect()
}

fn pem(der: Dynamic) -> ScriptResult<String> {
    into_bytes(der).map(csr::to_pem).map_err(throw)
}

fn parse(der: &Dynamic) -> ScriptResult<Map> {
    let content = csr::parse(&bytes_of(der).map_err(throw)?).map_err(csr_error)?;
    let ips = content.ips.iter().map(ToString::to_string).collect();
    Ok(Map::from([
        ("names".into(), array(content.names)),
        ("ips".into(), array(ips)),
        ("emails".into(), array(content.emails)),
        ("uris".into(), array(content.uris)),
        ("cn".into(), content.cn.map_or(Dynamic::UNIT, Into::into)),
        ("key_kind".into(), content.key_kind.into()),
    ]))
}

fn array(strings: Vec<String>) -> Dynamic {
    strings.into_iter().map(Dynamic::from).collect::<Array>().into()
}

#[allow(clippy::unnecessary_box_returns)] // Rhai's errors are boxed.
fn csr_error(error: CsrError) -> Box<EvalAltResult> {
    match error {
        CsrError::Key(error) => super::key::key_error(error),
        error => throw_as(ErrorKind::Certificate, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::key;
    use crate::host::testing::{eval, host_error};

    fn run<T: Clone + 'static>(script: &str) -> ScriptResult<T> {
        eval(&[("csr", module), ("key", key::module)], script)
    }

    #[test]
    fn options_reach_the_request() {
        let script = r#"
            let c = csr::parse(csr::create(key::generate(), #{ names: ["a.b"], cn: "a.b",
                ips: ["::1"], emails: ["m@a.b"], uris: ["urn:u"], must_staple: true }));
            [c.names, c.cn, c.ips, c.emails, c.uris, c.key_kind]"#;
        let got = Dynamic::from(run::<Array>(script).expect("runs")).to_string();
        assert_eq!(got, r#"[["a.b"], "a.b", ["::1"], ["m@a.b"], ["urn:u"], "P-256"]"#);
    }

    #[test]
    fn broken_requests_differ_from_right_ones() {
        // Ed25519 signatures are deterministic, so only the signature can differ.
        let script = r#"
            let k = key::generate("Ed25519");
            let right = csr::create(k, #{});
            [right == csr::create(k, #{}), right == csr::create(k, #{ signature: "corrupt" }),
             right == csr::create(k, #{ signed_by: key::generate("Ed25519") })]"#;
        let got = Dynamic::from(run::<Array>(script).expect("runs")).to_string();
        assert_eq!(got, "[true, false, false]");
        let script = r#"csr::create(key::generate("RSA-1024"), #{ signature: "sha1" })"#;
        assert!(csr::parse(&run::<Blob>(script).expect("runs")).is_ok());
    }

    #[test]
    fn failures_say_why() {
        for (script, kind, message) in [
            ("csr::create(key::generate(), #{ name: [] })", ErrorKind::Argument, "did you mean"),
            (r#"csr::create(key::generate(), #{ ips: ["x"] })"#, ErrorKind::Argument, "`x` is no"),
            (
                r#"csr::create(key::generate(), #{ signature: "x" })"#,
                ErrorKind::Argument,
                "corrupt",
            ),
            (r#"csr::create(key::generate(), #{ signature: "sha1" })"#, ErrorKind::Key, "P-256"),
            (r#"csr::create(key::generate(), #{ names: ["ä"] })"#, ErrorKind::Certificate, "ASCII"),
            ("csr::parse(blob(3))", ErrorKind::Certificate, "not a certificate signing request"),
        ] {
            let error = host_error(run::<Dynamic>(script));
            assert_eq!(error.kind, kind, "{script}");
            assert!(error.message.contains(message), "{script}: {}", error.message);
        }
    }
}

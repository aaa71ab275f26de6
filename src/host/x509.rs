//! `x509`: certificates, chains, revocation lists.

mod certificate_api;
mod crl_api;

use std::ops::Deref;
use std::time::{SystemTime, UNIX_EPOCH};

use rhai::plugin::*;
use rhai::{Array, Dynamic, ImmutableString, Map};

use super::convert::{Options, ScriptResult, at, bytes_of, throw, throw_as, type_word};
use crate::error::{ErrorKind, HostError};
use crate::pki::certificate::{self, CertificateError};
use crate::pki::certificate_path;

/// Certificates (X.509, RFC 5280): what they say, and whether they lead to a root.
///
/// Reading one takes some 10 us, verifying a chain of two about 100.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::{Array, Dynamic, Map};

    /// Reads the first certificate of a PEM text, or the one that a blob holds as DER. A certificate
    /// that was read before is returned as it is.
    ///
    /// Errors: `certificate` when it is none, `argument` for another type.
    ///
    /// # Example
    /// ```rhai
    /// let name = rand::domain();
    /// let leaf = x509::parse(acme::issue(acme::account(), [name]).pem);
    /// check::that("for that name", leaf.names == [name] && leaf.not_after > time::now());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn parse(ctx: NativeCallContext, pem_or_der: Dynamic) -> ScriptResult<Certificate> {
        super::at(&ctx, super::certificate_of("x509::parse", pem_or_der))
    }

    /// Every certificate of a PEM text, in its order: what a CA's certificate resource holds, the
    /// leaf first (RFC 8555 section 7.4.2).
    ///
    /// Errors: `certificate` when there is none or one cannot be read.
    ///
    /// # Example
    /// ```rhai
    /// let chain = x509::chain(acme::issue(acme::account(), [rand::domain()]).pem);
    /// check::that("its issuer follows", chain[0].issuer == chain[1].subject);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn chain(ctx: NativeCallContext, pem: &str) -> ScriptResult<Array> {
        super::at(&ctx, super::chain(pem))
    }

    /// See the overload with options.
    #[rhai_fn(name = "verify", return_raw)]
    pub fn verify_now(ctx: NativeCallContext, chain: Dynamic, roots: Dynamic) -> ScriptResult<()> {
        super::at(&ctx, super::verify(chain, roots, Map::new()))
    }

    /// Verifies that the first certificate of `chain` is a server's and leads to one of `roots`, with
    /// the help of the others: signatures, dates, purpose, constraints (RFC 5280 section 6). Both are a
    /// PEM text, a certificate, or an array of certificates. Revocation is not looked at: see
    /// `x509::crl`.
    ///
    /// Options:
    /// - `name`: a host name or IP address that the first one must be for.
    /// - `at`: the time to judge dates by, in seconds since 1970; default now.
    ///
    /// Errors: `certificate` with the reason.
    ///
    /// # Example
    /// ```rhai
    /// let name = rand::domain();
    /// let chain = x509::chain(acme::issue(acme::account(), [name]).pem);
    /// x509::verify(chain[0], chain[1], #{ name: name });       // or a root: file::text("root.pem")
    /// try {
    ///     x509::verify(chain[0], chain[1], #{ name: "another.example" });
    /// } catch (err) {
    ///     check::that("refused", err.message.contains("it is not for `another.example`"));
    /// }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn verify(
        ctx: NativeCallContext,
        chain: Dynamic,
        roots: Dynamic,
        options: Map,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::verify(chain, roots, options))
    }

    /// Reads a certificate revocation list, DER or PEM, without checking its signature.
    ///
    /// See the overload with an issuer.
    #[rhai_fn(name = "crl", return_raw)]
    pub fn crl_unchecked(ctx: NativeCallContext, list: Dynamic) -> ScriptResult<Crl> {
        super::at(&ctx, super::crl_api::read(&list, None))
    }

    /// Reads a certificate revocation list (RFC 5280 section 5), DER or PEM, whose signature must be
    /// that of `issuer`, a certificate in any form that `x509::parse` takes.
    ///
    /// Errors: `certificate` when it is none, or not signed by that issuer.
    ///
    /// # Example
    /// ```rhai
    /// let chain = x509::chain(acme::issue(acme::account(), [rand::domain()]).pem);
    /// for url in chain[0].crl_urls {
    ///     let list = x509::crl(http::get(url).bytes, chain[1]);
    ///     check::that("its issuer's", list.issuer == chain[1].subject);
    /// }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn crl(ctx: NativeCallContext, list: Dynamic, issuer: Dynamic) -> ScriptResult<Crl> {
        super::at(&ctx, super::crl_api::read(&list, Some(issuer)))
    }
}

pub(super) use certificate_api::Certificate;
use crl_api::Crl;

/// The module, for the registry.
pub fn module() -> Module {
    let mut module = exported_module!(api);
    certificate_api::add_to(&mut module);
    crl_api::add_to(&mut module);
    module
}

pub(super) const VERIFY_OPTIONS: [&str; 2] = ["name", "at"];

fn certificate_error(error: &CertificateError) -> Box<EvalAltResult> {
    throw_as(ErrorKind::Certificate, error)
}

/// A certificate given in any form.
fn certificate_of(function: &str, value: Dynamic) -> ScriptResult<Certificate> {
    let value = value.flatten();
    if let Some(read) = value.read_lock::<Certificate>() {
        return Ok(read.clone());
    }
    let read = if let Some(text) = value.read_lock::<ImmutableString>() {
        certificate::Certificate::first_from_pem(&text)
    } else {
        let wrong = || {
            let word = type_word(&value);
            let told =
                format!("{function}: want PEM text, a blob of DER or a certificate, got {word}");
            throw(HostError::argument(told))
        };
        certificate::Certificate::from_der(&bytes_of(&value).map_err(|_| wrong())?)
    };
    read.map(Certificate::new).map_err(|error| certificate_error(&error))
}

fn chain(pem: &str) -> ScriptResult<Array> {
    let chain =
        certificate::Certificate::all_from_pem(pem).map_err(|error| certificate_error(&error))?;
    Ok(chain.into_iter().map(|one| Dynamic::from(Certificate::new(one))).collect())
}

/// Several certificates: a PEM text, an array, or one alone.
fn certificates_of(value: Dynamic) -> ScriptResult<Vec<certificate::Certificate>> {
    let value = value.flatten();
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return certificate::Certificate::all_from_pem(&text)
            .map_err(|error| certificate_error(&error));
    }
    let items = if value.is_array() { value.cast::<Array>() } else { vec![value] };
    if items.is_empty() {
        return Err(throw(HostError::argument("x509::verify: an array holds no certificate")));
    }
    let one = |item| certificate_of("x509::verify", item).map(|one| one.deref().clone());
    items.into_iter().map(one).collect()
}

fn verify(chain: Dynamic, roots: Dynamic, options: Map) -> ScriptResult<()> {
    let mut options = Options::new("x509::verify", options, &VERIFY_OPTIONS).map_err(throw)?;
    let name = options.string("name").map_err(throw)?;
    let at_s = match options.int("at", 0..=i64::MAX).map_err(throw)? {
        Some(at) => at as u64,
        None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
    };
    let (chain, roots) = (certificates_of(chain)?, certificates_of(roots)?);
    certificate_path::verify(&chain, &roots, name.as_deref(), at_s)
        .map_err(|error| certificate_error(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::{Named, eval, host_error};
    use crate::host::{codec, key};

    const MODULES: &[Named<'static>] =
        &[("x509", module), ("key", key::module), ("codec", codec::module)];

    /// Runs `script`, which finds the example of RFC 9773 as PEM in `pem`.
    fn run<T: Clone + 'static>(script: &str) -> ScriptResult<T> {
        let pem = crate::pki::certificate::ARI_EXAMPLE;
        eval(MODULES, &format!("let pem = `{pem}`; {script}"))
    }

    #[test]
    fn a_certificate_has_its_properties_in_every_form() {
        let script = r"
            let c = x509::parse(pem);
            let again = x509::parse(c.der);
            [c.serial, c.ari_id, c.names, c.subject, c.key_kind, c.is_ca, c.crl_urls, c.ski,
             x509::parse(c).pem() == pem, again == c, x509::chain(pem + pem).len(),
             c.matches(key::generate()), c.not_before < c.not_after, codec::hex(c.der).len() / 2]";
        let got = Dynamic::from(run::<Array>(script).expect("runs")).to_string();
        assert_eq!(
            got,
            r#"["87654321", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", [], "CN=example.com", "P-256", false, [], (), true, true, 2, false, false, 327]"#
        );
    }

    #[test]
    fn failures_say_why() {
        for (script, kind, message) in [
            (
                "x509::parse(5)",
                ErrorKind::Argument,
                "want PEM text, a blob of DER or a certificate, got",
            ),
            ("x509::parse(blob(3))", ErrorKind::Certificate, "not a certificate"),
            ("x509::chain(``)", ErrorKind::Certificate, "no CERTIFICATE in the PEM text"),
            ("x509::verify(pem, pem)", ErrorKind::Certificate, "is not to be trusted"),
            ("x509::verify([], pem)", ErrorKind::Argument, "an array holds no certificate"),
            ("x509::crl(``)", ErrorKind::Certificate, "revocation list: it is empty"),
            ("x509::verify(pem, pem, #{ nam: 1 })", ErrorKind::Argument, "did you mean `name`?"),
            ("x509::crl(pem)", ErrorKind::Certificate, "no X509 CRL in the PEM text"),
        ] {
            let error = host_error(run::<Dynamic>(script));
            assert_eq!(error.kind, kind, "{script}");
            assert!(error.message.contains(message), "{script}: {}", error.message);
        }
    }
}

//! What scripts see of `challenge`.

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};

use super::{dns01, dvsni, http01, misbehave, records, simple_https, tls_alpn01};
use crate::attacker::context;
use crate::host::convert::{ScriptResult, at};

/// Answers that the CA under test fetches from coyote's challenge server. What a chain publishes
/// ends with the chain.
#[export_module]
mod api {
    /// Publishes the answer to an HTTP-01 challenge until this chain ends (RFC 8555 section 8.3).
    ///
    /// The answer is the account's key, from which the key authorization follows, or a string that is
    /// served as it is, however wrong. Publishing a token again replaces its answer.
    ///
    /// Errors: `argument` when the answer is neither.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// challenge::http01("token-1", k);
    /// challenge::http01("token-2", "not a key authorization");
    /// challenge::withdraw("token-2");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn http01(ctx: NativeCallContext, token: &str, answer: Dynamic) -> ScriptResult<()> {
        super::at(&ctx, super::http01::publish(token, &answer))
    }

    /// Publishes the answer to a TLS-ALPN-01 challenge until this chain ends (RFC 8737 section 3; for
    /// IP addresses RFC 8738 section 6).
    ///
    /// `name` is the domain or IP address to prove. The answer is the account's key, from which the
    /// key authorization follows, or a string that is the key authorization, however wrong. The
    /// certificate is made when it is asked for. A name has one such answer at a time: the last.
    ///
    /// Errors: `argument` when the answer is neither, and for a name that nobody can ask for.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// challenge::tls_alpn01("a.example", "token-1", k);
    /// challenge::tls_alpn01("127.0.0.1", "token-2", "not a key authorization");
    /// challenge::withdraw("127.0.0.1");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn tls_alpn01(
        ctx: NativeCallContext,
        name: &str,
        token: &str,
        answer: Dynamic,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::tls_alpn01::publish(name, token, &answer))
    }

    /// Publishes the answer to a DNS-01 challenge until this chain ends (RFC 8555 section 8.4): a TXT
    /// record at `_acme-challenge.NAME`, beside any others there.
    ///
    /// `name` is the domain to prove, with or without `*.`. The answer is the account's key, from which
    /// the key authorization follows, or a string that is the key authorization, however wrong; the
    /// record is its digest.
    ///
    /// Errors: `argument` when the answer is neither, and for a name that nobody can ask for.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// challenge::dns01("a.example", "token-1", k);
    /// challenge::dns01("*.a.example", "token-2", "not a key authorization");
    /// challenge::withdraw("token-2");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dns01(
        ctx: NativeCallContext,
        name: &str,
        token: &str,
        answer: Dynamic,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::dns01::dns01(name, token, &answer))
    }

    /// Publishes the answer to a dns-account-01 challenge until this chain ends
    /// (draft-ietf-acme-dns-account-label): as `challenge::dns01`, but at
    /// `_LABEL._acme-challenge.NAME`, where the label follows from the account's URL. Errors as there.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// challenge::dns_account01("a.example", "token-1", k, "https://ca.example/acct/1");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dns_account01(
        ctx: NativeCallContext,
        name: &str,
        token: &str,
        answer: Dynamic,
        account_url: &str,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::dns01::dns_account01(name, token, &answer, account_url))
    }

    /// See the overload with options.
    #[rhai_fn(name = "dns_persist01", return_raw)]
    pub fn dns_persist01_plain(
        ctx: NativeCallContext,
        name: &str,
        issuer: &str,
        account_url: &str,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::dns01::dns_persist01(name, issuer, account_url, Map::new()))
    }

    /// Publishes the answer to a dns-persist-01 challenge until this chain ends
    /// (draft-ietf-acme-dns-persist): a TXT record at `_validation-persist.NAME` that lets an account
    /// of a CA, which calls itself `issuer`, have certificates for `name`.
    ///
    /// Options: `policy` (`wildcard`: for names below it too), `persist_until` (in seconds since 1970).
    ///
    /// Errors: `argument` for other options, and for a name, issuer or URL that a record cannot have.
    ///
    /// # Example
    /// ```rhai
    /// let account = "https://ca.example/acct/1";
    /// challenge::dns_persist01("a.example", "ca.example", account);
    /// challenge::dns_persist01("b.example", "ca.example", account,
    ///     #{ policy: "wildcard", persist_until: 1900000000 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dns_persist01(
        ctx: NativeCallContext,
        name: &str,
        issuer: &str,
        account_url: &str,
        options: Map,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::dns01::dns_persist01(name, issuer, account_url, options))
    }

    /// Publishes a TXT record until this chain ends, beside any others of the name.
    ///
    /// Errors: `argument` for a name that nobody can ask for.
    ///
    /// # Example
    /// ```rhai
    /// challenge::txt("_acme-challenge.a.example", "of no use");
    /// challenge::withdraw("_acme-challenge.a.example");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn txt(ctx: NativeCallContext, name: &str, value: &str) -> ScriptResult<()> {
        super::at(&ctx, super::records::txt(name, value))
    }

    /// Publishes all addresses of a name until this chain ends, IPv4 and IPv6, instead of
    /// `--answer-addr`, which every other name has; an empty array for none. The last call counts.
    ///
    /// Errors: `argument` for what is no IP address, and for a name that nobody can ask for.
    ///
    /// # Example
    /// ```rhai
    /// challenge::addresses("a.example", ["127.0.0.1", "::1"]);
    /// challenge::addresses("b.example", []);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn addresses(ctx: NativeCallContext, name: &str, addresses: Array) -> ScriptResult<()> {
        super::at(&ctx, super::records::addresses(name, addresses))
    }

    /// Publishes CAA records until this chain ends (RFC 8659), beside any others of the name; without
    /// them any CA may issue.
    ///
    /// Each is a string as zone files have it, or a map of `flags` (0 to 255, default 0), `tag` and
    /// `value`.
    ///
    /// Errors: `argument` for anything else, and for a name that nobody can ask for.
    ///
    /// # Example
    /// ```rhai
    /// challenge::caa("a.example", ["0 issue \"ca.example\"", "128 issuewild \";\""]);
    /// challenge::caa("b.example", [#{ tag: "issue", value: "other.example" }]);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn caa(ctx: NativeCallContext, name: &str, policies: Array) -> ScriptResult<()> {
        super::at(&ctx, super::records::caa(name, policies))
    }

    /// Publishes a CNAME record until this chain ends: `target` is asked whatever `name` is asked for.
    /// The last call counts.
    ///
    /// Errors: `argument` when `name` or `target` is no domain name.
    ///
    /// # Example
    /// ```rhai
    /// challenge::cname("_acme-challenge.a.example", "a.challenges.example");
    /// challenge::txt("a.challenges.example", "found under both names");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn cname(ctx: NativeCallContext, name: &str, target: &str) -> ScriptResult<()> {
        super::at(&ctx, super::records::cname(name, target))
    }

    /// Publishes the answer to a simpleHttps challenge until this chain ends (draft-barnes-acme-01):
    /// `token` at `https://DOMAIN/.well-known/acme-challenge/PATH`, and over plain HTTP too.
    ///
    /// Errors: `argument` for a domain that nobody can ask for.
    ///
    /// # Example
    /// ```rhai
    /// let path = codec::base64url(rand::bytes(12));
    /// challenge::simple_https("a.example", path, "token-1");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn simple_https(
        ctx: NativeCallContext,
        domain: &str,
        path: &str,
        token: &str,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::simple_https::publish(domain, path, token))
    }

    /// Publishes the answer to a dvsni challenge until this chain ends (draft-barnes-acme-01): who
    /// asks for `NONCE.acme.invalid` gets a certificate for `Z.acme.invalid`, where Z is SHA-256 of
    /// `r` and `s` in hex.
    ///
    /// `nonce` and `r` are the challenge's, `s` is the client's own; `r` and `s` are base64url strings,
    /// as they are sent, or blobs.
    ///
    /// Errors: `argument` when they are neither.
    ///
    /// # Example
    /// ```rhai
    /// let s = rand::bytes(32);
    /// challenge::dvsni("0123456789abcdef0123456789abcdef", "cmFuZG9t", s);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dvsni(ctx: NativeCallContext, nonce: &str, r: Dynamic, s: Dynamic) -> ScriptResult<()> {
        super::at(&ctx, super::dvsni::publish(nonce, &r, &s))
    }

    /// Serves what must fail for `domain` until this chain ends, whatever is published for it.
    ///
    /// Each of these options is one word; at least one is needed:
    /// - `http`: `wrong_body` (`body`: another one), `empty`, `huge`, `not_found`, `status` (`status`:
    ///   default 500), `redirect` (`to`: a URL; default one where nobody listens), `redirect_loop`,
    ///   `too_many_redirects`, `slow` (`delay_ms`), `reset`, `no_answer`.
    /// - `tls`: `wrong_certificate`, `wrong_digest`, `no_alpn`, `noncritical`, `no_extension`,
    ///   `extra_extension`, `extra_name`, `not_self_signed`, `plain_http`, `slow` (`delay_ms`),
    ///   `reset`, `no_answer`.
    /// - `dns`: `wrong_txt` (`txt`: another one), `empty`, `nxdomain`, `servfail`, `refused`,
    ///   `truncated`, `slow` (`delay_ms`), `no_answer`.
    ///
    /// Of those for `tls`, `wrong_digest`, `noncritical`, `no_extension` and `no_alpn` concern
    /// TLS-ALPN-01, the rest every handshake. Not every CA minds all of them: Pebble accepts
    /// `extra_extension` and `not_self_signed`.
    ///
    /// Those in parentheses are further options; `delay_ms` is 30000 by default, longer than CAs wait, and
    /// at most 120000. `domain` is what the CA asks for: a name or an IP address, for dvsni
    /// `NONCE.acme.invalid`. A domain has one misbehaviour at a time: the last.
    ///
    /// Errors: `argument` for an unknown word, for an option that no chosen word takes, and for a domain
    /// that nobody can ask for.
    ///
    /// # Example
    /// ```rhai
    /// challenge::misbehave("a.example", #{ http: "wrong_body", body: "hello" });
    /// challenge::misbehave("b.example", #{ tls: "noncritical", dns: "slow", delay_ms: 3000 });
    /// challenge::withdraw("a.example");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn misbehave(ctx: NativeCallContext, domain: &str, options: Map) -> ScriptResult<()> {
        super::at(&ctx, super::misbehave::publish(domain, options))
    }

    /// Takes back before this chain ends all that it has published under a token or a name, each
    /// spelled as it was published; what is unknown is no error.
    ///
    /// # Example
    /// ```rhai
    /// challenge::tls_alpn01("a.example", "token-1", key::generate());
    /// challenge::withdraw("token-1");
    /// challenge::withdraw("never published");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn withdraw(what: &str) -> ScriptResult<()> {
        context::current()?.published.withdraw(what);
        Ok(())
    }
}

/// The module, for the registry.
pub fn module() -> Module {
    exported_module!(api)
}

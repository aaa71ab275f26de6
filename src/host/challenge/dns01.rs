//! DNS-01 (RFC 8555 section 8.4) and its kin: TXT records below the name to prove.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::BASE32_NOPAD;
use rhai::{Dynamic, Map};

use super::answer::key_authorization;
use super::name;
use crate::attacker::context;
use crate::challenge::domain::name_key;
use crate::challenge::zone::Entry;
use crate::error::HostError;
use crate::host::convert::{Options, ScriptResult, throw};

const PERSIST_FUNCTION: &str = "challenge::dns_persist01";
/// The options of `dns_persist01`.
pub const PERSIST_KEYS: &[&str] = &["persist_until", "policy"];

pub(super) fn dns01(name: &str, token: &str, answer: &Dynamic) -> ScriptResult<()> {
    const FUNCTION: &str = "challenge::dns01";
    let record = name::below(FUNCTION, "_acme-challenge", base(name))?;
    publish(&[name, token], &record, &digest_of(FUNCTION, token, answer)?)
}

pub(super) fn dns_account01(
    name: &str,
    token: &str,
    answer: &Dynamic,
    account_url: &str,
) -> ScriptResult<()> {
    const FUNCTION: &str = "challenge::dns_account01";
    let labels = format!("{}._acme-challenge", account_label(account_url));
    let record = name::below(FUNCTION, &labels, base(name))?;
    publish(&[name, token], &record, &digest_of(FUNCTION, token, answer)?)
}

pub(super) fn dns_persist01(
    name: &str,
    issuer: &str,
    account_url: &str,
    options: Map,
) -> ScriptResult<()> {
    let record = name::below(PERSIST_FUNCTION, "_validation-persist", base(name))?;
    let value = persist_value(issuer, account_url, options).map_err(throw)?;
    publish(&[name], &record, &value)
}

fn publish(words: &[&str], name: &str, value: &str) -> ScriptResult<()> {
    let context = context::current()?;
    let published = context.challenges().zone.publish(name, Entry::txt(value));
    context.published.keep(words, published);
    Ok(())
}

/// A wildcard is proven by the name that it is of (RFC 8555 section 7.1.3).
fn base(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

/// What the TXT record says: the digest of the key authorization.
fn digest_of(function: &str, token: &str, answer: &Dynamic) -> ScriptResult<String> {
    let key_authorization = key_authorization(function, token, answer)?;
    Ok(URL_SAFE_NO_PAD.encode(digest(&SHA256, key_authorization.as_bytes())))
}

/// draft-ietf-acme-dns-account-label section 3.2: the first 10 bytes of the URL's digest.
fn account_label(account_url: &str) -> String {
    let digest = digest(&SHA256, account_url.as_bytes());
    format!("_{}", BASE32_NOPAD.encode(&digest.as_ref()[..10]).to_ascii_lowercase())
}

/// draft-ietf-acme-dns-persist: an issue-value of RFC 8659 section 4.2.
fn persist_value(issuer: &str, account_url: &str, options: Map) -> Result<String, HostError> {
    let wrong = |why: String| HostError::argument(format!("{PERSIST_FUNCTION}: {why}"));
    let issuer = name_key(issuer).map_err(|error| wrong(format!("the issuer {error}")))?;
    if !is_parameter_value(account_url) {
        return Err(wrong(
            "the account's URL has characters that a CAA parameter cannot".to_owned(),
        ));
    }
    let mut options = Options::new(PERSIST_FUNCTION, options, PERSIST_KEYS)?;
    let policy = options.string("policy")?;
    if policy.as_ref().is_some_and(|policy| policy != "wildcard") {
        return Err(options.wrong("policy", "want wildcard; challenge::txt publishes anything"));
    }
    let policy = policy.map(|policy| format!("policy={policy}"));
    let until = options.int("persist_until", 0..=i64::MAX)?;
    let until = until.map(|until| format!("persistUntil={until}"));
    let always = [issuer.into_owned(), format!("accounturi={account_url}")];
    let parts = always.into_iter().chain(policy).chain(until);
    Ok(parts.collect::<Vec<_>>().join("; "))
}

/// RFC 8659 section 4.2.
fn is_parameter_value(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_are_those_of_the_drafts() {
        // The draft's own example.
        let label = account_label("https://example.com/acme/acct/ExampleAccount");
        assert_eq!(label, "_ujmmovf2vn55tgye");
        let digest = digest_of("f", "unused", &"token.thumbprint".into()).expect("a string");
        assert_eq!(digest, "61rBZ_4knHblO0MNoxFsXZ_eTFUHum0B6IVRbhvUn5I");
        assert_eq!((base("*.a.example"), base("a.example")), ("a.example", "a.example"));
    }

    #[test]
    fn persistent_values_have_the_parts_that_were_given() {
        let url = "https://ca.example/acct/1";
        let plain = persist_value("ca.example", url, Map::new()).expect("no options");
        assert_eq!(plain, "ca.example; accounturi=https://ca.example/acct/1");
        let mut options = Map::new();
        options.insert("policy".into(), "wildcard".into());
        options.insert("persist_until".into(), 1_800_000_000_i64.into());
        let full = persist_value("ca.example", url, options).expect("right options");
        assert_eq!(full, format!("{plain}; policy=wildcard; persistUntil=1800000000"));
        let mut options = Map::new();
        options.insert("persist_until".into(), "soon".into());
        let error = persist_value("ca.example", url, options).expect_err("wrong type");
        assert!(error.message.contains("persist_until"), "{}", error.message);
    }

    #[test]
    fn persistent_values_have_no_parts_besides() {
        let told = |issuer, url, policy: &str| {
            let mut options = Map::new();
            options.insert("policy".into(), policy.into());
            persist_value(issuer, url, options).expect_err("refused").message
        };
        let url = "https://ca.example/acct/1";
        let text = told("ca.example", url, "foo");
        assert!(
            text.starts_with("option `policy` of challenge::dns_persist01: want wild"),
            "{text}"
        );
        let text = told("b; policy=wildcard", url, "wildcard");
        assert!(text.contains("the issuer `b; policy=wildcard` is no domain name"), "{text}");
        let text = told("ca.example", "https://ca.example/; policy=wildcard", "wildcard");
        assert!(text.contains("the account's URL has characters"), "{text}");
    }
}

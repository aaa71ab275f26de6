//! TLS-ALPN-01 (RFC 8737).

use aws_lc_rs::digest::{SHA256, digest};
use rhai::Dynamic;

use super::answer::key_authorization;
use super::name;
use crate::attacker::context;
use crate::host::convert::ScriptResult;

pub(super) fn publish(name: &str, token: &str, answer: &Dynamic) -> ScriptResult<()> {
    const FUNCTION: &str = "challenge::tls_alpn01";
    let key = name::host(FUNCTION, name)?;
    let key_authorization = key_authorization(FUNCTION, token, answer)?;
    let digest = digest(&SHA256, key_authorization.as_bytes());
    let digest = digest.as_ref().try_into().expect("SHA-256 has 32 bytes");
    let context = context::current()?;
    let published = context.challenges().tls_alpn01.publish(key, digest);
    context.published.keep(&[name, token], published);
    Ok(())
}

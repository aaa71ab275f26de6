//! simpleHttps (draft-barnes-acme-01).

use bytes::Bytes;

use super::name;
use crate::attacker::context;
use crate::challenge::store::simple_https_key;
use crate::host::convert::ScriptResult;

pub(super) fn publish(domain: &str, path: &str, token: &str) -> ScriptResult<()> {
    let key = simple_https_key(&name::domain("challenge::simple_https", domain)?, path);
    let context = context::current()?;
    let token_bytes = Bytes::copy_from_slice(token.as_bytes());
    let published = context.challenges().simple_https.publish(key, token_bytes);
    context.published.keep(&[domain, token], published);
    Ok(())
}

//! HTTP-01 (RFC 8555 section 8.3).

use rhai::Dynamic;

use super::answer::key_authorization;
use crate::attacker::context;
use crate::host::convert::ScriptResult;

pub(super) fn publish(token: &str, answer: &Dynamic) -> ScriptResult<()> {
    let key_authorization = key_authorization("challenge::http01", token, answer)?;
    let context = context::current()?;
    let published = context.challenges().http01.publish(token, key_authorization.into());
    context.published.keep(&[token], published);
    Ok(())
}

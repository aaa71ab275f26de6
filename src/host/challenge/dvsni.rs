//! dvsni (draft-barnes-acme-01).

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rhai::{Blob, Dynamic, ImmutableString};

use crate::attacker::context;
use crate::challenge::domain::domain_key;
use crate::error::HostError;
use crate::host::convert::{ScriptResult, throw, type_word};

/// What nonces and digests become names by.
const SUFFIX: &str = ".acme.invalid";

pub(super) fn publish(nonce: &str, r: &Dynamic, s: &Dynamic) -> ScriptResult<()> {
    let mut z = Context::new(&SHA256);
    z.update(&random_bytes("r", r)?);
    z.update(&random_bytes("s", s)?);
    let certificate_name = hex::encode(z.finish()) + SUFFIX;
    let asked_name = format!("{nonce}{SUFFIX}");
    let context = context::current()?;
    let table = &context.challenges().dvsni;
    let published = table.publish(domain_key(&asked_name), certificate_name);
    context.published.keep(&[nonce, &asked_name], published);
    Ok(())
}

fn random_bytes(which: &str, value: &Dynamic) -> ScriptResult<Vec<u8>> {
    let wrong =
        |why: String| throw(HostError::argument(format!("challenge::dvsni: {which}: {why}")));
    if let Some(text) = value.read_lock::<ImmutableString>() {
        let decoded = URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
        return decoded.map_err(|error| wrong(format!("not base64url: {error}")));
    }
    if let Some(blob) = value.read_lock::<Blob>() {
        return Ok(blob.clone());
    }
    Err(wrong(format!("want string or blob, got {}", type_word(value))))
}

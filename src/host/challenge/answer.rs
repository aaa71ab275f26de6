//! What most functions take: the answer to a challenge.

use rhai::{Dynamic, ImmutableString};

use crate::error::HostError;
use crate::host::convert::{ScriptResult, throw, type_word};
use crate::host::key::key_error;
use crate::pki::key::PrivateKey;

/// The key authorization that `answer` stands for (RFC 8555 section 8.1): that of an account's key,
/// or a string as it is. `function` is for the message of the error when it is neither.
pub(super) fn key_authorization(
    function: &str,
    token: &str,
    answer: &Dynamic,
) -> ScriptResult<String> {
    if let Some(key) = answer.read_lock::<PrivateKey>() {
        return key.authorization(token).map_err(key_error);
    }
    if let Some(text) = answer.read_lock::<ImmutableString>() {
        return Ok(text.to_string());
    }
    let message = format!("{function}: want key or string, got {}", type_word(answer));
    Err(throw(HostError::argument(message)))
}

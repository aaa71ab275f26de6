//! `challenge`: answers that the CA under test fetches.

use rhai::plugin::*;
use rhai::{Dynamic, ImmutableString};

use super::convert::{ScriptResult, throw, type_word};
use super::key::key_error;
use crate::attacker::context;
use crate::error::HostError;
use crate::pki::key::PrivateKey;

/// Answers that the CA under test fetches from coyote's challenge server.
#[export_module]
mod api {
    /// Publishes the answer to an HTTP-01 challenge until this chain ends (RFC 8555 section 8.3).
    ///
    /// The answer is the account's key, from which the key authorization follows, or a string that is
    /// served as it is, however wrong. Publishing a token again replaces its answer.
    ///
    /// # Example
    /// ```rhai
    /// let k = key::generate();
    /// challenge::http01("token-1", k);
    /// challenge::http01("token-2", "not a key authorization");
    /// challenge::withdraw("token-2");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn http01(token: &str, answer: Dynamic) -> ScriptResult<()> {
        super::http01(token, &answer)
    }

    /// Takes an answer back before the chain ends; an unknown token is no error.
    ///
    /// # Example
    /// ```rhai
    /// challenge::withdraw("never published");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn withdraw(token: &str) -> ScriptResult<()> {
        context::current()?.challenges().http01.withdraw(token);
        Ok(())
    }
}

/// The module, for the registry.
pub fn module() -> Module {
    exported_module!(api)
}

fn http01(token: &str, answer: &Dynamic) -> ScriptResult<()> {
    let key_authorization = if let Some(key) = answer.read_lock::<PrivateKey>() {
        key.authorization(token).map_err(key_error)?
    } else if let Some(text) = answer.read_lock::<ImmutableString>() {
        text.to_string()
    } else {
        let message = format!("challenge::http01: want key or string, got {}", type_word(answer));
        return Err(throw(HostError::argument(message)));
    };
    let context = context::current()?;
    let published = context.challenges().http01.publish(token, key_authorization.into());
    context.at_end(Box::new(move || drop(published)));
    Ok(())
}

//! Binding a new account to one that the CA knows by other means (RFC 8555 §7.3.4).

use std::sync::Arc;

use serde_json::value::RawValue;

use super::call::Call;
use crate::ca::{
    jose::{Binding, PublicKey},
    problem::{ErrorType, Problem},
};

/// Checks the binding that came with the registration of `key`, and gives what the account object
/// shows of it.
pub(super) fn check(
    call: &Call<'_>,
    key: &PublicKey,
    binding: Option<Box<RawValue>>,
) -> Result<Option<Arc<RawValue>>, Problem> {
    let eab = &call.ca.eab;
    let Some(given) = binding else {
        return if eab.required { Err(required()) } else { Ok(None) };
    };
    if eab.keys.is_empty() {
        // A binding that is not verified must not be shown either.
        return if eab.required { Err(unknown_key()) } else { Ok(None) };
    }
    let binding = Binding::parse(given.get().as_bytes())?;
    if binding.url.strip_prefix(call.base) != Some(call.target) {
        return Err(malformed("has another `url` than the request itself"));
    }
    let eab_key = eab.keys.iter().find(|known| known.kid == binding.kid).ok_or_else(unknown_key)?;
    if !binding.is_by(&eab_key.mac_key) {
        return Err(Problem::unauthorized("the external account binding's MAC does not verify"));
    }
    if binding.account_key()?.thumbprint() != key.thumbprint() {
        return Err(malformed("is one of another key than the account's"));
    }
    Ok(Some(given.into()))
}

fn required() -> Problem {
    Problem::new(
        ErrorType::ExternalAccountRequired,
        "accounts must be bound to an external account here, with `externalAccountBinding`",
    )
}

fn unknown_key() -> Problem {
    Problem::unauthorized("the external account binding's `kid` is unknown here")
}

fn malformed(what: &str) -> Problem {
    Problem::malformed(format!("the external account binding {what}"))
}

//! Who sent a POST (RFC 8555 §6.2 to §6.5).
//!
//! Algorithm and signature come before the nonce, so that a request which anybody could have made
//! up uses up no nonce; the URL comes after it.

use std::sync::Arc;

use hyper::StatusCode;

use super::{call::Call, payload::Payload};
use crate::ca::{
    jose::{Jws, KeyReference, PublicKey},
    model::Account,
    nonce::NonceError,
    problem::{ErrorType, Problem},
};

/// Who signed a request that both an account and a bare key may sign.
pub(super) enum Signer {
    Key(PublicKey),
    Account(Arc<Account>),
}

/// The account that signed `body`, and the payload.
pub(super) fn by_account(call: &Call<'_>, body: &[u8]) -> Result<(Arc<Account>, Payload), Problem> {
    account_of(call, Jws::parse(body)?)
}

/// The key that came with `body` and signed it, and the payload.
pub(super) fn by_key(call: &Call<'_>, body: &[u8]) -> Result<(PublicKey, Payload), Problem> {
    key_of(call, Jws::parse(body)?)
}

/// Whoever signed `body`, and the payload.
pub(super) fn by_key_or_account(
    call: &Call<'_>,
    body: &[u8],
) -> Result<(Signer, Payload), Problem> {
    let jws = Jws::parse(body)?;
    match jws.key() {
        KeyReference::Jwk(_) => key_of(call, jws).map(|(key, payload)| (Signer::Key(key), payload)),
        KeyReference::Kid(_) => {
            account_of(call, jws).map(|(account, payload)| (Signer::Account(account), payload))
        }
    }
}

fn account_of(call: &Call<'_>, jws: Jws) -> Result<(Arc<Account>, Payload), Problem> {
    let KeyReference::Kid(kid) = jws.key() else {
        return Err(Problem::malformed("this request must be signed by an account, with `kid`"));
    };
    let account = call.account_of(kid)?;
    jws.verify(&account.key)?;
    admit(call, &jws)?;
    require_active(&account)?;
    Ok((account, Payload(jws.into_parts().1)))
}

fn key_of(call: &Call<'_>, jws: Jws) -> Result<(PublicKey, Payload), Problem> {
    if let KeyReference::Jwk(key) = jws.key() {
        jws.verify(key)?;
        admit(call, &jws)?;
    }
    match jws.into_parts() {
        (KeyReference::Jwk(key), payload) => Ok((key, Payload(payload))),
        (KeyReference::Kid(_), _) => {
            Err(Problem::malformed("this request must be signed with a key that comes as `jwk`"))
        }
    }
}

/// §7.3.6: a deactivated account may do nothing more.
pub(super) fn require_active(account: &Account) -> Result<(), Problem> {
    if account.deactivated {
        return Err(Problem::unauthorized("this account is deactivated")
            .with_status(StatusCode::UNAUTHORIZED));
    }
    Ok(())
}

/// Checks that the request is meant for here, and once only.
fn admit(call: &Call<'_>, jws: &Jws) -> Result<(), Problem> {
    redeem_nonce(call, jws)?;
    let url = jws.url.as_deref().ok_or_else(|| Problem::malformed("the JWS has no `url`"))?;
    if url.strip_prefix(call.base) != Some(call.target) {
        return Err(Problem::unauthorized(format!(
            "the JWS's `url` is {url:?}, but it was sent to {}{}",
            call.base, call.target
        )));
    }
    Ok(())
}

/// Takes the request's nonce out of circulation.
pub(super) fn redeem_nonce(call: &Call<'_>, jws: &Jws) -> Result<(), Problem> {
    let bad_nonce = |detail: &'static str| Problem::new(ErrorType::BadNonce, detail);
    let nonce = jws.nonce.as_deref().ok_or_else(|| bad_nonce("the JWS has no `nonce`"))?;
    call.ca.nonces.redeem(nonce).map_err(|error| match error {
        NonceError::Encoding => Problem::malformed("the `nonce` is not unpadded base64url"),
        NonceError::Unknown => bad_nonce("the `nonce` is unknown here or was used before"),
    })?;
    if call.ca.faults.reject_nonce(call.endpoint) {
        return Err(bad_nonce("the `nonce` was good, but this request is to fail on purpose"));
    }
    Ok(())
}

//! Giving an account another key (RFC 8555 §7.3.5): a request by the old key, and in it one by the
//! new.

use std::{borrow::Cow, sync::Arc};

use hyper::{
    StatusCode,
    header::{HeaderValue, LOCATION},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{account, call::Call, payload::Payload, route::Outcome};
use crate::ca::{
    jose::{JoseError, Jws, KeyReference, PublicKey},
    model::Account,
    problem::Problem,
    store::KeyChangeError,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyChange<'a> {
    #[serde(borrow)]
    account: Cow<'a, str>,
    #[serde(borrow)]
    old_key: &'a RawValue,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let (new_key, inner) = read_inner(call, payload)?;
    let request: KeyChange<'_> = inner.object()?;
    if request.account != call.account_url(account.id) {
        return Err(Problem::malformed("the inner `account` is not the one of the outer `kid`"));
    }
    let old_key = PublicKey::from_json(request.old_key.get().as_bytes())?;
    if old_key.thumbprint() != account.key.thumbprint() {
        return Err(Problem::malformed("the inner `oldKey` is not the account's key"));
    }
    if new_key.thumbprint() == account.key.thumbprint() {
        return Err(Problem::malformed("the new key is the account's already"));
    }
    match call.ca.store.change_key(account, new_key) {
        Ok(changed) => Ok(account::reply(call, &changed)),
        Err(KeyChangeError::Taken(id)) => Err(taken(call, id)),
        Err(KeyChangeError::Outrun) => {
            Err(conflict("the account's key was changed by another request meanwhile"))
        }
    }
}

/// The new key, with which the inner JWS is signed, and the inner payload.
fn read_inner(call: &Call<'_>, payload: &Payload) -> Result<(PublicKey, Payload), Problem> {
    let read = || {
        let jws = Jws::parse(&payload.0)?;
        if let KeyReference::Jwk(key) = jws.key() {
            jws.verify(key)?;
        }
        Ok(jws)
    };
    let jws = read().map_err(|error: JoseError| {
        let problem = Problem::from(error);
        let detail = format!("the inner request: {}", problem.detail);
        Problem { detail: detail.into(), ..problem }
    })?;
    if jws.nonce.is_some() {
        return Err(Problem::malformed("the inner JWS must not have a `nonce`"));
    }
    if jws.url.as_deref().and_then(|url| url.strip_prefix(call.base)) != Some(call.target) {
        return Err(Problem::malformed("the inner JWS's `url` is not that of the outer"));
    }
    match jws.into_parts() {
        (KeyReference::Jwk(key), payload) => Ok((key, Payload(payload))),
        (KeyReference::Kid(_), _) => {
            Err(Problem::malformed("the inner JWS must bring the new key as `jwk`"))
        }
    }
}

/// §7.3.5: the answer leads to the account that has the new key.
fn taken(call: &Call<'_>, id: u64) -> Problem {
    let problem = conflict("the new key is that of another account");
    match HeaderValue::try_from(call.account_url(id)) {
        Ok(url) => problem.with_header(LOCATION, url),
        Err(_) => problem,
    }
}

fn conflict(detail: &'static str) -> Problem {
    Problem::malformed(detail).with_status(StatusCode::CONFLICT)
}

//! Registration (RFC 8555 §7.3, §7.3.1).

use std::sync::Arc;

use hyper::{
    StatusCode,
    header::{HeaderValue, LINK},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    account, authenticate, binding,
    call::Call,
    contact,
    payload::Payload,
    reply::{Reply, link},
    route::Outcome,
    terms,
};
use crate::ca::{
    clock::Moment,
    jose::PublicKey,
    model::Account,
    problem::{ErrorType, Problem},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewAccount {
    #[serde(default)]
    contact: Vec<String>,
    #[serde(default)]
    terms_of_service_agreed: bool,
    #[serde(default)]
    only_return_existing: bool,
    external_account_binding: Option<Box<RawValue>>,
}

pub(super) fn post(call: &Call<'_>, key: PublicKey, payload: &Payload) -> Outcome {
    let request: NewAccount = payload.object()?;
    if let Some(account) = call.ca.store.account_by_key(key.thumbprint()) {
        return existing(call, &account);
    }
    if request.only_return_existing {
        let detail = "no account has this key";
        return Err(Problem::new(ErrorType::AccountDoesNotExist, detail));
    }
    if !request.terms_of_service_agreed {
        return Err(terms_not_agreed(call));
    }
    contact::check(&request.contact)?;
    let binding = binding::check(call, &key, request.external_account_binding)?;
    let account = Account {
        id: call.ca.store.next_id(),
        key: Arc::new(key),
        contact: request.contact,
        binding,
        deactivated: false,
        created: Moment::now(),
    };
    match call.ca.store.add_account(account) {
        Ok(account) => Ok(located(call, &account).with_status(StatusCode::CREATED)),
        Err(account) => existing(call, &account), // another request was faster
    }
}

fn existing(call: &Call<'_>, account: &Account) -> Outcome {
    authenticate::require_active(account)?;
    Ok(located(call, account))
}

fn located(call: &Call<'_>, account: &Account) -> Reply {
    account::reply(call, account).with_location(call.account_url(account.id))
}

/// In the form of §7.3.3, which is about terms that change.
fn terms_not_agreed(call: &Call<'_>) -> Problem {
    let url = call.url(terms::PATH);
    let problem = Problem::new(
        ErrorType::UserActionRequired,
        "`termsOfServiceAgreed` must be true to register here",
    );
    match HeaderValue::try_from(link(&url, "terms-of-service")) {
        Ok(link) => problem.with_header(LINK, link),
        Err(_) => problem,
    }
    .with_instance(url)
}

//! Authorizations: new ones, for orders and ahead of them (RFC 8555 §7.4.1).

use std::{borrow::Cow, sync::Arc};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hyper::StatusCode;
use serde::Deserialize;

use super::{authz, call::Call, payload::Payload, reuse, route::Outcome};
use crate::ca::{
    clock::Moment,
    identifier::Identifier,
    json::Object,
    model::{Account, Authz, Challenge, ChallengeState},
    problem::{ErrorType, Problem},
    va::VALIDATORS,
};

/// Not `new-authz`, which is the path of the dialect of 2015.
pub(super) const PATH: &str = "/acme/pre-authz";

#[derive(Deserialize)]
struct NewAuthz<'a> {
    #[serde(borrow)]
    identifier: Object<NewIdentifier<'a>>,
}

/// An identifier as clients send it.
#[derive(Deserialize)]
pub(super) struct NewIdentifier<'a> {
    #[serde(borrow, rename = "type")]
    identifier_type: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

impl NewIdentifier<'_> {
    pub(super) fn parse(&self) -> Result<Identifier, Problem> {
        Identifier::parse(&self.identifier_type, &self.value)
    }
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    if !call.ca.new_authz {
        return Err(Problem::not_found("pre-authorization"));
    }
    let request: NewAuthz<'_> = payload.object()?;
    let identifier = request.identifier.0.parse()?;
    if identifier.is_wildcard() {
        let detail = "wildcards cannot be authorized ahead of their order";
        return Err(Problem::new(ErrorType::RejectedIdentifier, detail));
    }
    let now = Moment::now();
    // §7.4.1: one that is there already is answered as such.
    let known = reuse::authz(call, account.id, &identifier, now);
    let (authz, status) = if let Some(authz) = known {
        (authz, StatusCode::OK)
    } else {
        let new = pending(call, account.id, &identifier, now)?;
        (call.ca.store.add_pre_authorization(new), StatusCode::CREATED)
    };
    let location = call.authz_url(authz.id);
    Ok(authz::reply(call, &authz).with_status(status).with_location(location))
}

/// A new authorization of `identifier` with all challenges that can prove it.
pub(super) fn pending(
    call: &Call<'_>,
    account: u64,
    identifier: &Identifier,
    now: Moment,
) -> Result<Authz, Problem> {
    // One for all challenges, as Boulder has it: which is answered, the name or its place tells.
    let token = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let challenges: Vec<Challenge> = VALIDATORS
        .iter()
        .filter(|validator| validator.offers(identifier, &call.ca.perspective))
        .map(|validator| Challenge {
            validator: *validator,
            token: token.clone(),
            state: ChallengeState::Pending,
        })
        .collect();
    if challenges.is_empty() {
        return Err(Problem::new(
            ErrorType::UnsupportedIdentifier,
            format!("no challenge of this CA can prove control of {:?}", identifier.text()),
        ));
    }
    Ok(Authz {
        id: call.ca.store.next_id(),
        account,
        created: now,
        expires: now.after(call.ca.authz_lifetime),
        identifier: identifier.clone(),
        deactivated: false,
        challenges,
    })
}

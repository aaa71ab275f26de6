//! Ordering a certificate (RFC 8555 §7.4).

use std::{borrow::Cow, sync::Arc};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hyper::StatusCode;
use serde::Deserialize;

use super::{call::Call, order, payload::Payload, route::Outcome};
use crate::ca::{
    clock::Moment,
    identifier::Identifier,
    json::{Object, present},
    model::{Account, Authz, Challenge, ChallengeState, Issuance, Order},
    problem::{ErrorType, Problem},
    va::VALIDATORS,
};

const MAX_IDENTIFIERS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewOrder<'a> {
    #[serde(borrow)]
    identifiers: Vec<Object<NewIdentifier<'a>>>,
    #[serde(default, deserialize_with = "present")]
    not_before: bool,
    #[serde(default, deserialize_with = "present")]
    not_after: bool,
}

#[derive(Deserialize)]
struct NewIdentifier<'a> {
    #[serde(borrow, rename = "type")]
    identifier_type: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let request: NewOrder<'_> = payload.object()?;
    if request.not_before || request.not_after {
        // §7.4: what cannot be fulfilled as asked for must be refused.
        return Err(Problem::malformed("`notBefore` and `notAfter` cannot be chosen here"));
    }
    let identifiers = read_identifiers(&request.identifiers)?;
    call.ca.limits.admit_names(&identifiers)?;
    let expires = Moment::now().after(call.ca.order_lifetime);
    let authzs = identifiers
        .iter()
        .map(|identifier| new_authz(call, account.id, expires, identifier))
        .collect::<Result<Vec<_>, _>>()?;
    let order = Order {
        id: call.ca.store.next_id(),
        account: account.id,
        expires,
        identifiers,
        authzs: authzs.iter().map(|authz| authz.id).collect(),
        issuance: Issuance::NotRequested,
    };
    let order = call.ca.store.add_order(order, authzs);
    let location = call.order_url(order.id);
    Ok(order::reply(call, &order).with_status(StatusCode::CREATED).with_location(location))
}

/// The identifiers, each once, in the order given.
fn read_identifiers(given: &[Object<NewIdentifier<'_>>]) -> Result<Vec<Identifier>, Problem> {
    if given.is_empty() || given.len() > MAX_IDENTIFIERS {
        let detail = format!("an order needs 1 to {MAX_IDENTIFIERS} identifiers");
        return Err(Problem::malformed(detail));
    }
    let mut identifiers = Vec::with_capacity(given.len());
    for Object(new) in given {
        let identifier = Identifier::parse(&new.identifier_type, &new.value)?;
        if !identifiers.contains(&identifier) {
            identifiers.push(identifier);
        }
    }
    Ok(identifiers)
}

fn new_authz(
    call: &Call<'_>,
    account: u64,
    expires: Moment,
    identifier: &Identifier,
) -> Result<Authz, Problem> {
    let challenges: Vec<Challenge> = VALIDATORS
        .iter()
        .filter(|validator| validator.offers(identifier, &call.ca.perspective))
        .map(|validator| Challenge {
            validator: *validator,
            token: BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()),
            state: ChallengeState::Pending,
        })
        .collect();
    if challenges.is_empty() {
        return Err(Problem::new(
            ErrorType::UnsupportedIdentifier,
            format!("no challenge of this CA can prove control of {:?}", identifier.as_str()),
        ));
    }
    Ok(Authz {
        id: call.ca.store.next_id(),
        account,
        expires,
        identifier: identifier.clone(),
        deactivated: false,
        challenges,
    })
}

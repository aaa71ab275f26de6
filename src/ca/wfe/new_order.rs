//! Ordering a certificate (RFC 8555 §7.4).

use std::{borrow::Cow, sync::Arc};

use hyper::StatusCode;
use serde::Deserialize;

use super::{
    call::Call,
    dates,
    new_authz::{self, NewIdentifier},
    order,
    payload::Payload,
    replaces, reuse,
    route::Outcome,
};
use crate::ca::{
    clock::Moment,
    identifier::Identifier,
    json::Object,
    model::{Account, Authz, Issuance, Order},
    problem::Problem,
};

const MAX_IDENTIFIERS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewOrder<'a> {
    #[serde(borrow)]
    identifiers: Vec<Object<NewIdentifier<'a>>>,
    #[serde(borrow)]
    not_before: Option<Cow<'a, str>>,
    #[serde(borrow)]
    not_after: Option<Cow<'a, str>>,
    #[serde(borrow)]
    profile: Option<Cow<'a, str>>,
    #[serde(borrow)]
    replaces: Option<Cow<'a, str>>,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let (request, now) = (payload.object::<NewOrder<'_>>()?, Moment::now());
    let identifiers = read_identifiers(&request.identifiers)?;
    let profile = call.ca.profiles.choose(request.profile.as_deref())?;
    let (not_before, not_after) = dates::read(
        request.not_before.as_deref(),
        request.not_after.as_deref(),
        profile.lifetime.min(now.until(call.ca.issuer.end())),
        now,
    )?;
    let replaces = request
        .replaces
        .map(|certificate| replaces::check(call, account, &identifiers, &certificate))
        .transpose()?;

    // What asks for nothing special can be answered with, and can be the answer to, its like.
    let is_plain = not_before.is_none() && not_after.is_none() && replaces.is_none();
    let names = (call.ca.reuse.orders && is_plain).then(|| sorted(&identifiers));
    if let Some(names) = &names
        && let Some(order) = reuse::order(call, account.id, names, profile, now)
    {
        return Ok(located(call, &order));
    }
    call.ca.limits.admit_names(&identifiers)?;
    let (authzs, new) = authorizations(call, account.id, &identifiers, now)?;
    let id = call.ca.store.next_id();
    if let Some(serial) = replaces {
        replaces::claim(call, serial, id)?;
    }
    let expires = now.after(call.ca.order_lifetime);
    let order = Order {
        id,
        account: account.id,
        created: now,
        // Nobody wants a certificate that was over before it was issued.
        expires: not_after.map_or(expires, |last| expires.min(last)),
        identifiers: identifiers.into(),
        authzs,
        profile: Arc::clone(profile),
        not_before,
        not_after,
        replaces,
        issuance: Issuance::NotRequested,
    };
    let order = call.ca.store.add_order(order, new);
    if let Some(names) = names {
        call.ca.store.remember_names(account.id, names, id);
    }
    Ok(located(call, &order))
}

fn located(call: &Call<'_>, order: &Order) -> super::reply::Reply {
    let location = call.order_url(order.id);
    order::reply(call, order).with_status(StatusCode::CREATED).with_location(location)
}

/// The identifiers, each once, in the order given.
fn read_identifiers(given: &[Object<NewIdentifier<'_>>]) -> Result<Vec<Identifier>, Problem> {
    if given.is_empty() || given.len() > MAX_IDENTIFIERS {
        let detail = format!("an order needs 1 to {MAX_IDENTIFIERS} identifiers");
        return Err(Problem::malformed(detail));
    }
    let mut identifiers = Vec::with_capacity(given.len());
    for Object(new) in given {
        let identifier = new.parse()?;
        if !identifiers.contains(&identifier) {
            identifiers.push(identifier);
        }
    }
    Ok(identifiers)
}

fn sorted(identifiers: &[Identifier]) -> Vec<Identifier> {
    let mut sorted = identifiers.to_vec();
    sorted.sort_unstable();
    sorted
}

/// The ids of an authorization for each identifier, and those among them that are new.
fn authorizations(
    call: &Call<'_>,
    account: u64,
    identifiers: &[Identifier],
    now: Moment,
) -> Result<(Vec<u64>, Vec<Authz>), Problem> {
    let (mut ids, mut new) = (Vec::with_capacity(identifiers.len()), Vec::new());
    for identifier in identifiers {
        if let Some(authz) = reuse::authz(call, account, identifier, now) {
            ids.push(authz.id);
            continue;
        }
        let authz = new_authz::pending(call, account, identifier, now)?;
        ids.push(authz.id);
        new.push(authz);
    }
    Ok((ids, new))
}

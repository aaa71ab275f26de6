//! An authorization: reading and deactivating it (RFC 8555 §7.1.4, §7.5.2).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    call::Call,
    challenge::{self, ChallengeView},
    payload::Payload,
    reply::Reply,
    route::Outcome,
};
use crate::ca::{
    clock::Moment,
    model::{Account, Authz, Challenge, Status},
    problem::Problem,
};

#[derive(Deserialize)]
struct Update {
    status: String,
}

#[derive(Serialize)]
struct View<'a> {
    identifier: IdentifierView<'a>,
    status: Status,
    expires: String,
    challenges: Vec<ChallengeView<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    wildcard: bool,
}

/// Without a wildcard's `*.`, which `wildcard` stands for (§7.1.4).
#[derive(Serialize)]
struct IdentifierView<'a> {
    #[serde(rename = "type")]
    identifier_type: &'static str,
    value: &'a str,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let authz = call.own_authz(account)?;
    if payload.is_empty() {
        return Ok(reply(call, &authz));
    }
    let update: Update = payload.object()?;
    if update.status != "deactivated" {
        let detail = format!("an authorization's status cannot be set to {:?}", update.status);
        return Err(Problem::malformed(detail));
    }
    if !authz.is_usable(Moment::now()) {
        return Err(Problem::malformed("only a pending or valid authorization is deactivated"));
    }
    call.ca.store.update_authz(authz.id, |authz| authz.deactivated = true);
    Ok(reply(call, &*call.own_authz(account)?))
}

/// The authorization object.
pub(super) fn reply(call: &Call<'_>, authz: &Authz) -> Reply {
    let status = authz.status(Moment::now());
    // §7.1.4: one that is decided shows what decided it, and nothing else.
    let is_decided = matches!(status, Status::Valid | Status::Invalid);
    let shown = |challenge: &&Challenge| !is_decided || challenge.status() == status;
    let reply = Reply::json(&View {
        identifier: IdentifierView {
            identifier_type: authz.identifier.type_name(),
            value: &authz.identifier.base_name(),
        },
        status,
        expires: authz.expires.to_rfc3339(),
        challenges: authz
            .challenges
            .iter()
            .filter(shown)
            .map(|challenge| challenge::view(call, authz.id, challenge))
            .collect(),
        wildcard: authz.identifier.is_wildcard(),
    });
    reply.with_retry_after(challenge::poll_wait(call, authz))
}

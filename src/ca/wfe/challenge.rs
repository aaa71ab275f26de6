//! A challenge: reading it and asking for its validation (RFC 8555 §7.1.5, §7.5.1).

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{call::Call, payload::Payload, reply::Reply, route::Outcome};
use crate::ca::{
    clock::Moment,
    model::{Account, Authz, Challenge, ChallengeState, Status},
    problem::Problem,
    va::{self, Attempt},
};

/// The client's answer. Members it may carry are ignored (§7.5.1).
#[derive(Deserialize)]
struct Answer {}

#[derive(Serialize)]
pub(super) struct ChallengeView<'a> {
    #[serde(rename = "type")]
    challenge_type: &'static str,
    url: String,
    status: Status,
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    validated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Problem>,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let authz = call.own_authz(account)?;
    let index = authz
        .challenges
        .iter()
        .position(|challenge| challenge.validator.challenge_type() == call.captures[1])
        .ok_or_else(|| Problem::not_found("this challenge"))?;
    if !payload.is_empty() {
        let Answer {} = payload.object()?;
        begin(call, account, &authz, index)?;
    }
    let authz = call.own_authz(account)?;
    Ok(Reply::json(&view(call, authz.id, &authz.challenges[index]))
        .with_link(&call.authz_url(authz.id), "up")
        .with_retry_after(poll_wait(call, &authz)))
}

/// What clients are told to wait for before they look at a validation again (§7.5.1); nothing
/// unless the CA is told to.
pub(super) fn poll_wait(call: &Call<'_>, authz: &Authz) -> Duration {
    call.ca.retry_after.filter(|_| authz.is_validating()).unwrap_or_default()
}

/// Starts the validation, once: clients may ask again (§8.2).
fn begin(call: &Call<'_>, account: &Account, authz: &Authz, index: usize) -> Result<(), Problem> {
    let now = Moment::now();
    let started = call.ca.store.update_authz(authz.id, |authz| match authz.status(now) {
        Status::Pending => {
            let state = &mut authz.challenges[index].state;
            let first = *state == ChallengeState::Pending;
            if first {
                *state = ChallengeState::Processing;
            }
            Ok(first)
        }
        Status::Valid => Ok(false),
        _ => Err(Problem::malformed("this authorization is no longer pending")),
    });
    if !started.unwrap_or(Ok(false))? {
        return Ok(());
    }
    let challenge = &authz.challenges[index];
    let account_url = call.account_url(account.id);
    let attempt = Attempt::new(&authz.identifier, challenge, account.key.thumbprint(), account_url);
    // It runs after the answer: handlers do not wait.
    tokio::spawn(va::validate(Arc::clone(call.ca), authz.id, index, challenge.validator, attempt));
    Ok(())
}

/// The challenge object.
pub(super) fn view<'a>(
    call: &Call<'_>,
    authz_id: u64,
    challenge: &'a Challenge,
) -> ChallengeView<'a> {
    let challenge_type = challenge.validator.challenge_type();
    ChallengeView {
        challenge_type,
        url: call.url(format_args!("/acme/challenge/{authz_id}/{challenge_type}")),
        status: challenge.status(),
        token: &challenge.token,
        validated: match challenge.state {
            ChallengeState::Valid(moment) => Some(moment.to_rfc3339()),
            _ => None,
        },
        error: challenge.error().map(AsRef::as_ref),
    }
}

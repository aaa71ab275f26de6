//! An account: reading, changing, deactivating it (RFC 8555 §7.1.2, §7.3.2, §7.3.6).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{call::Call, contact, payload::Payload, reply::Reply, route::Outcome};
use crate::ca::{
    model::{Account, Status},
    problem::Problem,
};

#[derive(Deserialize)]
struct Update {
    contact: Option<Vec<String>>,
    status: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    status: Status,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    contact: &'a [String],
    /// There is no account without it.
    terms_of_service_agreed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_account_binding: Option<&'a RawValue>,
    orders: String,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    call.require_own_path(account)?;
    if payload.is_empty() {
        return Ok(reply(call, account));
    }
    let update: Update = payload.object()?;
    let deactivate = match update.status.as_deref() {
        None | Some("valid") => false,
        Some("deactivated") => true,
        Some(other) => {
            let detail = format!("an account's status cannot be set to {other:?}");
            return Err(Problem::malformed(detail));
        }
    };
    if let Some(contact) = &update.contact {
        contact::check(contact)?;
    }
    let changed = call.ca.store.update_account(account.id, |account| {
        account.deactivated |= deactivate;
        if let Some(contact) = update.contact {
            account.contact = contact;
        }
    });
    Ok(reply(call, changed.as_deref().unwrap_or(account)))
}

/// The account object.
pub(super) fn reply(call: &Call<'_>, account: &Account) -> Reply {
    Reply::json(&View {
        status: account.status(),
        contact: &account.contact,
        terms_of_service_agreed: true,
        external_account_binding: account.binding.as_deref(),
        orders: call.account_url(account.id) + "/orders",
    })
}

//! An order (RFC 8555 §7.1.3).

use std::sync::Arc;

use serde::Serialize;

use super::{call::Call, payload::Payload, reply::Reply, route::Outcome};
use crate::ca::{
    cert_id,
    clock::Moment,
    identifier::Identifier,
    model::{Account, Issuance, Order, Status},
    problem::Problem,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    status: Status,
    expires: String,
    identifiers: &'a [Identifier],
    profile: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    authorizations: Vec<String>,
    finalize: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Arc<Problem>>,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let order = call.own_order(account)?;
    payload.require_empty()?;
    Ok(reply(call, &order))
}

/// The order object.
pub(super) fn reply(call: &Call<'_>, order: &Order) -> Reply {
    let now = Moment::now();
    let (status, error) = order.status(&call.ca.store.authzs_of(order), now);
    let certificate = match order.issuance {
        Issuance::Issued(serial) => Some(call.certificate_url(&serial)),
        _ => None,
    };
    let reply = Reply::json(&View {
        status,
        expires: order.expires.to_rfc3339(),
        identifiers: &order.identifiers,
        profile: &order.profile.name,
        not_before: order.not_before.map(Moment::to_rfc3339),
        not_after: order.not_after.map(Moment::to_rfc3339),
        replaces: order
            .replaces
            .map(|serial| cert_id::format(&serial, call.ca.issuer.key_identifier())),
        authorizations: order.authzs.iter().map(|id| call.authz_url(*id)).collect(),
        finalize: call.order_url(order.id) + "/finalize",
        certificate,
        error,
    });
    match order.issuance {
        Issuance::Signing(ready_at) => reply.with_retry_after(now.until(ready_at)),
        _ => reply,
    }
}

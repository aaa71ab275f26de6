//! An order (RFC 8555 §7.1.3).

use std::sync::Arc;

use serde::Serialize;

use super::{call::Call, payload::Payload, reply::Reply, route::Outcome};
use crate::ca::{
    clock::Moment,
    identifier::Identifier,
    model::{Account, Issuance, Order, Status},
    problem::Problem,
};

#[derive(Serialize)]
struct View<'a> {
    status: Status,
    expires: String,
    identifiers: &'a [Identifier],
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
    let (status, error) = order.status(&call.ca.store.authzs_of(order), Moment::now());
    let certificate = match order.issuance {
        Issuance::Issued(serial) => Some(call.url(format_args!("/acme/certificate/{serial}"))),
        _ => None,
    };
    Reply::json(&View {
        status,
        expires: order.expires.to_rfc3339(),
        identifiers: &order.identifiers,
        authorizations: order.authzs.iter().map(|id| call.authz_url(*id)).collect(),
        finalize: call.order_url(order.id) + "/finalize",
        certificate,
        error,
    })
}

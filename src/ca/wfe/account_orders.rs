//! The list of an account's orders, in pages (RFC 8555 §7.1.2.1).

use std::sync::Arc;

use serde::Serialize;

use super::{call::Call, payload::Payload, reply::Reply, route::Outcome};
use crate::ca::{
    clock::Moment,
    model::{Account, Status},
    problem::Problem,
};

const PAGE_ORDERS: usize = 100;

#[derive(Serialize)]
struct View {
    orders: Vec<String>,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    call.require_own_path(account)?;
    payload.require_empty()?;
    let skip = match call.target.split_once('?') {
        None => 0,
        Some((_, query)) => query
            .strip_prefix("cursor=")
            .and_then(|cursor| cursor.parse().ok())
            .ok_or_else(|| Problem::not_found("this page of orders"))?,
    };
    let (store, now) = (&call.ca.store, Moment::now());
    let (mut ids, more) = store.orders_of_account(account.id, skip, PAGE_ORDERS);
    // §7.1.2.1: invalid orders should not be listed. A page then has fewer of them.
    ids.retain(|id| {
        store
            .order(*id)
            .is_some_and(|order| order.status(&store.authzs_of(&order), now).0 != Status::Invalid)
    });
    let reply = Reply::json(&View { orders: ids.iter().map(|id| call.order_url(*id)).collect() });
    if !more {
        return Ok(reply);
    }
    let next = format!("{}/orders?cursor={}", call.account_url(account.id), skip + PAGE_ORDERS);
    Ok(reply.with_link(&next, "next"))
}

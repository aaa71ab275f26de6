//! Finalizing an order with a CSR (RFC 8555 §7.4).

use std::{borrow::Cow, sync::Arc};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Deserialize;

use super::{call::Call, crl, order, payload::Payload, route::Outcome};
use crate::ca::{
    clock::Moment,
    csr, issuance,
    model::{Account, Status},
    problem::{ErrorType, Problem},
};

#[derive(Deserialize)]
struct Finalize<'a> {
    #[serde(borrow)]
    csr: Cow<'a, str>,
}

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let order = call.own_order(account)?;
    let request: Finalize<'_> = payload.object()?;
    let der = BASE64_URL_SAFE_NO_PAD.decode(&*request.csr).map_err(|error| {
        Problem::malformed(format!("the `csr` is not unpadded base64url: {error}"))
    })?;
    let (status, _) = order.status(&call.ca.store.authzs_of(&order), Moment::now());
    if status != Status::Ready {
        return Err(not_ready());
    }
    let key = csr::check(&der, &order.identifiers, &account.key)
        .map_err(|error| Problem::new(ErrorType::BadCsr, error.to_string()))?;
    let crl_url = call.url(crl::PATH);
    if !issuance::begin(call.ca, &order, key, crl_url) {
        return Err(not_ready());
    }
    let order = call.own_order(account)?;
    Ok(order::reply(call, &order).with_location(call.order_url(order.id)))
}

fn not_ready() -> Problem {
    Problem::new(
        ErrorType::OrderNotReady,
        "only an order with status `ready` can be finalized, and only once",
    )
}

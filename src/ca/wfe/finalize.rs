//! Finalizing an order with a CSR (RFC 8555 §7.4).

use std::{borrow::Cow, sync::Arc};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Deserialize;

use super::{call::Call, crl, order, payload::Payload, route::Outcome};
use crate::ca::{
    clock::Moment,
    csr, issuance,
    model::{Account, Issuance, Order, Status},
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
    let now = Moment::now();
    let (status, _) = order.status(&call.ca.store.authzs_of(&order), now);
    if status != Status::Ready {
        return Err(not_ready(&order, status, now));
    }
    let key = csr::check(&der, &order.identifiers, &account.key)
        .map_err(|error| Problem::new(ErrorType::BadCsr, error.to_string()))?;
    let crl_url = call.url(crl::PATH);
    if !issuance::begin(call.ca, &order, key, crl_url) {
        return Err(not_ready(&order, Status::Processing, now));
    }
    let order = call.own_order(account)?;
    Ok(order::reply(call, &order).with_location(call.order_url(order.id)))
}

fn not_ready(order: &Order, status: Status, now: Moment) -> Problem {
    let why = if order.issuance == Issuance::NotRequested && order.expires <= now {
        format!("the order expired at {}", order.expires.to_rfc3339())
    } else {
        format!("the order is {status}")
    };
    let detail = format!("{why}; only one with status `ready` can be finalized, and only once");
    Problem::new(ErrorType::OrderNotReady, detail)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ca::model::test_order;

    #[test]
    fn an_order_that_is_not_ready_is_told_why() {
        let (order, now) = (test_order(1, 1), Moment::now());
        let detail = |now, status| not_ready(&order, status, now).detail;
        let later = now.after(Duration::from_secs(1));
        assert!(detail(later, Status::Invalid).starts_with("the order expired at 2"));
        let earlier = now.before(Duration::from_secs(1));
        assert!(detail(earlier, Status::Pending).starts_with("the order is pending; only one"));
    }
}

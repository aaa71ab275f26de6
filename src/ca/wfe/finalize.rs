//! Finalizing an order: from CSR to certificate (RFC 8555 §7.4).

use std::{borrow::Cow, sync::Arc};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use rcgen::SubjectPublicKeyInfo;
use serde::Deserialize;

use super::{call::Call, order, payload::Payload, route::Outcome};
use crate::ca::{
    clock::Moment,
    csr,
    issuer::Serial,
    model::{Account, Certificate, Issuance, Order, Status},
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
    let order = issue(call, &order, &key)?;
    Ok(order::reply(call, &order).with_location(call.order_url(order.id)))
}

/// Signs the order's certificate. Of concurrent calls one wins; signing holds no lock.
fn issue(
    call: &Call<'_>,
    order: &Order,
    key: &SubjectPublicKeyInfo,
) -> Result<Arc<Order>, Problem> {
    let store = &call.ca.store;
    let claimed = store.update_order(order.id, |order| {
        let free = order.issuance == Issuance::NotRequested;
        if free {
            order.issuance = Issuance::Signing;
        }
        free
    });
    if claimed != Some(true) {
        return Err(not_ready());
    }
    let serial = Serial::random();
    let issuance = match call.ca.issuer.sign(serial, &order.identifiers, key) {
        Ok(der) => {
            store.add_certificate(serial, Certificate { account: order.account, der });
            Issuance::Issued(serial)
        }
        Err(error) => {
            let detail = format!("the certificate cannot be signed: {error}");
            Issuance::Failed(Arc::new(Problem::new(ErrorType::ServerInternal, detail)))
        }
    };
    store.update_order(order.id, |order| order.issuance = issuance);
    store.order(order.id).ok_or_else(|| Problem::not_found("this order"))
}

fn not_ready() -> Problem {
    Problem::new(
        ErrorType::OrderNotReady,
        "only an order with status `ready` can be finalized, and only once",
    )
}

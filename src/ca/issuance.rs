//! From an order that is ready to its certificate (RFC 8555 §7.4).

use std::{sync::Arc, time::Duration};

use rcgen::SubjectPublicKeyInfo;

use super::{
    authority::Authority,
    clock::Moment,
    issuer::{Leaf, Serial},
    model::{Certificate, Issuance, Order},
    problem::{ErrorType, Problem},
};

/// Begins to issue the certificate of `key` for `order`, and ends with it unless the CA is told to
/// take its time. Of concurrent calls one wins; the others get `false`.
pub(super) fn begin(
    ca: &Arc<Authority>,
    order: &Arc<Order>,
    key: SubjectPublicKeyInfo,
    crl_url: String,
) -> bool {
    let ready_at = Moment::now().after(ca.finalize_delay);
    let claimed = ca.store.update_order(order.id, |order| {
        let free = order.issuance == Issuance::NotRequested;
        if free {
            order.issuance = Issuance::Signing(ready_at);
        }
        free
    });
    if claimed != Some(true) {
        return false;
    }
    if ca.finalize_delay.is_zero() {
        finish(ca, order, &key, crl_url);
    } else {
        let (ca, order) = (Arc::clone(ca), Arc::clone(order));
        tokio::spawn(async move {
            tokio::time::sleep(ca.finalize_delay).await;
            finish(&ca, &order, &key, crl_url);
        });
    }
    true
}

/// Signs and records; signing holds no lock.
fn finish(ca: &Authority, order: &Order, key: &SubjectPublicKeyInfo, crl_url: String) {
    let serial = Serial::random();
    let (not_before, not_after) = dates(order, Moment::now());
    let leaf = Leaf {
        serial,
        identifiers: &order.identifiers,
        not_before: not_before.to_datetime(),
        not_after: not_after.to_datetime(),
        crl_url,
    };
    let issuance = match ca.issuer.sign(leaf, key) {
        Ok(der) => {
            let certificate = Certificate {
                account: order.account,
                order: order.id,
                der: der.into(),
                revocation: None,
                replaced_by: None,
            };
            ca.store.add_certificate(serial, certificate);
            Issuance::Issued(serial)
        }
        Err(error) => {
            let detail = format!("the certificate cannot be signed: {error}");
            Issuance::Failed(Arc::new(Problem::new(ErrorType::ServerInternal, detail)))
        }
    };
    // `None` if the order is gone: then nobody waits for its certificate.
    ca.store.update_order(order.id, |order| order.issuance = issuance);
}

/// First and last second of the certificate: those asked for, else as the profile has it.
fn dates(order: &Order, now: Moment) -> (Moment, Moment) {
    let not_before = order.not_before.unwrap_or(now);
    // RFC 5280 §4.1.2.5 counts both ends in, hence the second less.
    let end = || not_before.after(order.profile.lifetime).before(Duration::from_secs(1));
    (not_before, order.not_after.unwrap_or_else(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::{model::test_order, options::CertProfile};

    #[test]
    fn dates_are_those_asked_for_or_the_profiles() {
        let (day, now) = (Duration::from_secs(24 * 3600), Moment::now());
        let mut order = test_order(1, 1);
        order.profile = Arc::new(CertProfile { name: "day".to_owned(), lifetime: day });
        let last = |start: Moment| start.after(day).before(Duration::from_secs(1));
        assert_eq!(dates(&order, now), (now, last(now)));
        let later = now.after(Duration::from_secs(60));
        order.not_before = Some(later);
        assert_eq!(dates(&order, now), (later, last(later)));
        order.not_after = Some(later.after(Duration::from_secs(5)));
        assert_eq!(dates(&order, now).1, later.after(Duration::from_secs(5)));
    }
}

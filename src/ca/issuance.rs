//! From an order that is ready to its certificate (RFC 8555 §7.4).

use std::{sync::Arc, time::Duration};

use rcgen::SubjectPublicKeyInfo;

use super::{
    authority::Authority,
    clock::Moment,
    identifier::Identifier,
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

fn finish(ca: &Authority, order: &Order, key: &SubjectPublicKeyInfo, crl_url: String) {
    let request = Request {
        account: order.account,
        identifiers: Arc::clone(&order.identifiers),
        dates: dates(order, Moment::now()),
        crl_url,
    };
    let issuance = match require_active(ca, order).and_then(|()| certify(ca, request, key)) {
        Ok(certificate) => Issuance::Issued(certificate.serial),
        Err(problem) => Issuance::Failed(Arc::new(problem)),
    };
    // `None` if the order is gone: then nobody waits for its certificate.
    ca.store.update_order(order.id, |order| order.issuance = issuance);
}

/// §7.3.6: what an account has under way ends when it is deactivated.
fn require_active(ca: &Authority, order: &Order) -> Result<(), Problem> {
    match ca.store.account(order.account) {
        Some(account) if !account.deactivated => Ok(()),
        _ => Err(Problem::unauthorized(
            "the account was deactivated before the certificate was there",
        )),
    }
}

/// What is to be certified, and for whom.
pub(super) struct Request {
    pub(super) account: u64,
    pub(super) identifiers: Arc<[Identifier]>,
    /// First and last second.
    pub(super) dates: (Moment, Moment),
    /// Where its revocation will be told.
    pub(super) crl_url: String,
}

/// Signs a certificate of `key` and records it; signing holds no lock.
pub(super) fn certify(
    ca: &Authority,
    request: Request,
    key: &SubjectPublicKeyInfo,
) -> Result<Arc<Certificate>, Problem> {
    let Request { account, identifiers, dates, crl_url } = request;
    // Past its authority's end nobody would trust it.
    let dates = (dates.0, dates.1.min(ca.issuer.end()));
    let serial = Serial::random();
    let leaf = Leaf {
        serial,
        identifiers: &identifiers,
        not_before: dates.0.to_datetime(),
        not_after: dates.1.to_datetime(),
        crl_url,
    };
    let der = ca.issuer.sign(leaf, key).map_err(|error| {
        let detail = format!("the certificate cannot be signed: {error}");
        Problem::new(ErrorType::ServerInternal, detail)
    })?;
    let der = der.into();
    let certificate = Certificate {
        id: ca.store.next_id(),
        serial,
        account,
        issued: Moment::now(),
        identifiers,
        der,
        dates,
        revocation: None,
        replaced_by: None,
    };
    Ok(ca.store.add_certificate(certificate))
}

/// First and last second of the certificate: those asked for, else as the profile has it.
fn dates(order: &Order, now: Moment) -> (Moment, Moment) {
    let (not_before, not_after) = lasting(order.profile.lifetime, order.not_before.unwrap_or(now));
    (not_before, order.not_after.unwrap_or(not_after))
}

/// First and last second of what lasts `lifetime` from `start` on. RFC 5280 §4.1.2.5 counts both
/// ends in, hence a second less.
pub(super) fn lasting(lifetime: Duration, start: Moment) -> (Moment, Moment) {
    (start, start.after(lifetime).before(Duration::from_secs(1)))
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PublicKeyData};

    use super::*;
    use crate::ca::{
        jose,
        model::{Account, test_order},
        options::{CaOptions, CertProfile},
    };

    #[test]
    fn a_deactivated_account_gets_no_certificate() {
        let ca = Authority::new(&CaOptions::default(), "ca".to_owned()).expect("keys");
        let account = Account {
            id: ca.store.next_id(),
            key: Arc::new(jose::test_key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")),
            contact: vec![],
            binding: None,
            deactivated: false,
            created: Moment::now(),
        };
        let account = ca.store.add_account(account).expect("the key is new");
        let key = KeyPair::generate().expect("a key");
        let finished = || {
            let order = ca.store.add_order(test_order(ca.store.next_id(), account.id), vec![]);
            let key = SubjectPublicKeyInfo::from_der(&key.subject_public_key_info()).expect("DER");
            assert!(begin(&ca, &order, key, "http://ca/crl".to_owned()));
            ca.store.order(order.id).expect("it is there").issuance.clone()
        };
        assert!(matches!(finished(), Issuance::Issued(_)));
        ca.store.update_account(account.id, |account| account.deactivated = true);
        assert!(matches!(finished(), Issuance::Failed(_)));
    }

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

//! Orders that replace an earlier certificate (RFC 9773 §5).

use super::call::{Call, require_owner};
use crate::ca::{
    cert_id,
    clock::Moment,
    identifier::Identifier,
    issuer::Serial,
    model::{Account, Status},
    problem::{ErrorType, Problem},
};

/// The certificate that `replaces` names, if an order of `account` for `identifiers` may replace it.
pub(super) fn check(
    call: &Call<'_>,
    account: &Account,
    identifiers: &[Identifier],
    replaces: &str,
) -> Result<Serial, Problem> {
    let store = &call.ca.store;
    let serial = cert_id::parse(replaces, call.ca.issuer.key_identifier())?;
    let certificate =
        store.certificate(&serial).ok_or_else(|| Problem::not_found("this certificate"))?;
    require_owner(account, certificate.account)?;
    let shared = certificate.identifiers.iter().any(|name| identifiers.contains(name));
    if shared {
        return Ok(serial);
    }
    Err(Problem::malformed("the order shares no identifier with the certificate it replaces"))
}

/// Marks the certificate as replaced by `order`. It can be so once, unless that order failed.
pub(super) fn claim(call: &Call<'_>, serial: Serial, order: u64) -> Result<(), Problem> {
    let store = &call.ca.store;
    let before = store.certificate(&serial).and_then(|certificate| certificate.replaced_by);
    // An order that is not there yet is being made.
    let has_failed = |id| {
        store.order(id).is_some_and(|earlier| {
            earlier.status(&store.authzs_of(&earlier), Moment::now()).0 == Status::Invalid
        })
    };
    if before.is_none_or(has_failed) && store.replace(serial, before, order) {
        return Ok(());
    }
    let detail = "another order replaces this certificate already";
    Err(Problem::new(ErrorType::AlreadyReplaced, detail))
}

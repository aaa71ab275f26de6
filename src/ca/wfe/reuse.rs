//! What a new order takes over of what its account did before.

use std::sync::Arc;

use super::call::Call;
use crate::ca::{
    clock::Moment,
    identifier::Identifier,
    model::{Authz, Order, Status},
    options::CertProfile,
};

/// The account's authorization of `identifier` that a new order takes over: a pre-authorization
/// (RFC 8555 §7.4.1), or any valid one where the CA is told to reuse them.
pub(super) fn authz(
    call: &Call<'_>,
    account: u64,
    identifier: &Identifier,
    now: Moment,
) -> Option<Arc<Authz>> {
    let store = &call.ca.store;
    store.pre_authorization(account, identifier, now).or_else(|| {
        let reused = call.ca.reuse.authzs;
        reused.then(|| store.proven(account, identifier, now)).flatten()
    })
}

/// The account's pending or ready order of the same identifiers and profile, where the CA is told
/// to reuse them. One that asks for something special is never taken for another.
pub(super) fn order(
    call: &Call<'_>,
    account: u64,
    sorted_names: &[Identifier],
    profile: &CertProfile,
    now: Moment,
) -> Option<Arc<Order>> {
    let store = &call.ca.store;
    let found = store.order_by_names(account, sorted_names)?;
    let (status, _) = found.status(&store.authzs_of(&found), now);
    let open = matches!(status, Status::Pending | Status::Ready);
    (open && *found.profile == *profile).then_some(found)
}

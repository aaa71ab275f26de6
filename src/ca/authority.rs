//! The CA as its parts share it.

use std::{sync::Arc, time::Duration};

use super::{
    clock::Moment,
    crl::Crl,
    faults::Faults,
    issuer::Issuer,
    limits::Limits,
    nonce::Nonces,
    options::{CaError, CaOptions, EabOptions, ReuseOptions},
    profiles::Profiles,
    rows::{self, Resumed, Rows},
    store::Store,
    va::Perspective,
    wfe::V1,
};

/// How long what has ended is kept, for clients that still look at it.
const KEEP_ENDED: Duration = Duration::from_secs(60);

/// Everything a request handler or a validation can need.
pub(super) struct Authority {
    pub(super) store: Store,
    pub(super) nonces: Nonces,
    pub(super) issuer: Arc<Issuer>,
    /// There if what the store has is written as rows.
    pub(super) rows: Option<Rows>,
    pub(super) perspective: Perspective,
    pub(super) faults: Faults,
    pub(super) limits: Limits,
    /// There if the ACME of early 2015 is spoken too.
    pub(super) v1: Option<V1>,
    pub(super) crl: Crl,
    pub(super) profiles: Profiles,
    pub(super) order_lifetime: Duration,
    pub(super) authz_lifetime: Duration,
    pub(super) reuse: ReuseOptions,
    /// Whether newAuthz is there.
    pub(super) new_authz: bool,
    pub(super) eab: EabOptions,
    pub(super) finalize_delay: Duration,
    pub(super) retry_after: Option<Duration>,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// Host and port for URLs when a request has no `Host` header.
    pub(super) host: String,
}

impl Authority {
    pub(super) fn new(options: &CaOptions, host: String) -> Result<Arc<Self>, CaError> {
        let profiles = Profiles::new(options);
        let (store, issuer, rows) = match rows::start(&options.store, &profiles)? {
            None => (Store::new(), Arc::new(Issuer::new()?), None),
            Some(Resumed { issuer, records, queue, rows }) => {
                (Store::resumed(records, queue, options.reuse.orders), issuer, Some(rows))
            }
        };
        Ok(Arc::new(Self {
            store,
            rows,
            nonces: Nonces::new(),
            issuer,
            perspective: Perspective::new(options)?,
            faults: Faults::new(&options.faults),
            limits: Limits::new(&options.limits),
            v1: options.acme_v1.then(V1::default),
            crl: Crl::default(),
            profiles,
            order_lifetime: options.order_lifetime,
            authz_lifetime: options.authz_lifetime,
            reuse: options.reuse,
            new_authz: options.new_authz,
            eab: options.eab.clone(),
            finalize_delay: options.finalize_delay,
            retry_after: options.retry_after,
            scheme: if options.tls { "https" } else { "http" },
            host,
        }))
    }

    /// Forgets what ended a while ago. It looks at every record, some tens of nanoseconds each.
    pub(super) fn forget_ended(&self) {
        let horizon = Moment::now().before(KEEP_ENDED);
        self.store.forget_ended(horizon);
        if let Some(v1) = &self.v1 {
            v1.forget_ended(horizon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::model::{Order, test_order};

    #[test]
    fn what_ended_is_kept_for_a_while() {
        let ca = Authority::new(&CaOptions::default(), "ca".to_owned()).expect("keys");
        let ended = |wait: Duration| {
            let order = test_order(ca.store.next_id(), 1);
            ca.store.add_order(Order { expires: Moment::now().before(wait), ..order }, vec![]).id
        };
        let (lately, long_ago) = (ended(KEEP_ENDED / 2), ended(KEEP_ENDED * 2));
        ca.forget_ended();
        assert!(ca.store.order(lately).is_some() && ca.store.order(long_ago).is_none());
    }
}

//! What clients asked for and what the CA confirmed to them.
//!
//! What is asked for is noted before the request leaves: if the answer never comes, either state is right.

use std::sync::atomic::{AtomicU64, Ordering};

use super::book::Book;
use super::entry::{
    Account, Authorization, AuthorizationState, Certificate, Key, KeyDigest, Leaf, Order,
    OrderState, Step,
};
use super::identifier::IdentifierDigest;
use super::reasons::{Reasons, Revoker};
use super::serial::Serial;

/// All that one run noted. Every shard writes to it.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Accounts by the number at the end of their URL.
    pub accounts: Book<u64, Account>,
    /// Orders, likewise.
    pub orders: Book<u64, Order>,
    /// Authorizations, likewise.
    pub authorizations: Book<u64, Authorization>,
    /// Certificates by serial number.
    pub certificates: Book<Serial, Certificate>,
    /// Confirmations of things whose URL ends in no number.
    without_id: AtomicU64,
}

impl Ledger {
    /// The CA answered for the account at `url`, which has `key` and is `valid`, or not any more.
    pub fn account(&self, url: &str, key: KeyDigest, status: &str) {
        let Some(id) = self.id_of(url) else { return };
        self.accounts.note(id, |account| {
            account.is_confirmed = true;
            // Another attacker may have changed it after this answer was sent.
            if account.key == Key::Untold {
                account.key = Key::Known(key);
            }
            if status != "valid" {
                account.deactivation.reach(Step::Confirmed);
            }
        });
    }

    /// A request is about to ask to deactivate the account at `url`.
    pub fn deactivating(&self, url: &str) {
        let Some(id) = self.id_of(url) else { return };
        self.accounts.note(id, |account| account.deactivation.reach(Step::Asked));
    }

    /// A request is about to ask for another key for the account at `url`.
    pub fn changing_key(&self, url: &str) {
        let Some(id) = self.id_of(url) else { return };
        self.accounts.note(id, |account| account.key = Key::Changing);
    }

    /// The CA confirmed that the account at `url` has another key now.
    pub fn key_changed(&self, url: &str, key: KeyDigest) {
        let Some(id) = self.id_of(url) else { return };
        self.accounts.note(id, |account| {
            account.is_confirmed = true;
            account.key = Key::Known(key);
        });
    }

    /// The CA answered for the order at `url`.
    pub fn order(&self, url: &str, account_url: &str, status: &str) {
        let Some(id) = self.id_of(url) else { return };
        self.orders.note(id, |order| {
            order.is_confirmed = true;
            order.account = id_in(account_url);
            match status {
                "valid" => order.state = OrderState::Valid,
                "invalid" => order.state = OrderState::Invalid,
                // Somebody who heard of it earlier may note it later.
                _ => {}
            }
        });
    }

    /// A request is about to finalize the order at `url`.
    pub fn finalizing(&self, url: &str) {
        let Some(id) = self.id_of(url) else { return };
        self.orders.note(id, |order| order.finalization.reach(Step::Asked));
    }

    /// The CA answered for the authorization at `url`, which is of `identifier`, if that is known. What
    /// is not decided yet is passed over.
    pub fn authorization(
        &self,
        url: &str,
        account_url: &str,
        identifier: Option<IdentifierDigest>,
        status: &str,
    ) {
        let (state, deactivation) = match status {
            "valid" => (AuthorizationState::Valid, Step::NotAsked),
            "invalid" => (AuthorizationState::Invalid, Step::NotAsked),
            "deactivated" => (AuthorizationState::Untold, Step::Confirmed),
            _ => return,
        };
        let Some(id) = self.id_of(url) else { return };
        self.authorizations.note(id, |authorization| {
            if state != AuthorizationState::Untold {
                authorization.state = state;
            }
            authorization.deactivation.reach(deactivation);
            authorization.account = id_in(account_url);
            authorization.identifier = identifier;
        });
    }

    /// A request is about to ask to deactivate the authorization at `url`.
    pub fn deactivating_authorization(&self, url: &str) {
        let Some(id) = self.id_of(url) else { return };
        self.authorizations.note(id, |authorization| authorization.deactivation.reach(Step::Asked));
    }

    /// A certificate was downloaded: that of the order at `order_url`, if it has one.
    pub fn certificate(&self, leaf: &Leaf, account_url: &str, order_url: Option<&str>) {
        self.certificates.note(leaf.serial, |certificate| {
            *certificate = Certificate { account: id_in(account_url), ..leaf.entry(certificate) };
        });
        let Some(id) = order_url.and_then(|url| self.id_of(url)) else { return };
        self.orders.note(id, |order| {
            order.is_confirmed = true;
            order.account = id_in(account_url);
            order.state = OrderState::Valid;
            order.certificate = Some(leaf.serial);
        });
    }

    /// A request is about to ask to revoke a certificate, with the account at `account_url` or its own
    /// key, for a reason of RFC 5280 section 5.3.1.
    pub fn revoking(&self, serial: Serial, account_url: Option<&str>, reason: Option<i64>) {
        let account = account_url.map(id_in);
        self.certificates.note(serial, |certificate| {
            certificate.revocation.reach(Step::Asked);
            let revoker = match account {
                None => Revoker::Key,
                Some(Some(id)) if certificate.account == Some(id) => Revoker::Subscriber,
                Some(_) => Revoker::Other,
            };
            let given = reason.map_or(Reasons::ANY, |code| Reasons::given(code, revoker));
            certificate.reasons = certificate.reasons.or(given);
        });
    }

    /// The CA confirmed that a certificate is revoked: by that request, or that it had been before.
    /// Either way it knows the certificate.
    pub fn revoked(&self, leaf: &Leaf, step: Step) {
        self.certificates.note(leaf.serial, |certificate| {
            *certificate = leaf.entry(certificate);
            certificate.revocation.reach(step);
        });
    }

    /// How many confirmations were about things whose URL ends in no number.
    pub fn without_id(&self) -> u64 {
        self.without_id.load(Ordering::Relaxed)
    }

    fn id_of(&self, url: &str) -> Option<u64> {
        let id = id_in(url);
        if id.is_none() {
            self.without_id.fetch_add(1, Ordering::Relaxed);
        }
        id
    }
}

/// The number at the end of a URL, which is a row's id in Boulder.
pub fn id_in(url: &str) -> Option<u64> {
    url.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::names::Names;

    const ACCOUNT: &str = "http://ca/acme/acct/7";
    const ORDER: &str = "http://ca/acme/order/7/12";

    #[test]
    fn the_id_is_the_last_number_of_a_url() {
        assert_eq!(id_in(ACCOUNT), Some(7));
        assert_eq!(id_in(ORDER), Some(12));
        assert_eq!(id_in("http://ca/order/x1"), None);
        let ledger = Ledger::default();
        ledger.order("http://ca/order/x1", ACCOUNT, "pending");
        assert_eq!((ledger.without_id(), ledger.orders.ids(|_| true)), (1, vec![]));
    }

    #[test]
    fn nothing_moves_backwards() {
        let ledger = Ledger::default();
        ledger.account(ACCOUNT, [1; 32], "deactivated");
        ledger.deactivating(ACCOUNT);
        ledger.account(ACCOUNT, [1; 32], "valid");
        let account = ledger.accounts.get(7).expect("noted");
        assert_eq!(account.deactivation, Step::Confirmed);
        ledger.order(ORDER, ACCOUNT, "valid");
        ledger.order(ORDER, ACCOUNT, "pending");
        assert_eq!(ledger.orders.get(12).expect("noted").state, OrderState::Valid);
    }

    #[test]
    fn an_account_has_no_known_key_while_it_changes() {
        let ledger = Ledger::default();
        ledger.account(ACCOUNT, [1; 32], "valid");
        ledger.changing_key(ACCOUNT);
        // From an answer that had been sent before.
        ledger.account(ACCOUNT, [1; 32], "valid");
        assert_eq!(ledger.accounts.get(7).expect("noted").key, Key::Changing);
        ledger.key_changed(ACCOUNT, [2; 32]);
        assert_eq!(ledger.accounts.get(7).expect("noted").key, Key::Known([2; 32]));
    }

    #[test]
    fn an_authorization_is_what_it_became_last() {
        let ledger = Ledger::default();
        let url = "http://ca/acme/authz-v3/9";
        ledger.authorization(url, ACCOUNT, None, "pending");
        ledger.deactivating_authorization(url);
        assert!(ledger.authorizations.get(9).is_some_and(|noted| !noted.is_confirmed()));
        ledger.authorization(url, ACCOUNT, None, "deactivated");
        ledger.authorization(url, ACCOUNT, None, "valid");
        let authorization = ledger.authorizations.get(9).expect("noted");
        assert_eq!(authorization.state, AuthorizationState::Valid);
        assert_eq!(authorization.deactivation, Step::Confirmed);
        assert_eq!(authorization.account, Some(7));
    }

    #[test]
    fn who_revokes_decides_what_may_be_the_reason() {
        let ledger = Ledger::default();
        let leaf = |byte| {
            let serial = Serial::from_bytes(&[byte]).expect("short");
            Leaf { serial, names: Names::of(["a.com"]), digest: [byte; 8] }
        };
        let mut number = 0;
        let mut reasons = |account: Option<&str>, reason| {
            number += 1;
            let leaf = leaf(number);
            ledger.certificate(&leaf, ACCOUNT, None);
            ledger.revoking(leaf.serial, account, reason);
            ledger.certificates.get(leaf.serial).expect("noted").reasons
        };
        assert_eq!(reasons(Some(ACCOUNT), Some(4)).to_string(), "4");
        assert_eq!(reasons(Some("http://ca/acct/8"), Some(4)).to_string(), "4 or 5");
        assert_eq!(reasons(None, Some(4)).to_string(), "1 or 4");
        assert_eq!(reasons(Some(ACCOUNT), None), Reasons::ANY);
    }

    #[test]
    fn a_revocation_confirms_the_certificate_but_asking_for_one_does_not() {
        let ledger = Ledger::default();
        let serial = Serial::from_bytes(&[5]).expect("short");
        ledger.revoking(serial, Some(ACCOUNT), Some(4));
        assert!(!ledger.certificates.get(serial).expect("noted").is_confirmed);
        let leaf = Leaf { serial, names: Names::of(["a.com"]), digest: [1; 8] };
        ledger.revoked(&leaf, Step::Confirmed);
        ledger.certificate(&leaf, ACCOUNT, Some(ORDER));
        let certificate = ledger.certificates.get(serial).expect("noted");
        assert!(certificate.is_confirmed);
        assert_eq!((certificate.revocation, certificate.account), (Step::Confirmed, Some(7)));
        assert_eq!(ledger.orders.get(12).expect("noted").certificate, Some(serial));
    }
}

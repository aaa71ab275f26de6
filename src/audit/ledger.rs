//! What clients asked for and what the CA confirmed to them.
//!
//! Every entry only ever moves forward (an account is deactivated once and for all, a certificate
//! revoked), so that it does not matter in which order attackers come to note what they heard. What was
//! asked for is noted before the request leaves: if the answer never comes, either state is right.

use std::sync::atomic::{AtomicU64, Ordering};

use super::book::Book;
use super::names::Names;
use super::serial::Serial;

/// SHA-256 of a key's `SubjectPublicKeyInfo`, by which Boulder finds accounts.
pub type KeyDigest = [u8; 32];

/// All that one run noted. Every shard writes to it.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Accounts by the number at the end of their URL.
    pub accounts: Book<u64, Account>,
    /// Orders, likewise.
    pub orders: Book<u64, Order>,
    /// Certificates by serial number.
    pub certificates: Book<Serial, Certificate>,
    /// Confirmations of things whose URL ends in no number.
    without_id: AtomicU64,
}

/// How far something has come that is asked for by a request and confirmed by its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Nobody asked for it.
    #[default]
    NotAsked,
    /// Somebody did; what came of it is not known.
    Asked,
    /// The CA said that it was so before.
    WasSo,
    /// The CA confirmed it.
    Confirmed,
}

impl Step {
    fn reach(&mut self, step: Self) {
        *self = step.max(*self);
    }
}

/// An account.
#[derive(Debug, Clone, Copy, Default)]
pub struct Account {
    /// Whether the CA ever answered for it.
    pub is_confirmed: bool,
    /// Its deactivation (RFC 8555 section 7.3.6).
    pub deactivation: Step,
    /// Its key.
    pub key: Key,
}

/// Which key an account has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Key {
    /// Nobody said so far.
    #[default]
    Untold,
    /// A change was asked for (RFC 8555 section 7.3.5), and is not confirmed.
    Changing,
    /// This one.
    Known(KeyDigest),
}

/// How an order stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrderState {
    /// It exists.
    #[default]
    Open,
    /// It failed.
    Invalid,
    /// It has a certificate.
    Valid,
}

/// An order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order {
    /// Whether the CA ever answered for it.
    pub is_confirmed: bool,
    /// Whose it is.
    pub account: Option<u64>,
    /// What was confirmed last.
    pub state: OrderState,
    /// Whether finalization was asked for.
    pub finalization: Step,
    /// The certificate that was downloaded.
    pub certificate: Option<Serial>,
}

/// A certificate.
#[derive(Debug, Clone, Copy, Default)]
pub struct Certificate {
    /// Whether a client was given it by this CA.
    pub is_confirmed: bool,
    /// The account it was issued to.
    pub account: Option<u64>,
    /// What it is for.
    pub names: Names,
    /// The beginning of the SHA-256 of its DER: as much as is needed to tell another one.
    pub digest: [u8; 8],
    /// Its revocation (RFC 8555 section 7.6).
    pub revocation: Step,
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

    /// A request is about to ask to revoke a certificate.
    pub fn revoking(&self, serial: Serial) {
        self.certificates.note(serial, |certificate| certificate.revocation.reach(Step::Asked));
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

/// What is noted of a certificate that a client holds.
#[derive(Debug, Clone, Copy)]
pub struct Leaf {
    /// Its serial number.
    pub serial: Serial,
    /// What it is for.
    pub names: Names,
    /// See [`Certificate::digest`].
    pub digest: [u8; 8],
}

impl Leaf {
    fn entry(&self, known: &Certificate) -> Certificate {
        Certificate { is_confirmed: true, names: self.names, digest: self.digest, ..*known }
    }
}

/// The number at the end of a URL, which is a row's id in Boulder.
pub fn id_in(url: &str) -> Option<u64> {
    url.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_revocation_confirms_the_certificate_but_asking_for_one_does_not() {
        let ledger = Ledger::default();
        let serial = Serial::from_bytes(&[5]).expect("short");
        ledger.revoking(serial);
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

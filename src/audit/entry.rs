//! What is known of each account, order, authorization and certificate.
//!
//! Every entry only ever moves forward (an account is deactivated once and for all, a certificate
//! revoked), so that it does not matter in which order attackers come to note what they heard.

use super::identifier::IdentifierDigest;
use super::names::Names;
use super::reasons::Reasons;
use super::serial::Serial;

/// SHA-256 of a key's `SubjectPublicKeyInfo`, by which Boulder finds accounts.
pub type KeyDigest = [u8; 32];

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
    /// Comes as far as `step`, unless it was further.
    pub fn reach(&mut self, step: Self) {
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

/// How an authorization ended, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthorizationState {
    /// Nobody was told.
    #[default]
    Untold,
    /// A challenge failed.
    Invalid,
    /// A challenge was met.
    Valid,
}

/// An authorization.
#[derive(Debug, Clone, Copy, Default)]
pub struct Authorization {
    /// What came of its challenges.
    pub state: AuthorizationState,
    /// Its deactivation (RFC 8555 section 7.5.2).
    pub deactivation: Step,
    /// Whose it is.
    pub account: Option<u64>,
    /// What it is for.
    pub identifier: Option<IdentifierDigest>,
}

impl Authorization {
    /// Whether the CA ever said how it ended.
    pub fn is_confirmed(&self) -> bool {
        self.state != AuthorizationState::Untold || self.deactivation >= Step::WasSo
    }
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
    /// What may be the reason of that: what those gave who asked for it.
    pub reasons: Reasons,
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
    /// The entry of a certificate that is `known` so far, now that the CA has confirmed it.
    pub fn entry(&self, known: &Certificate) -> Certificate {
        Certificate { is_confirmed: true, names: self.names, digest: self.digest, ..*known }
    }
}

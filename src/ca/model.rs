//! The records the CA keeps, and the statuses that follow from them (RFC 8555 §7.1.6).
//!
//! What can be derived is not stored: an authorization's status follows from its challenges, an
//! order's from its authorizations. They can therefore never disagree.

use std::{fmt, sync::Arc};

use rcgen::RevocationReason;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    clock::Moment, identifier::Identifier, issuer::Serial, jose::PublicKey, options::CertProfile,
    problem::Problem, va::Validator,
};

/// A status as RFC 8555 spells it; not every object can have every one (§7.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Pending,
    Processing,
    Ready,
    Valid,
    Invalid,
    Deactivated,
    Expired,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // RFC 8555 spells them as the variants are called, in lower case.
        f.write_str(&format!("{self:?}").to_ascii_lowercase())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: u64,
    /// Parsed once, used for every request.
    pub(super) key: Arc<PublicKey>,
    pub(super) contact: Vec<String>,
    /// The JWS that bound it to an external account (§7.3.4), as it came.
    pub(super) binding: Option<Arc<RawValue>>,
    pub(super) deactivated: bool,
    pub(super) created: Moment,
}

#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) account: u64,
    pub(super) created: Moment,
    pub(super) expires: Moment,
    pub(super) identifiers: Arc<[Identifier]>,
    pub(super) authzs: Vec<u64>,
    pub(super) profile: Arc<CertProfile>,
    /// The dates that were asked for, if any (§7.4).
    pub(super) not_before: Option<Moment>,
    pub(super) not_after: Option<Moment>,
    /// The certificate that this order's is to follow (RFC 9773 §5).
    pub(super) replaces: Option<Serial>,
    pub(super) issuance: Issuance,
}

/// How far an order's finalization has come.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Issuance {
    NotRequested,
    /// In progress; the certificate will be there at about this moment.
    Signing(Moment),
    Issued(Serial),
    Failed(Arc<Problem>),
}

#[derive(Debug, Clone)]
pub(super) struct Authz {
    pub(super) id: u64,
    pub(super) account: u64,
    pub(super) created: Moment,
    pub(super) expires: Moment,
    pub(super) identifier: Identifier,
    pub(super) deactivated: bool,
    pub(super) challenges: Vec<Challenge>,
}

#[derive(Debug, Clone)]
pub(super) struct Challenge {
    pub(super) validator: &'static dyn Validator,
    pub(super) token: String,
    pub(super) state: ChallengeState,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum ChallengeState {
    Pending,
    Processing,
    Valid(Moment),
    Invalid(Arc<Problem>),
}

#[derive(Debug, Clone)]
pub(super) struct Certificate {
    pub(super) id: u64,
    pub(super) serial: Serial,
    pub(super) account: u64,
    /// When it was signed, whatever dates it has.
    pub(super) issued: Moment,
    /// Those of its order.
    pub(super) identifiers: Arc<[Identifier]>,
    pub(super) der: Arc<[u8]>,
    /// First and last second of its validity.
    pub(super) dates: (Moment, Moment),
    pub(super) revocation: Option<Revocation>,
    /// The latest order that says it replaces this certificate (RFC 9773 §5).
    pub(super) replaced_by: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Revocation {
    pub(super) at: Moment,
    pub(super) reason: RevocationReason,
}

impl Account {
    pub(super) fn status(&self) -> Status {
        if self.deactivated { Status::Deactivated } else { Status::Valid }
    }
}

impl Challenge {
    pub(super) fn status(&self) -> Status {
        match self.state {
            ChallengeState::Pending => Status::Pending,
            ChallengeState::Processing => Status::Processing,
            ChallengeState::Valid(_) => Status::Valid,
            ChallengeState::Invalid(_) => Status::Invalid,
        }
    }

    pub(super) fn error(&self) -> Option<&Arc<Problem>> {
        match &self.state {
            ChallengeState::Invalid(problem) => Some(problem),
            _ => None,
        }
    }
}

impl Authz {
    /// Whether a client can still do something with it, or already has.
    pub(super) fn is_usable(&self, now: Moment) -> bool {
        matches!(self.status(now), Status::Pending | Status::Valid)
    }

    /// Whether the CA is looking for a challenge's answer right now.
    pub(super) fn is_validating(&self) -> bool {
        self.challenges.iter().any(|challenge| challenge.state == ChallengeState::Processing)
    }

    pub(super) fn status(&self, now: Moment) -> Status {
        let any = |status| self.challenges.iter().any(|challenge| challenge.status() == status);
        if self.deactivated {
            Status::Deactivated
        } else if any(Status::Invalid) {
            Status::Invalid
        } else if self.expires <= now {
            Status::Expired
        } else if any(Status::Valid) {
            Status::Valid
        } else {
            Status::Pending
        }
    }

    /// Records what came of challenge number `index`, unless another has decided the authorization
    /// meanwhile: §7.1.6 knows no way from `valid` to `invalid`, nor back.
    pub(super) fn decide(&mut self, index: usize, outcome: ChallengeState) {
        let decides = |challenge: &Challenge| {
            matches!(challenge.state, ChallengeState::Valid(_) | ChallengeState::Invalid(_))
        };
        let late = self.challenges.iter().any(decides);
        if let Some(challenge) = self.challenges.get_mut(index) {
            challenge.state = if late { ChallengeState::Pending } else { outcome };
        }
    }

    /// What the client was told when a challenge failed.
    pub(super) fn error(&self) -> Option<&Arc<Problem>> {
        self.challenges.iter().find_map(Challenge::error)
    }
}

impl Order {
    /// The order's status and, if it failed, why; `authzs` are those that it names and that are
    /// still there.
    pub(super) fn status(
        &self,
        authzs: &[Arc<Authz>],
        now: Moment,
    ) -> (Status, Option<Arc<Problem>>) {
        match &self.issuance {
            Issuance::Issued(_) => return (Status::Valid, None),
            Issuance::Signing(_) => return (Status::Processing, None),
            Issuance::Failed(problem) => return (Status::Invalid, Some(Arc::clone(problem))),
            Issuance::NotRequested => {}
        }
        if authzs.len() < self.authzs.len() {
            return (Status::Invalid, None); // the others have ended, and are forgotten
        }
        let mut all_valid = true;
        for authz in authzs {
            match authz.status(now) {
                Status::Valid => {}
                Status::Pending => all_valid = false,
                _ => return (Status::Invalid, authz.error().cloned()),
            }
        }
        let status = if self.expires <= now {
            Status::Invalid
        } else if all_valid {
            Status::Ready
        } else {
            Status::Pending
        };
        (status, None)
    }
}

/// An order of nothing that expires at once, for other files' tests.
#[cfg(test)]
pub(super) fn test_order(id: u64, account: u64) -> Order {
    let profile = CertProfile { name: "default".to_owned(), lifetime: std::time::Duration::ZERO };
    Order {
        id,
        account,
        created: Moment::now(),
        expires: Moment::now(),
        identifiers: [].into(),
        authzs: vec![],
        profile: Arc::new(profile),
        not_before: None,
        not_after: None,
        replaces: None,
        issuance: Issuance::NotRequested,
    }
}

/// A pending authorization of `a.com` with one challenge that expires in a minute, likewise.
#[cfg(test)]
pub(super) fn test_authz(id: u64, account: u64) -> Authz {
    Authz {
        id,
        account,
        created: Moment::now(),
        expires: Moment::now().after(std::time::Duration::from_secs(60)),
        identifier: Identifier::Dns("a.com".to_owned()),
        deactivated: false,
        challenges: vec![test_challenge(ChallengeState::Pending)],
    }
}

#[cfg(test)]
fn test_challenge(state: ChallengeState) -> Challenge {
    Challenge { validator: super::va::VALIDATORS[0], token: String::new(), state }
}

/// A certificate of nothing, likewise.
#[cfg(test)]
pub(super) fn test_certificate(account: u64) -> Certificate {
    Certificate {
        id: 1,
        serial: Serial::random(),
        account,
        issued: Moment::now(),
        identifiers: [].into(),
        der: [].into(),
        dates: (Moment::now(), Moment::now()),
        revocation: None,
        replaced_by: None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn authz(states: &[ChallengeState], expires: Moment) -> Arc<Authz> {
        let challenges = states.iter().cloned().map(test_challenge).collect();
        Arc::new(Authz { expires, challenges, ..test_authz(1, 1) })
    }

    fn order(expires: Moment) -> Order {
        Order { expires, ..test_order(1, 1) }
    }

    #[test]
    fn an_order_follows_its_authorizations() {
        let now = Moment::now();
        let later = now.after(Duration::from_secs(60));
        let failed = Arc::new(Problem::unauthorized("no"));
        let pending = authz(&[ChallengeState::Pending], later);
        let valid = authz(&[ChallengeState::Valid(now), ChallengeState::Pending], later);
        let invalid = authz(&[ChallengeState::Invalid(Arc::clone(&failed))], later);
        let order = order(later);
        let status = |authzs: &[&Arc<Authz>]| {
            order.status(&authzs.iter().copied().cloned().collect::<Vec<_>>(), now)
        };
        assert_eq!(status(&[&pending, &valid]), (Status::Pending, None));
        assert_eq!(status(&[&valid, &valid]), (Status::Ready, None));
        assert_eq!(status(&[&valid, &invalid]), (Status::Invalid, Some(failed)));
    }

    #[test]
    fn the_first_outcome_decides() {
        let now = Moment::now();
        let (valid, invalid) = (
            ChallengeState::Valid(now),
            ChallengeState::Invalid(Arc::new(Problem::unauthorized("no"))),
        );
        for (first, second, status) in
            [(&valid, &invalid, Status::Valid), (&invalid, &valid, Status::Invalid)]
        {
            let processing = [ChallengeState::Processing, ChallengeState::Processing];
            let mut authz = authz(&processing, now.after(Duration::from_secs(60)));
            let authz = Arc::make_mut(&mut authz);
            authz.decide(1, first.clone());
            authz.decide(0, second.clone());
            assert_eq!((authz.status(now), authz.is_validating()), (status, false));
        }
    }

    #[test]
    fn time_ends_what_is_open() {
        let now = Moment::now();
        let valid = authz(&[ChallengeState::Valid(now)], now);
        assert_eq!(valid.status(now), Status::Expired);
        let good = authz(&[ChallengeState::Valid(now)], now.after(Duration::from_secs(60)));
        assert_eq!(order(now).status(&[good], now).0, Status::Invalid);
        let mut issued = order(now);
        issued.issuance = Issuance::Issued(Serial::random());
        assert_eq!(issued.status(&[valid], now).0, Status::Valid);
    }

    #[test]
    fn a_deactivated_authorization_fails_its_order() {
        let later = Moment::now().after(Duration::from_secs(60));
        let mut authz = authz(&[ChallengeState::Pending], later);
        Arc::make_mut(&mut authz).deactivated = true;
        assert_eq!(authz.status(Moment::now()), Status::Deactivated);
        assert_eq!(order(later).status(&[authz], Moment::now()).0, Status::Invalid);
    }
}

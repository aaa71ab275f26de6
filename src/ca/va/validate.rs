//! One validation: what every kind of challenge has in common.

use std::{fmt, sync::Arc, time::Duration};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use futures_util::future::{BoxFuture, join};
use tokio::time::timeout;

use super::{Perspective, caa, connect::connection_problem};
use crate::ca::{
    authority::Authority,
    clock::Moment,
    identifier::Identifier,
    jose::Thumbprint,
    model::{Challenge, ChallengeState},
    problem::Problem,
};

/// One validation with all its redirects; what Boulder allows.
pub(in crate::ca) const TIMEOUT: Duration = Duration::from_secs(10);

/// A kind of challenge.
pub(in crate::ca) trait Validator: Sync {
    /// The name in RFC 8555's registry (§9.7.8), such as `http-01`.
    fn challenge_type(&self) -> &'static str;

    /// Whether this kind can prove control of `identifier` as seen from `perspective`.
    fn offers(&self, identifier: &Identifier, perspective: &Perspective) -> bool;

    /// Looks for the client's answer; the problem is what the client is told of a failure.
    fn validate<'a>(
        &'a self,
        perspective: &'a Perspective,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<(), Problem>>;
}

impl fmt::Debug for dyn Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.challenge_type())
    }
}

/// What a validator looks for.
#[derive(Debug)]
pub(in crate::ca) struct Attempt {
    /// What to prove: a name without a wildcard's `*.`, or an IP address.
    pub(in crate::ca) name: String,
    /// Whether all names below `name` are to be proven.
    pub(in crate::ca) wildcard: bool,
    pub(in crate::ca) token: String,
    /// Token and key thumbprint (§8.1).
    pub(in crate::ca) key_authorization: String,
    /// The account's URL as its client knows it.
    pub(in crate::ca) account_url: String,
}

impl Attempt {
    pub(in crate::ca) fn new(
        identifier: &Identifier,
        challenge: &Challenge,
        thumbprint: &Thumbprint,
        account_url: String,
    ) -> Self {
        let token = challenge.token.clone();
        let key_authorization = format!("{token}.{}", BASE64_URL_SAFE_NO_PAD.encode(thumbprint));
        let (name, wildcard) = (identifier.base_name().into_owned(), identifier.is_wildcard());
        Self { name, wildcard, token, key_authorization, account_url }
    }
}

/// Runs the validation of challenge number `index` of an authorization and records its outcome.
pub(in crate::ca) async fn validate(
    ca: Arc<Authority>,
    authz_id: u64,
    index: usize,
    validator: &'static dyn Validator,
    attempt: Attempt,
) {
    let outcome = match prove(&ca.perspective, validator, &attempt).await {
        Ok(()) => ChallengeState::Valid(Moment::now()),
        Err(problem) => ChallengeState::Invalid(Arc::new(problem)),
    };
    // `None` if the authorization is gone: then nobody waits for the outcome.
    ca.store.update_authz(authz_id, |authz| authz.decide(index, outcome));
}

async fn prove(
    perspective: &Perspective,
    validator: &dyn Validator,
    attempt: &Attempt,
) -> Result<(), Problem> {
    let proven = bounded(attempt, validator.validate(perspective, attempt));
    if !perspective.resolver.looks_up_addresses() {
        return proven.await;
    }
    // Both at once: neither takes part in the other, and a client waits for both.
    let permitted = bounded(attempt, caa::check(perspective, attempt, validator.challenge_type()));
    let (proven, permitted) = join(proven, permitted).await;
    proven.and(permitted)
}

async fn bounded(
    attempt: &Attempt,
    work: impl Future<Output = Result<(), Problem>>,
) -> Result<(), Problem> {
    timeout(TIMEOUT, work).await.unwrap_or_else(|_| {
        let waited = format!("no answer for {} within {TIMEOUT:?}", attempt.name);
        Err(connection_problem(waited))
    })
}

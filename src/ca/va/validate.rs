//! One validation: what every kind of challenge has in common.

use std::{fmt, sync::Arc, time::Duration};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use crate::ca::{
    authority::Authority,
    clock::Moment,
    identifier::Identifier,
    jose::Thumbprint,
    model::{Challenge, ChallengeState},
    problem::{ErrorType, Problem},
};

/// One validation with all its redirects; what Boulder allows.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where challenges are looked for.
#[derive(Debug, Clone)]
pub(in crate::ca) struct ValidationSettings {
    /// The port of HTTP-01.
    pub(in crate::ca) http_port: u16,
}

/// A kind of challenge.
pub(in crate::ca) trait Validator: Sync {
    /// The name in RFC 8555's registry (§9.7.8), such as `http-01`.
    fn challenge_type(&self) -> &'static str;

    /// Whether this kind can prove control of `identifier`.
    fn offers(&self, identifier: &Identifier) -> bool;

    /// Looks for the client's answer; the problem is what the client is told of a failure.
    fn validate<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), Problem>>;
}

impl fmt::Debug for dyn Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.challenge_type())
    }
}

/// What a validator looks for, and where.
#[derive(Debug)]
pub(in crate::ca) struct Attempt {
    pub(in crate::ca) settings: ValidationSettings,
    /// The name to prove, without a wildcard's `*.`.
    pub(in crate::ca) name: String,
    pub(in crate::ca) token: String,
    /// Token and key thumbprint (§8.1).
    pub(in crate::ca) key_authorization: String,
}

impl Attempt {
    pub(in crate::ca) fn new(
        settings: &ValidationSettings,
        identifier: &Identifier,
        challenge: &Challenge,
        thumbprint: &Thumbprint,
    ) -> Self {
        let token = challenge.token.clone();
        let key_authorization = format!("{token}.{}", BASE64_URL_SAFE_NO_PAD.encode(thumbprint));
        let name = identifier.base_name().into_owned();
        Self { settings: settings.clone(), name, token, key_authorization }
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
    let outcome = timeout(TIMEOUT, validator.validate(&attempt)).await.unwrap_or_else(|_| {
        let waited = format!("no answer for {} within {TIMEOUT:?}", attempt.name);
        Err(Problem::new(ErrorType::Connection, waited))
    });
    let state = match outcome {
        Ok(()) => ChallengeState::Valid(Moment::now()),
        Err(problem) => ChallengeState::Invalid(Arc::new(problem)),
    };
    // `None` if the authorization is gone: then nobody waits for the outcome.
    ca.store.update_authz(authz_id, |authz| {
        if let Some(challenge) = authz.challenges.get_mut(index) {
            challenge.state = state;
        }
    });
}

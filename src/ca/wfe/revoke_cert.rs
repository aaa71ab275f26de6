//! Revoking a certificate (RFC 8555 §7.6).

use std::{borrow::Cow, sync::Arc};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hyper::StatusCode;
use rcgen::RevocationReason;
use serde::Deserialize;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{authenticate::Signer, call::Call, payload::Payload, reply::Reply, route::Outcome};
use crate::ca::{
    clock::Moment,
    issuer::Serial,
    model::{Account, Certificate, Revocation},
    problem::{ErrorType, Problem},
};

#[derive(Deserialize)]
struct RevokeCert<'a> {
    #[serde(borrow)]
    certificate: Cow<'a, str>,
    reason: Option<i64>,
}

pub(super) fn post(call: &Call<'_>, signer: Signer, payload: &Payload) -> Outcome {
    let request: RevokeCert<'_> = payload.object()?;
    let der = BASE64_URL_SAFE_NO_PAD.decode(&*request.certificate).map_err(|error| {
        Problem::malformed(format!("the `certificate` is not unpadded base64url: {error}"))
    })?;
    let Ok(([], x509)) = X509Certificate::from_der(&der) else {
        return Err(Problem::malformed("the `certificate` is not X.509 in DER"));
    };
    let (serial, certificate) = Serial::from_slice(x509.raw_serial())
        .and_then(|serial| Some((serial, call.ca.store.certificate(&serial)?)))
        .filter(|(_, issued)| *issued.der == *der)
        .ok_or_else(|| Problem::not_found("this certificate"))?;
    match signer {
        Signer::Key(key) if key.to_spki_der().as_deref() == Some(x509.public_key().raw) => {}
        Signer::Key(_) => {
            return Err(Problem::unauthorized(
                "the request is not signed by the certificate's key",
            ));
        }
        Signer::Account(account) => require_right(call, &account, &certificate)?,
    }
    let now = Moment::now();
    if certificate.dates.1 < now {
        return Err(Problem::unauthorized("the certificate has expired"));
    }
    let reason = read_reason(request.reason)?;
    if !call.ca.store.revoke(serial, Revocation { at: now, reason }) {
        let detail = "the certificate is revoked already";
        return Err(Problem::new(ErrorType::AlreadyRevoked, detail));
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// Refuses unless `account` ordered the certificate or has proven control of all its names.
fn require_right(
    call: &Call<'_>,
    account: &Arc<Account>,
    certificate: &Certificate,
) -> Result<(), Problem> {
    if certificate.account == account.id {
        return Ok(());
    }
    let (store, now) = (&call.ca.store, Moment::now());
    let mut names = certificate.identifiers.iter();
    if names.all(|name| store.proven(account.id, name, now).is_some()) {
        return Ok(());
    }
    Err(Problem::unauthorized(
        "the account neither ordered the certificate nor has valid authorizations for all its names",
    ))
}

/// The reasons that are a subscriber's to give, as public CAs have it. The others are about CAs, or
/// about certificates on hold.
fn read_reason(code: Option<i64>) -> Result<RevocationReason, Problem> {
    match code {
        None | Some(0) => Ok(RevocationReason::Unspecified),
        Some(1) => Ok(RevocationReason::KeyCompromise),
        Some(3) => Ok(RevocationReason::AffiliationChanged),
        Some(4) => Ok(RevocationReason::Superseded),
        Some(5) => Ok(RevocationReason::CessationOfOperation),
        Some(other) => Err(Problem::new(
            ErrorType::BadRevocationReason,
            format!("the reason {other} cannot be given here; use 0, 1, 3, 4 or 5"),
        )),
    }
}

//! The ACME of early 2015 (draft-barnes-acme-01 to -04, as Boulder first spoke it): `--acme-v1`.
//!
//! Wire forms. What is written here is all there is; members that are not named are ignored.
//!
//! **Requests** are a JWS in flattened JSON (`protected`, `payload`, `signature`), as in RFC 8555, but
//! the protected header has `alg`, `jwk` and `nonce` only: the key itself names the account (no `kid`,
//! no `url`). Any `Content-Type` will do. A payload may have `resource`, which then must be the
//! resource's name: `new-reg`, `reg`, `new-authz`, `challenge`, `new-cert`, `revoke-cert`.
//!
//! **Answers** of these resources all carry `Replay-Nonce`, errors too. The first nonce comes with
//! `HEAD` of any `new-*` resource (200, no body) or from RFC 8555's newNonce. Errors are problem
//! documents whose `type` is `urn:acme:error:` and RFC 8555's word (`badNonce`, `malformed`,
//! `unauthorized`, ...). `GET /directory` lists `new-reg`, `new-authz`, `new-cert` and `revoke-cert`
//! beside RFC 8555's resources.
//!
//! | request | payload | answer |
//! |-|-|-|
//! | `POST /acme/new-reg` | `contact`: list of `mailto:` URLs, `agreement`: URL of the terms; both optional | 201, the registration; `Location: …/acme/reg/ID`, `Link: <…/acme/new-authz>;rel="next"`, `Link: <…/terms>;rel="terms-of-service"`. A key that is registered: 409 `malformed` with its `Location` |
//! | `POST /acme/reg/ID` | the same, to change it; `{}` to read it | 202, the registration, the same two `Link`s |
//! | `POST /acme/new-authz` | `identifier`: `{"type":"dns","value":NAME}` | 201, the authorization; `Location: …/acme/authz/ID`, `Link: <…/acme/new-cert>;rel="next"` |
//! | `POST /acme/authz/ID/N` | answers challenge number N, see below | 202, the challenge; `Link: <…/acme/authz/ID>;rel="up"` |
//! | `GET /acme/authz/ID` | none: anybody may poll | 200, the authorization; `Link: <…/acme/new-cert>;rel="next"` |
//! | `POST /acme/new-cert` | `csr`: DER in base64url. The key needs a valid authorization for each name | 201, the certificate in DER (`application/pkix-cert`); `Location: …/acme/cert/SERIAL`, `Link: <…/acme/issuer-cert>;rel="up"` |
//! | `GET /acme/cert/SERIAL` | none; SERIAL in hex | 200, as above without `Location` |
//! | `GET /acme/issuer-cert` | none | 200, the issuer's certificate in DER |
//! | `POST /acme/revoke-cert` | `certificate`: DER in base64url; signed by the registered key it was issued to, or by its own key | 200, no body. Revoked already: 400 `alreadyRevoked` |
//!
//! A registration is `{"id", "key": JWK thumbprint in base64url, "contact", "agreement"}`; `agreement`
//! is always the terms' URL, and the only one that can be sent. An authorization
//! is `{"identifier": {"type", "value"}, "status": "pending"|"valid"|"invalid", "expires",
//! "challenges": [..], "combinations": [[0],[1]]}`: one valid challenge is enough, one invalid one ends
//! it. Challenges come in this order, each with `type`, `status`, `uri` (`…/acme/authz/ID/N`) and,
//! when invalid, `error`:
//!
//! - 0, `simpleHttps`: has `token`. The client serves it at
//!   `https://NAME/.well-known/acme-challenge/PATH` and answers `{"type":"simpleHttps","path":PATH}`,
//!   where PATH is 1 to 128 characters of base64url; `token`, if sent too, must be the same. The CA
//!   connects to the TLS port with SNI NAME and without ALPN, takes any certificate, sends
//!   `GET /.well-known/acme-challenge/PATH` with `Host: NAME`, and wants status 200 with a body that
//!   is the token (whitespace at its end is ignored). It follows no redirects.
//! - 1, `dvsni`: has `r` (32 bytes in base64url) and `nonce` (16 bytes in lower-case hex). The client
//!   answers `{"type":"dvsni","s":S}`, S being 32 bytes in base64url. With Z = lower-case hex of
//!   SHA-256(r || s), both decoded, the CA connects to NAME's address at the TLS port with SNI
//!   `<nonce>.acme.invalid` and without ALPN, and wants a certificate that has the SAN
//!   `<Z>.acme.invalid`.
//!
//! `type` in an answer may be left out; if sent, it must be the challenge's.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use bytes::Bytes;
use dashmap::DashMap;
use http_body_util::Full;
use hyper::{Method, Response, StatusCode, body::Incoming};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;
use x509_parser::{
    certification_request::X509CertificationRequest,
    extensions::{GeneralName, ParsedExtension},
    prelude::{FromDer, X509Certificate},
};

use super::{
    answer::Received,
    authenticate::{self, Signer},
    body,
    call::{Call, parse_id},
    contact, crl,
    payload::Payload,
    reply::Reply,
    revoke_cert,
    route::{Captures, Outcome, matches},
    terms,
};
use crate::ca::{
    authority::Authority,
    clock::Moment,
    csr,
    identifier::Identifier,
    issuance,
    issuer::Serial,
    jose::{Jws, KeyReference, PublicKey},
    limits::Subject,
    model::{Account, Status},
    problem::{ErrorType, Problem},
    store, va,
};

/// A path of simpleHttps longer than this is no path that a client needs.
const MAX_PATH_CHARS: usize = 128;
const R_BYTES: usize = 32;
const DER: &str = "application/pkix-cert";

/// What this dialect remembers; registrations and certificates are in the store, with those of
/// RFC 8555.
#[derive(Default)]
pub(in crate::ca) struct V1 {
    authzs: DashMap<u64, Authz>,
    /// The valid authorizations, by account and name.
    valid: DashMap<(u64, String), u64>,
}

#[derive(Clone)]
struct Authz {
    id: u64,
    account: u64,
    name: String,
    expires: Moment,
    challenges: [Challenge; 2],
}

#[derive(Clone)]
struct Challenge {
    kind: Kind,
    state: State,
}

#[derive(Clone)]
enum Kind {
    SimpleHttps { token: String },
    Dvsni { r: [u8; R_BYTES], nonce: String },
}

#[derive(Clone, PartialEq)]
enum State {
    Pending,
    Validating,
    Valid,
    Invalid(Problem),
}

/// One resource of this dialect.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub(super) endpoint: &'static str,
    path: &'static str,
    action: Action,
}

#[derive(Clone, Copy)]
enum Action {
    /// GET, by anybody.
    Get(fn(&Call<'_>, &V1) -> Outcome),
    /// POST with a key that need not be registered.
    ByKey(fn(&Call<'_>, PublicKey, &Payload) -> Outcome),
    /// POST with a registered key.
    ByAccount(fn(&Call<'_>, &V1, &Arc<Account>, &Payload) -> Outcome),
    /// POST with a registered key or another, which is then the certificate's.
    ByKeyOrAccount(fn(&Call<'_>, Signer, &Payload) -> Outcome),
}

pub(super) static ROUTES: &[Route] = &[
    Route { endpoint: "new-reg", path: "/acme/new-reg", action: Action::ByKey(new_reg) },
    Route { endpoint: "reg", path: "/acme/reg/*", action: Action::ByAccount(reg) },
    Route { endpoint: "new-authz", path: "/acme/new-authz", action: Action::ByAccount(new_authz) },
    Route { endpoint: "challenge", path: "/acme/authz/*/*", action: Action::ByAccount(challenge) },
    Route { endpoint: "authz", path: "/acme/authz/*", action: Action::Get(authz) },
    Route { endpoint: "new-cert", path: "/acme/new-cert", action: Action::ByAccount(new_cert) },
    Route {
        endpoint: "revoke-cert",
        path: "/acme/revoke-cert",
        action: Action::ByKeyOrAccount(revoke_cert::post),
    },
    Route { endpoint: "certificate", path: "/acme/cert/*", action: Action::Get(certificate) },
    Route { endpoint: "certificate", path: "/acme/issuer-cert", action: Action::Get(issuer) },
];

/// Whether requests to `endpoint` are signed, and so carry a nonce.
pub(super) fn takes_nonces(endpoint: &str) -> bool {
    let is_signed = |route: &Route| !matches!(route.action, Action::Get(_));
    ROUTES.iter().any(|route| route.endpoint == endpoint && is_signed(route))
}

/// The resource at `path` that is asked for in this way, if it is one of this dialect. Only
/// resources that are posted to know HEAD: it is for their nonces.
pub(super) fn find<'p>(method: &Method, path: &'p str) -> Option<(&'static Route, Captures<'p>)> {
    let mut found = ROUTES.iter().filter_map(|route| Some((route, matches(route.path, path)?)));
    found.find(|(route, _)| match route.action {
        Action::Get(_) => method == Method::GET,
        _ => method == Method::POST || (method == Method::HEAD && route.path.contains("/new-")),
    })
}

/// The answer of `route`.
pub(super) async fn answer(
    received: &Received,
    v1: &V1,
    (route, captures): (&Route, Captures<'_>),
    body: Incoming,
) -> Response<Full<Bytes>> {
    let Received { ca, parts, base, .. } = received;
    let (target, endpoint) = (parts.uri.path(), route.endpoint);
    let call = Call { ca, base, target, method: &parts.method, endpoint, captures };
    let read = match *call.method {
        Method::POST => body::read_any(body).await,
        _ => Ok(Bytes::new()),
    };
    let outcome = read.and_then(|body| dispatch(received, v1, &call, route.action, &body));
    let reply = outcome.unwrap_or_else(|problem| {
        let body = view_of_problem(&problem);
        Reply::problem(problem, &body)
    });
    reply.with_nonce(ca).into_response()
}

fn dispatch(received: &Received, v1: &V1, call: &Call<'_>, action: Action, body: &[u8]) -> Outcome {
    let limits = &call.ca.limits;
    match action {
        Action::Get(handler) => {
            limits.admit(call.endpoint, || received.client())?;
            handler(call, v1)
        }
        _ if *call.method == Method::HEAD => Ok(Reply::empty(StatusCode::OK)),
        Action::ByKey(handler) => {
            limits.admit(call.endpoint, || received.client())?;
            let (key, payload) = authenticate(call, body)?;
            handler(call, key, &payload)
        }
        Action::ByAccount(handler) => {
            let (key, payload) = authenticate(call, body)?;
            let account = registered(call, &key)?.ok_or_else(|| {
                Problem::unauthorized("this key is not registered; POST /acme/new-reg first")
            })?;
            handler(call, v1, &account, &payload)
        }
        Action::ByKeyOrAccount(handler) => {
            let (key, payload) = authenticate(call, body)?;
            let signer = match registered(call, &key)? {
                Some(account) => Signer::Account(account),
                None => Signer::Key(key),
            };
            handler(call, signer, &payload)
        }
    }
}

/// The registration of `key`, if there is one and it may do more.
fn registered(call: &Call<'_>, key: &PublicKey) -> Result<Option<Arc<Account>>, Problem> {
    let Some(account) = call.ca.store.account_by_key(key.thumbprint()) else { return Ok(None) };
    authenticate::require_active(&account)?;
    call.ca.limits.admit(call.endpoint, || Subject::Account(account.id))?;
    Ok(Some(account))
}

#[derive(Deserialize)]
struct Resource {
    resource: Option<String>,
}

/// The key that signed `body`, and the payload.
fn authenticate(call: &Call<'_>, body: &[u8]) -> Result<(PublicKey, Payload), Problem> {
    let jws = Jws::parse(body)?;
    if let KeyReference::Jwk(key) = jws.key() {
        jws.verify(key)?;
        authenticate::redeem_nonce(call, &jws)?;
    }
    let (KeyReference::Jwk(key), payload) = jws.into_parts() else {
        return Err(Problem::malformed("the JWS must have its key in it, as `jwk`"));
    };
    let payload = Payload(payload);
    let Resource { resource } = payload.object()?;
    match resource {
        Some(resource) if resource != call.endpoint => {
            let detail = format!("`resource` is {resource:?}, but this is {:?}", call.endpoint);
            Err(Problem::malformed(detail))
        }
        _ => Ok((key, payload)),
    }
}

#[derive(Deserialize)]
struct Registration {
    contact: Option<Vec<String>>,
    agreement: Option<String>,
}

impl Registration {
    fn read(call: &Call<'_>, payload: &Payload) -> Result<Self, Problem> {
        let new: Self = payload.object()?;
        contact::check(new.contact.as_deref().unwrap_or_default())?;
        match &new.agreement {
            Some(url) if *url != call.url(terms::PATH) => {
                let detail = format!("`agreement` is {url:?}, not the URL of the terms");
                Err(Problem::malformed(detail))
            }
            _ => Ok(new),
        }
    }
}

fn new_reg(call: &Call<'_>, key: PublicKey, payload: &Payload) -> Outcome {
    let new = Registration::read(call, payload)?;
    let account = Account {
        id: call.ca.store.next_id(),
        key: Arc::new(key),
        contact: new.contact.unwrap_or_default(),
        binding: None,
        deactivated: false,
        created: Moment::now(),
    };
    match call.ca.store.add_account(account) {
        Ok(account) => Ok(registration(call, &account)
            .with_status(StatusCode::CREATED)
            .with_location(reg_url(call, account.id))),
        Err(account) => Ok(conflict(&Problem::malformed("this key is registered already"))
            .with_location(reg_url(call, account.id))),
    }
}

fn reg(call: &Call<'_>, _: &V1, account: &Arc<Account>, payload: &Payload) -> Outcome {
    if parse_id(call.captures[0]) != Some(account.id) {
        return Err(Problem::unauthorized("this registration is not this key's"));
    }
    let new = Registration::read(call, payload)?;
    let changed = new.contact.and_then(|contact| {
        call.ca.store.update_account(account.id, |account| account.contact = contact)
    });
    let reply = registration(call, changed.as_ref().unwrap_or(account));
    Ok(reply.with_status(StatusCode::ACCEPTED))
}

fn registration(call: &Call<'_>, account: &Account) -> Reply {
    Reply::json(&json!({
        "id": account.id,
        "key": BASE64_URL_SAFE_NO_PAD.encode(account.key.thumbprint()),
        "contact": account.contact,
        "agreement": call.url(terms::PATH),
    }))
    .with_link(&call.url("/acme/new-authz"), "next")
    .with_link(&call.url(terms::PATH), "terms-of-service")
}

#[derive(Deserialize)]
struct NewAuthz {
    identifier: NewIdentifier,
}

#[derive(Deserialize)]
struct NewIdentifier {
    #[serde(rename = "type")]
    identifier_type: String,
    value: String,
}

fn new_authz(call: &Call<'_>, v1: &V1, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let NewAuthz { identifier: new } = payload.object()?;
    let identifier = Identifier::parse(&new.identifier_type, &new.value)?;
    if identifier.is_wildcard() || identifier.type_name() != "dns" {
        let detail = "only plain host names can be authorized by simpleHttps and dvsni";
        return Err(Problem::malformed(detail));
    }
    call.ca.limits.admit_names(std::slice::from_ref(&identifier))?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let nonce = hex::encode(rand::random::<[u8; 16]>());
    let kinds = [Kind::SimpleHttps { token }, Kind::Dvsni { r: rand::random(), nonce }];
    let authz = Authz {
        id: call.ca.store.next_id(),
        account: account.id,
        name: String::from(identifier.base_name()),
        expires: Moment::now().after(call.ca.authz_lifetime),
        challenges: kinds.map(|kind| Challenge { kind, state: State::Pending }),
    };
    let reply = view_of_authz(call, &authz)
        .with_status(StatusCode::CREATED)
        .with_location(call.authz_url(authz.id));
    v1.authzs.insert(authz.id, authz);
    Ok(reply)
}

fn authz(call: &Call<'_>, v1: &V1) -> Outcome {
    let authz = find_authz(call, v1)?;
    Ok(view_of_authz(call, &authz))
}

fn find_authz(call: &Call<'_>, v1: &V1) -> Result<Authz, Problem> {
    parse_id(call.captures[0])
        .and_then(|id| v1.authzs.get(&id).map(|authz| authz.clone()))
        .ok_or_else(|| Problem::not_found("this authorization"))
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "type")]
    challenge_type: Option<String>,
    path: Option<String>,
    token: Option<String>,
    s: Option<String>,
}

/// What the client says it has published.
enum Proof {
    SimpleHttps { path: String, token: String },
    Dvsni { nonce: String, z: String },
}

fn challenge(call: &Call<'_>, v1: &V1, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let authz = find_authz(call, v1)?;
    if authz.account != account.id {
        return Err(Problem::unauthorized("this authorization is another registration's"));
    }
    let index: usize = call.captures[1].parse().unwrap_or(usize::MAX);
    let challenge =
        authz.challenges.get(index).ok_or_else(|| Problem::not_found("this challenge"))?;
    let proof = read_answer(&challenge.kind, payload)?;
    if v1.claim(authz.id, index) {
        // It runs after the answer: handlers do not wait.
        tokio::spawn(validate(Arc::clone(call.ca), authz.clone(), index, proof));
    }
    Ok(Reply::json(&view_of_challenge(call, &authz, index))
        .with_status(StatusCode::ACCEPTED)
        .with_link(&call.authz_url(authz.id), "up"))
}

fn read_answer(kind: &Kind, payload: &Payload) -> Result<Proof, Problem> {
    let answer: Answer = payload.object()?;
    if answer.challenge_type.is_some_and(|name| name != kind.name()) {
        return Err(Problem::malformed(format!("this challenge is of type {}", kind.name())));
    }
    match kind {
        Kind::SimpleHttps { token } => {
            if answer.token.is_some_and(|sent| sent != *token) {
                return Err(Problem::malformed("`token` is not this challenge's"));
            }
            let path = answer.path.filter(|path| is_path(path)).ok_or_else(|| {
                Problem::malformed("`path` must be 1 to 128 characters of base64url")
            })?;
            Ok(Proof::SimpleHttps { path, token: token.clone() })
        }
        Kind::Dvsni { r, nonce } => {
            let s = answer
                .s
                .and_then(|s| BASE64_URL_SAFE_NO_PAD.decode(s).ok())
                .filter(|s| s.len() == R_BYTES)
                .ok_or_else(|| Problem::malformed("`s` must be 32 bytes in base64url"))?;
            Ok(Proof::Dvsni { nonce: nonce.clone(), z: z(r, &s) })
        }
    }
}

fn is_path(path: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=MAX_PATH_CHARS).contains(&path.len()) && path.bytes().all(allowed)
}

fn z(r: &[u8], s: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, &[r, s].concat()))
}

/// Looks for what the client published and records the outcome.
async fn validate(ca: Arc<Authority>, authz: Authz, index: usize, proof: Proof) {
    let Some(v1) = &ca.v1 else { return };
    let (perspective, name) = (&ca.perspective, authz.name.as_str());
    let proven = timeout(va::TIMEOUT, async {
        match &proof {
            Proof::SimpleHttps { path, token } => {
                simple_https(perspective, name, path, token).await
            }
            Proof::Dvsni { nonce, z } => dvsni(perspective, name, nonce, z).await,
        }
    });
    let outcome = match proven.await {
        Ok(Ok(())) => State::Valid,
        Ok(Err(problem)) => State::Invalid(problem),
        Err(_) => State::Invalid(Problem::new(
            ErrorType::Connection,
            format!("no answer for {name} within {:?}", va::TIMEOUT),
        )),
    };
    v1.decide(authz.id, index, outcome);
}

async fn simple_https(
    perspective: &va::Perspective,
    name: &str,
    path: &str,
    token: &str,
) -> Result<(), Problem> {
    let text = format!("https://{name}/.well-known/acme-challenge/{path}");
    let url = Url::parse(&text)
        .map_err(|error| Problem::malformed(format!("{text} is no URL: {error}")))?;
    match va::fetch(perspective, &url).await? {
        va::Answer::Content(body) if body.trim_ascii_end() == token.as_bytes() => Ok(()),
        va::Answer::Content(body) => {
            let found = String::from_utf8_lossy(&body);
            let detail = format!("{url} does not answer the token {token:?} but {found:?}");
            Err(Problem::unauthorized(detail))
        }
        va::Answer::Redirect(to) => {
            Err(Problem::unauthorized(format!("{url} redirects to {to:?}, which is not followed")))
        }
    }
}

async fn dvsni(
    perspective: &va::Perspective,
    name: &str,
    nonce: &str,
    z: &str,
) -> Result<(), Problem> {
    let (asked, wanted) = (format!("{nonce}.acme.invalid"), format!("{z}.acme.invalid"));
    let stream = va::handshake(perspective, name, &asked, &perspective.tls_plain).await?;
    let names = sans(va::certificate(&stream)?)?;
    if names.contains(&wanted) {
        return Ok(());
    }
    Err(Problem::unauthorized(format!(
        "the certificate for {asked} has the SANs {names:?}, not {wanted:?}"
    )))
}

/// The host names in a certificate's SANs, in lower case.
fn sans(der: &[u8]) -> Result<Vec<String>, Problem> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Problem::unauthorized(format!("the certificate cannot be read: {error}"))
    };
    let (_, certificate) = X509Certificate::from_der(der).map_err(|error| unreadable(&error))?;
    let sans = certificate.subject_alternative_name().map_err(|error| unreadable(&error))?;
    Ok(sans.map(|sans| dns_names(&sans.value.general_names)).unwrap_or_default())
}

fn dns_names(names: &[GeneralName<'_>]) -> Vec<String> {
    let dns = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    };
    names.iter().filter_map(dns).collect()
}

impl V1 {
    /// Forgets the authorizations that ended before `horizon`.
    pub(in crate::ca) fn forget_ended(&self, horizon: Moment) {
        let gone = store::remove(&self.authzs, |authz| authz.expires < horizon);
        if !gone.is_empty() {
            self.valid.retain(|_, id| !gone.contains(id));
        }
    }

    /// Whether the caller is to validate this challenge: of concurrent calls one is.
    fn claim(&self, id: u64, index: usize) -> bool {
        let Some(mut authz) = self.authzs.get_mut(&id) else { return false };
        let free =
            authz.status() == Status::Pending && authz.challenges[index].state == State::Pending;
        if free {
            authz.challenges[index].state = State::Validating;
        }
        free
    }

    /// Records the outcome of a validation, unless another challenge was faster.
    fn decide(&self, id: u64, index: usize, outcome: State) {
        let Some(mut authz) = self.authzs.get_mut(&id) else { return };
        if authz.status() != Status::Pending {
            return;
        }
        // First: whoever sees the authorization valid may ask for a certificate at once.
        if outcome == State::Valid {
            self.valid.insert((authz.account, authz.name.clone()), id);
        }
        authz.challenges[index].state = outcome;
    }
}

impl Authz {
    fn status(&self) -> Status {
        let any = |of: fn(&State) -> bool| self.challenges.iter().any(|one| of(&one.state));
        if any(|state| matches!(state, State::Invalid(_))) || self.expires <= Moment::now() {
            Status::Invalid
        } else if any(|state| *state == State::Valid) {
            Status::Valid
        } else {
            Status::Pending
        }
    }
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::SimpleHttps { .. } => "simpleHttps",
            Self::Dvsni { .. } => "dvsni",
        }
    }
}

fn view_of_authz(call: &Call<'_>, authz: &Authz) -> Reply {
    let challenges: Vec<Value> =
        (0..authz.challenges.len()).map(|index| view_of_challenge(call, authz, index)).collect();
    Reply::json(&json!({
        "identifier": {"type": "dns", "value": authz.name},
        "status": authz.status(),
        "expires": authz.expires.to_rfc3339(),
        "challenges": challenges,
        "combinations": [[0], [1]],
    }))
    .with_link(&call.url("/acme/new-cert"), "next")
}

fn view_of_challenge(call: &Call<'_>, authz: &Authz, index: usize) -> Value {
    let Challenge { kind, state } = &authz.challenges[index];
    let uri = format!("{}/{index}", call.authz_url(authz.id));
    let mut view = match kind {
        Kind::SimpleHttps { token } => json!({"token": token}),
        Kind::Dvsni { r, nonce } => {
            json!({"r": BASE64_URL_SAFE_NO_PAD.encode(r), "nonce": nonce})
        }
    };
    view["type"] = kind.name().into();
    view["uri"] = uri.into();
    view["status"] = match state {
        State::Pending | State::Validating => "pending",
        State::Valid => "valid",
        State::Invalid(_) => "invalid",
    }
    .into();
    if let State::Invalid(problem) = state {
        view["error"] = view_of_problem(problem);
    }
    view
}

/// A problem document with the `type` of that time.
fn view_of_problem(problem: &Problem) -> Value {
    let mut view = serde_json::to_value(problem).expect("text and numbers serialise");
    if let Some(word) = view["type"].as_str().and_then(|urn| urn.rsplit(':').next()) {
        view["type"] = format!("urn:acme:error:{word}").into();
    }
    view
}

fn conflict(problem: &Problem) -> Reply {
    let problem = problem.clone().with_status(StatusCode::CONFLICT);
    let body = view_of_problem(&problem);
    Reply::problem(problem, &body)
}

fn reg_url(call: &Call<'_>, id: u64) -> String {
    call.url(format_args!("/acme/reg/{id}"))
}

#[derive(Deserialize)]
struct NewCert {
    csr: String,
}

fn new_cert(call: &Call<'_>, v1: &V1, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let NewCert { csr } = payload.object()?;
    let der = BASE64_URL_SAFE_NO_PAD
        .decode(csr)
        .map_err(|error| Problem::malformed(format!("the `csr` is not base64url: {error}")))?;
    let bad_csr = |detail: String| Problem::new(ErrorType::BadCsr, detail);
    let names = requested_names(&der).map_err(bad_csr)?;
    if let Some(name) = names.iter().find(|name| !is_authorized(v1, account.id, name)) {
        let detail = format!("this key has no valid authorization for {name}");
        return Err(Problem::unauthorized(detail));
    }
    let identifiers: Arc<[Identifier]> = names.into_iter().map(Identifier::Dns).collect();
    let key = csr::check(&der, &identifiers, &account.key).map_err(|e| bad_csr(e.to_string()))?;
    let request = issuance::Request {
        account: account.id,
        identifiers,
        dates: issuance::lasting(call.ca.profiles.choose(None)?.lifetime, Moment::now()),
        crl_url: call.url(crl::PATH),
    };
    let certificate = issuance::certify(call.ca, request, &key)?;
    let location = call.url(format_args!("/acme/cert/{}", certificate.serial));
    Ok(certificate_reply(call, &certificate.der)
        .with_status(StatusCode::CREATED)
        .with_location(location))
}

/// The names that a CSR asks for, each once.
fn requested_names(der: &[u8]) -> Result<Vec<String>, String> {
    let (_, csr) = X509CertificationRequest::from_der(der)
        .map_err(|error| format!("the CSR is not PKCS #10 in DER: {error}"))?;
    let subject = &csr.certification_request_info.subject;
    let mut names: Vec<String> = subject
        .iter_common_name()
        .filter_map(|name| name.as_str().ok())
        .map(str::to_ascii_lowercase)
        .collect();
    for extension in csr.requested_extensions().into_iter().flatten() {
        if let ParsedExtension::SubjectAlternativeName(san) = extension {
            names.extend(dns_names(&san.general_names));
        }
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { Err("the CSR names nothing".to_owned()) } else { Ok(names) }
}

fn is_authorized(v1: &V1, account: u64, name: &str) -> bool {
    let id = v1.valid.get(&(account, name.to_owned())).map(|id| *id);
    id.and_then(|id| v1.authzs.get(&id)).is_some_and(|authz| authz.status() == Status::Valid)
}

fn certificate(call: &Call<'_>, _: &V1) -> Outcome {
    let known = Serial::from_hex(call.captures[0])
        .and_then(|serial| call.ca.store.certificate(&serial))
        .ok_or_else(|| Problem::not_found("this certificate"))?;
    Ok(certificate_reply(call, &known.der))
}

fn issuer(call: &Call<'_>, _: &V1) -> Outcome {
    Ok(Reply::content(DER, call.ca.issuer.intermediate_der().to_vec()))
}

fn certificate_reply(call: &Call<'_>, der: &[u8]) -> Reply {
    Reply::content(DER, der.to_vec()).with_link(&call.url("/acme/issuer-cert"), "up")
}

/// What the directory lists when this dialect is spoken.
pub(super) static DIRECTORY: [(&str, &str); 4] = [
    ("new-reg", "/acme/new-reg"),
    ("new-authz", "/acme/new-authz"),
    ("new-cert", "/acme/new-cert"),
    ("revoke-cert", "/acme/revoke-cert"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_found_by_how_they_are_asked_for() {
        let endpoint = |method, path| find(&method, path).map(|(route, _)| route.endpoint);
        assert_eq!(endpoint(Method::POST, "/acme/authz/1/0"), Some("challenge"));
        assert_eq!(endpoint(Method::GET, "/acme/authz/1"), Some("authz"));
        assert_eq!(endpoint(Method::POST, "/acme/authz/1"), None, "that is RFC 8555's");
        assert_eq!(endpoint(Method::HEAD, "/acme/new-reg"), Some("new-reg"));
        assert_eq!(endpoint(Method::HEAD, "/acme/reg/1"), None);
        assert_eq!(endpoint(Method::GET, "/acme/new-reg"), None);
    }

    fn challenge() -> Challenge {
        let (r, nonce) = ([0; R_BYTES], String::new());
        Challenge { kind: Kind::Dvsni { r, nonce }, state: State::Validating }
    }

    #[test]
    fn the_first_outcome_decides_and_all_end() {
        let (v1, name, now) = (V1::default(), "a.com".to_owned(), Moment::now());
        let second = std::time::Duration::from_secs(1);
        let challenges = [challenge(), challenge()];
        let expires = now.after(60 * second);
        v1.authzs.insert(1, Authz { id: 1, account: 7, name, expires, challenges });
        v1.decide(1, 1, State::Valid);
        v1.decide(1, 0, State::Invalid(Problem::unauthorized("no")));
        assert!(is_authorized(&v1, 7, "a.com") && !is_authorized(&v1, 8, "a.com"));
        v1.forget_ended(now.after(60 * second));
        assert!(is_authorized(&v1, 7, "a.com"));
        v1.forget_ended(now.after(61 * second));
        assert!(v1.authzs.is_empty() && v1.valid.is_empty());
    }

    #[test]
    fn z_is_a_digest_of_both_halves() {
        // SHA-256 of 32 bytes 1 and 32 bytes 2, by other means.
        let wanted = "f818afd37a6dc3bc92fb44731011277006db4efa6e9023cd7468c02335d22a4d";
        assert_eq!(z(&[1; 32], &[2; 32]), wanted);
    }

    #[test]
    fn paths_are_base64url() {
        assert!(is_path("a-_9") && is_path(&"a".repeat(128)));
        for path in ["", "a/b", "a.b", "a%", &"a".repeat(129)] {
            assert!(!is_path(path), "{path}");
        }
    }

    #[test]
    fn errors_have_the_types_of_that_time() {
        let view = view_of_problem(&Problem::malformed("no"));
        assert_eq!(view["type"], "urn:acme:error:malformed");
        assert_eq!(view["status"], 400);
    }
}

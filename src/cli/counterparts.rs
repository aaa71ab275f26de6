//! What a run talks to: the challenge server it starts, the CA it starts or is pointed at.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use url::Url;

use crate::ca::{CaOptions, RunningCa, StorePlace};
use crate::challenge;
use crate::cli::args::TargetArgs;
use crate::cli::challenge_args::DefaultPorts;
use crate::cli::database;
use crate::cli::load::runtime;
use crate::cli::preflight;
use crate::cli::scripts::Scripts;
use crate::db::database::Database;
use crate::error::Fatal;
use crate::net::client::{Client, ClientOptions, HttpVersion, Request, USER_AGENT};
use crate::net::guard::Guard;
use crate::net::tls::{Offer, Trust};
use crate::plan::settings::Directory;

/// What the CA gets to answer with its directory.
const DIRECTORY_TIMEOUT: Duration = Duration::from_secs(10);

/// What runs beside the attackers; dropping it stops it.
pub(super) struct Counterparts {
    pub(super) challenges: Arc<challenge::store::Store>,
    pub(super) client_options: ClientOptions,
    pub(super) directory: Option<Directory>,
    /// What `db::*` asks.
    pub(super) database: Option<Database>,
    /// Whom the run is aimed at, for the summary; empty when only the scripts know.
    pub(super) target: String,
    /// What the user should know was started.
    pub(super) notes: Vec<String>,
    _challenge_server: Option<challenge::server::Server>,
    _ca: Option<RunningCa>,
}

/// Starts what the scripts need. Must be called outside any runtime.
///
/// # Errors
/// Exit 2 for a public CA, 4 when something cannot be started or reached.
pub(super) fn start(scripts: &Scripts, args: &TargetArgs) -> Result<Counterparts, Fatal> {
    let guard = Arc::new(Guard::new(&args.i_own_this_ca));
    refuse_public_ca(&guard, args.directory.as_deref())?;
    let embedded = scripts.use_acme() && args.directory.is_none();
    let challenges = Arc::new(challenge::store::Store::default());
    let mut notes = Vec::new();
    let mysql = database::connect(args, &mut notes)?;

    let server = challenge_server(scripts, args, embedded, &challenges)?;
    if let Some(server) = &server {
        notes.push(format!("challenge server on {}: {server}", args.challenge.challenge_addr));
    }

    let mut trust = Trust::of_system(args.insecure);
    for path in &args.ca_cert {
        trust.add_file(path).map_err(|error| Fatal::setup(error.to_string()))?;
    }
    let ca = match embedded {
        true => Some(embedded_ca(args, scripts, server.as_ref(), &mut notes)?),
        false => None,
    };
    let url = match &ca {
        Some(ca) => {
            if let Some(root) = ca.https_root_pem() {
                trust.add_pem(root).map_err(|error| Fatal::setup(error.to_string()))?;
            }
            notes.push(format!("embedded CA: {} (no --directory given)", ca.directory_url()));
            Some(ca.directory_url().to_owned())
        }
        None => args.directory.clone(),
    };
    let target = match (&ca, &url) {
        (Some(ca), _) => format!("embedded CA, {}", ca.directory_url()),
        (None, url) => url.clone().unwrap_or_default(),
    };
    let version = args.http.into();
    let tls = trust
        .client_config(&Offer::of(HttpVersion::alpn(version)))
        .map_err(|error| Fatal::setup(error.to_string()))?;
    let client_options =
        ClientOptions { tls: Arc::new(tls), version, guard: Arc::clone(&guard), trust };
    let directory = match url.filter(|_| scripts.use_acme()) {
        Some(url) => Some(fetch_directory(&url, &client_options, &guard, &members(scripts))?),
        None => None,
    };
    Ok(Counterparts {
        challenges,
        client_options,
        directory,
        database: database::choose(mysql, ca.as_ref(), &args.database)?,
        target,
        notes,
        _challenge_server: server,
        _ca: ca,
    })
}

fn refuse_public_ca(guard: &Guard, directory: Option<&str>) -> Result<(), Fatal> {
    let Some(text) = directory else { return Ok(()) };
    let wrong = |why: &str| Fatal::usage(format!("--directory {text} is no URL: {why}"));
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    let Some(host) = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) else {
        return Err(wrong("want http://HOST/... or https://HOST/..."));
    };
    guard.refusal(host).map_or(Ok(()), |why| Err(Fatal::usage(why)))
}

fn challenge_server(
    scripts: &Scripts,
    args: &TargetArgs,
    embedded: bool,
    challenges: &Arc<challenge::store::Store>,
) -> Result<Option<challenge::server::Server>, Fatal> {
    let default = match (scripts.use_challenges(), embedded) {
        (false, _) => DefaultPorts::NONE,
        (true, true) => DefaultPorts::FREE,
        (true, false) => DefaultPorts::FIXED,
    };
    let options = args.challenge.options(&default);
    if !options.opens_any_port() {
        return Ok(None);
    }
    challenge::server::Server::start(&options, challenges)
        .map(Some)
        .map_err(|error| Fatal::setup(error.to_string()))
}

/// A CA that validates at `answering`, the challenge server of this process, and offers no challenge
/// that is not answered there.
fn embedded_ca(
    args: &TargetArgs,
    scripts: &Scripts,
    answering: Option<&challenge::server::Server>,
    notes: &mut Vec<String>,
) -> Result<RunningCa, Fatal> {
    let mut options =
        CaOptions { tls: args.ca_tls, threads: preflight::cores(), ..args.embedded_ca.options()? };
    options.acme_v1 |= scripts.use_acme_v1();
    let wanted = scripts.use_database() || args.database.audit || !options.store.faults.is_empty();
    if wanted && matches!(options.store.place, StorePlace::Nowhere) {
        options.store.place = StorePlace::Temporary;
    }
    if let StorePlace::Mysql(uri) = &options.store.place {
        notes.extend(uri.warnings.iter().cloned());
    }
    // Never at another port: somebody else's server may listen there.
    options.http_port = answering.and_then(|server| server.http_ports().first().copied());
    options.tls_port = answering.and_then(|server| server.tls_ports().first().copied());
    if let Some(server) = answering {
        // Addresses are looked up only where a DNS server was asked for: it costs each validation two
        // questions more.
        options.fixed_address = options.fixed_address.map(|_| server.reachable_at());
        options.dns_server = options.dns_server.or(server.dns_addr());
        options.names_differ = server.names_differ();
    }
    RunningCa::start(&options).map_err(|error| Fatal::setup(error.to_string()))
}

/// What the directory must have for what the scripts import.
fn members(scripts: &Scripts) -> Vec<Member> {
    let all = [(scripts.use_rfc_8555(), &RFC_8555[..]), (scripts.use_acme_v1(), &ACME_V1[..])];
    all.into_iter().filter(|(used, _)| *used).flat_map(|(_, members)| members).copied().collect()
}

fn fetch_directory(
    text: &str,
    options: &ClientOptions,
    guard: &Guard,
    members: &[Member],
) -> Result<Directory, Fatal> {
    let failed = |why: String| Fatal::setup(format!("cannot use the ACME directory {text}: {why}"));
    let url = Url::parse(text).map_err(|error| failed(error.to_string()))?;
    let mut headers = HeaderMap::new();
    headers.insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    let request = Request {
        method: Method::GET,
        url,
        headers,
        body: Bytes::new(),
        timeout: DIRECTORY_TIMEOUT,
    };
    let client = Client::new(options, None).map_err(|error| failed(error.message))?;
    let answer =
        runtime()?.block_on(client.send(request)).map_err(|told| failed(advice(&told.error)))?;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status != http::StatusCode::OK {
        let (status, start) = (answer.status, beginning(&body));
        let hint = "is the CA well, and is this the directory's URL?";
        return Err(failed(format!("it answered with status {status}: `{start}`; {hint}")));
    }
    check_directory(&body, guard, members).map_err(|problem| match problem {
        DirectoryProblem::Wrong(why) => failed(why),
        DirectoryProblem::Refused(why) => Fatal::usage(why),
    })?;
    Ok(Directory { url: text.to_owned(), text: body })
}

/// What went wrong, and what to do about it.
fn advice(error: &crate::net::error::NetError) -> String {
    use crate::error::ErrorKind;
    let hint = match error.kind {
        ErrorKind::Connect => "is the CA running, and is this its address?",
        ErrorKind::Tls if error.message.contains("certificate") => {
            "give the root that it is issued by with --ca-cert, or use --insecure"
        }
        ErrorKind::Tls if error.message.contains("ApplicationProtocol") => {
            "it does not speak the HTTP version that --http asks for"
        }
        ErrorKind::Tls => "is it http:// instead of https://, or another port?",
        ErrorKind::Timeout => "the CA accepts connections but does not answer",
        ErrorKind::Protocol => "is it https:// instead of http://, or another port?",
        ErrorKind::Closed => {
            "is it https:// instead of http://, or a proxy without a CA behind it?"
        }
        _ => return error.message.clone(),
    };
    format!("{}; {hint}", error.message)
}

/// As much of `text` as a message can hold, on one line.
fn beginning(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(60).collect()
}

#[derive(Debug, PartialEq, Eq)]
enum DirectoryProblem {
    Wrong(String),
    Refused(String),
}

/// A member that a directory must have, and where that is said.
type Member = (&'static str, &'static str);

const RFC_8555: [Member; 3] = [
    ("newNonce", "RFC 8555 section 7.1.1"),
    ("newAccount", "RFC 8555 section 7.1.1"),
    ("newOrder", "RFC 8555 section 7.1.1"),
];
const ACME_V1: [Member; 2] = [
    ("new-reg", "the ACME of 2015, which scripts that import acme_v1 speak"),
    ("new-authz", "the ACME of 2015, which scripts that import acme_v1 speak"),
];

/// These must be there, and every URL must be one that may be called.
fn check_directory(text: &str, guard: &Guard, members: &[Member]) -> Result<(), DirectoryProblem> {
    let wrong = |why: String| DirectoryProblem::Wrong(why);
    if text.trim().is_empty() {
        return Err(wrong("its answer is empty; is this the directory's URL?".to_owned()));
    }
    let value: Value = serde_json::from_str(text).map_err(|_| {
        let start = beginning(text);
        wrong(format!("it is not JSON but begins with `{start}`; is this the directory's URL?"))
    })?;
    let object = value.as_object().ok_or_else(|| wrong("it is no JSON object".to_owned()))?;
    for (field, source) in members {
        let text = object.get(*field).and_then(Value::as_str);
        let url = text.and_then(|text| Url::parse(text).ok());
        if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(wrong(format!("it has no URL `{field}` ({source})")));
        }
    }
    let mut urls =
        object.values().filter_map(Value::as_str).filter_map(|text| Url::parse(text).ok());
    let refusal = urls.find_map(|url| guard.refusal(url.host_str()?));
    refusal.map_or(Ok(()), |why| Err(DirectoryProblem::Refused(why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        match check_directory(text, &Guard::default(), &RFC_8555).expect_err("a problem") {
            DirectoryProblem::Wrong(why) | DirectoryProblem::Refused(why) => why,
        }
    }

    #[test]
    fn a_directory_needs_its_urls() {
        assert!(problem("<html> hello").contains("not JSON but begins with `<html> hello`"));
        assert_eq!(problem("\n"), "its answer is empty; is this the directory's URL?");
        assert!(problem("[]").contains("no JSON object"));
        assert!(problem(r#"{"newNonce":"http://ca/n"}"#).contains("no URL `newAccount`"));
        assert!(problem(r#"{"newNonce":"ftp://ca/n"}"#).contains("no URL `newNonce`"));
    }

    #[test]
    fn a_directory_that_points_at_a_public_ca_is_refused() {
        let text = r#"{"newNonce":"http://ca/n","newAccount":"http://ca/a",
                       "newOrder":"https://acme-v02.api.letsencrypt.org/acme/new-order"}"#;
        assert!(problem(text).contains("public CA"));
    }
}

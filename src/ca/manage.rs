//! The management interface: plain HTTP beside the CA, for what its user changes or looks up while
//! it runs. Paths that Pebble has too are Pebble's.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::{
    authority::Authority,
    connection::accept,
    faults::Fault,
    issuer::{Serial, leaf_pem},
    json,
    model::Revocation,
};

const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY_BYTES: usize = 16 * 1024;

/// One thing that can be asked for.
struct Route {
    method: Method,
    /// The path; what follows a final `*` is the handler's.
    path: &'static str,
    about: &'static str,
    handler: fn(&Authority, &str, &[u8]) -> Answer,
}

/// Everything that can be asked for.
static ROUTES: &[Route] = &[
    Route {
        method: Method::GET,
        path: "/faults",
        about: "the faults that are set",
        handler: |ca, _, _| json_answer(StatusCode::OK, &faults(ca)),
    },
    Route {
        method: Method::POST,
        path: "/faults",
        about: r#"sets one more: {"fault": "new-order:503:0.05"}"#,
        handler: |ca, _, body| add_fault(ca, body),
    },
    Route {
        method: Method::DELETE,
        path: "/faults",
        about: "ends all faults",
        handler: |ca, _, _| json_answer(StatusCode::OK, &json!({"ended": ca.faults.clear()})),
    },
    Route {
        method: Method::GET,
        path: "/roots/0",
        about: "the root that certificates chain up to, in PEM",
        handler: |ca, _, _| pem_answer(ca.issuer.root_pem()),
    },
    Route {
        method: Method::GET,
        path: "/roots/1",
        about: "the root that the alternate chain leads to, in PEM",
        handler: |ca, _, _| pem_answer(ca.issuer.alternate_root_pem()),
    },
    Route {
        method: Method::GET,
        path: "/intermediates/0",
        about: "the intermediate that signs certificates, in PEM",
        handler: |ca, _, _| pem_answer(ca.issuer.intermediate_pem()),
    },
    Route {
        method: Method::GET,
        path: "/cert-status-by-serial/*",
        about: "whether the certificate with this serial number (hex) is Valid or Revoked",
        handler: |ca, serial, _| certificate_status(ca, serial),
    },
];

/// Status, content type and body.
type Answer = (StatusCode, &'static str, String);

/// Serves until the future is dropped.
pub(super) async fn serve(listener: TcpListener, ca: Arc<Authority>) {
    let serve = |stream, _| drop(tokio::spawn(serve_connection(stream, Arc::clone(&ca))));
    accept(&listener, serve).await;
}

async fn serve_connection(stream: TcpStream, ca: Arc<Authority>) {
    let service = service_fn(|request| answer(&ca, request));
    // An error here is a client that went away or does not speak HTTP: nobody is left to tell.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    ca: &Authority,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let (status, content_type, text) = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => dispatch(ca, &parts.method, parts.uri.path(), &body.to_bytes()),
        Err(error) => refusal(StatusCode::BAD_REQUEST, &format!("reading the body: {error}")),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}

fn dispatch(ca: &Authority, method: &Method, path: &str, body: &[u8]) -> Answer {
    let at_path = || ROUTES.iter().filter_map(|route| Some((route, rest(route.path, path)?)));
    if let Some((route, rest)) = at_path().find(|(route, _)| route.method == *method) {
        return (route.handler)(ca, rest, body);
    }
    let (status, fault) = match at_path().next() {
        Some(_) => {
            (StatusCode::METHOD_NOT_ALLOWED, format!("{path} cannot be asked with {method}"))
        }
        None => (StatusCode::NOT_FOUND, format!("there is no {path}")),
    };
    let routes: Vec<String> = ROUTES
        .iter()
        .map(|route| format!("{} {}: {}", route.method, route.path, route.about))
        .collect();
    json_answer(status, &json!({"error": fault, "paths": routes}))
}

/// What of `path` stands for the `*` of `pattern`, if they match.
fn rest<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    match pattern.strip_suffix('*') {
        Some(start) => path.strip_prefix(start),
        None => (pattern == path).then_some(""),
    }
}

#[derive(Deserialize)]
struct NewFault {
    fault: String,
}

fn add_fault(ca: &Authority, body: &[u8]) -> Answer {
    let parsed = json::object::<NewFault>(body)
        .map_err(|error| format!(r#"want {{"fault": "ENDPOINT:WHAT:WHEN"}}: {error}"#))
        .and_then(|new| new.fault.parse::<Fault>());
    match parsed {
        Ok(fault) => {
            ca.faults.add(fault);
            json_answer(StatusCode::CREATED, &faults(ca))
        }
        Err(fault) => refusal(StatusCode::BAD_REQUEST, &fault),
    }
}

fn faults(ca: &Authority) -> Value {
    let texts: Vec<String> = ca.faults.list().iter().map(ToString::to_string).collect();
    json!({"faults": texts})
}

fn certificate_status(ca: &Authority, serial: &str) -> Answer {
    let known =
        Serial::from_hex(serial).and_then(|serial| Some((serial, ca.store.certificate(&serial)?)));
    match known {
        Some((serial, certificate)) => {
            let mut status = json!({
                "Certificate": leaf_pem(&certificate.der),
                "Serial": serial.to_string(),
                "Status": "Valid",
            });
            if let Some(Revocation { at, reason }) = certificate.revocation {
                status["Status"] = "Revoked".into();
                status["RevokedAt"] = at.to_rfc3339().into();
                status["Reason"] = (reason as u8).into();
            }
            json_answer(StatusCode::OK, &status)
        }
        None => refusal(StatusCode::NOT_FOUND, &format!("there is no certificate {serial:?}")),
    }
}

fn refusal(status: StatusCode, fault: &str) -> Answer {
    json_answer(status, &json!({"error": fault}))
}

fn json_answer(status: StatusCode, value: &Value) -> Answer {
    (status, "application/json", format!("{value}\n"))
}

fn pem_answer(pem: &str) -> Answer {
    (StatusCode::OK, "application/pem-certificate-chain", pem.to_owned())
}

#[cfg(test)]
mod tests {
    use rcgen::RevocationReason;

    use super::*;
    use crate::ca::{CaOptions, clock::Moment, model::test_certificate};

    fn ca() -> Arc<Authority> {
        Authority::new(&CaOptions::default(), "ca".to_owned()).expect("keys")
    }

    #[test]
    fn faults_are_set_listed_and_ended() {
        let ca = ca();
        let ask = |method: Method, body: &str| {
            let (status, _, text) = dispatch(&ca, &method, "/faults", body.as_bytes());
            (status.as_u16(), serde_json::from_str::<Value>(&text).expect("JSON"))
        };
        let set = json!({"faults": ["new-order:503=1:0.05"]});
        let sent = r#"{"fault": "new-order:503:0.05"}"#;
        assert_eq!(ask(Method::POST, sent), (201, set.clone()));
        assert_eq!(ask(Method::GET, ""), (200, set));
        assert_eq!(ask(Method::DELETE, ""), (200, json!({"ended": 1})));
        assert_eq!(ask(Method::GET, ""), (200, json!({"faults": []})));
        for body in ["", "[]", "{}", r#"{"fault":1}"#, r#"{"fault":"new-order:x:1"}"#] {
            let (status, answer) = ask(Method::POST, body);
            assert!(status == 400 && answer["error"].is_string(), "{body}: {answer}");
        }
    }

    #[test]
    fn unknown_paths_are_told_the_known_ones() {
        let ca = ca();
        for (method, path, status) in
            [(Method::GET, "/", 404), (Method::GET, "/fault", 404), (Method::PUT, "/faults", 405)]
        {
            let (found, _, text) = dispatch(&ca, &method, path, b"");
            assert_eq!(found.as_u16(), status, "{path}");
            assert!(text.contains("GET /faults: "), "{text}");
        }
    }

    #[test]
    fn certificates_are_pebbles_paths() {
        let ca = ca();
        for path in ["/roots/0", "/roots/1", "/intermediates/0"] {
            let (status, _, text) = dispatch(&ca, &Method::GET, path, b"");
            assert!(status == 200 && text.starts_with("-----BEGIN CERTIFICATE-----"), "{path}");
        }
        let (status, ..) = dispatch(&ca, &Method::GET, "/cert-status-by-serial/00", b"");
        assert_eq!(status, 404);
    }

    #[test]
    fn a_certificates_status_has_pebbles_members() {
        let ca = ca();
        let serial = ca.store.add_certificate(test_certificate(1)).serial;
        let ask = || {
            let path = format!("/cert-status-by-serial/{}", serial.to_string().to_uppercase());
            let (status, _, text) = dispatch(&ca, &Method::GET, &path, b"");
            (status.as_u16(), serde_json::from_str::<Value>(&text).expect("JSON"))
        };
        let pem = leaf_pem(&test_certificate(1).der);
        let text = serial.to_string();
        let valid = json!({"Certificate": pem, "Serial": text, "Status": "Valid"});
        assert_eq!(ask(), (200, valid));
        let (at, reason) = (Moment::now(), RevocationReason::Superseded);
        ca.store.revoke(serial, Revocation { at, reason });
        let revoked = json!({
            "Certificate": pem,
            "Reason": 4,
            "RevokedAt": at.to_rfc3339(),
            "Serial": text,
            "Status": "Revoked",
        });
        assert_eq!(ask(), (200, revoked));
    }
}

//! What was asked of the listeners lately, by host.

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;

use super::body::Body;
use super::desk::{Desk, Done, Outcome, Refusal};
use crate::challenge::domain::domain_key;
use crate::challenge::history::{Events, History};

/// `{"host"}`: the HTTP requests for it.
pub(super) fn http(desk: &Desk, body: &Body) -> Outcome {
    events(desk, body, |history| &history.http)
}

/// `{"host"}`: the DNS questions for it.
pub(super) fn dns(desk: &Desk, body: &Body) -> Outcome {
    events(desk, body, |history| &history.dns)
}

/// `{"host"}`: the TLS handshakes for it.
pub(super) fn tls_alpn01(desk: &Desk, body: &Body) -> Outcome {
    events(desk, body, |history| &history.tls_alpn01)
}

/// `{"host", "type": "http" | "dns" | "tlsalpn"}`.
pub(super) fn clear(desk: &Desk, body: &Body) -> Outcome {
    let host = domain_key(body.text("host")?);
    let kind = body.text_or_empty("type")?;
    let history = &desk.shared.history;
    match kind {
        "http" => history.http.clear(&host),
        "dns" => history.dns.clear(&host),
        "tlsalpn" => history.tls_alpn01.clear(&host),
        _ => return Err(Refusal::new(format!("\"{kind}\" event type unknown"))),
    }
    Ok(Done::Silently)
}

fn events<E: Clone + Serialize>(
    desk: &Desk,
    body: &Body,
    kind: fn(&History) -> &Events<E>,
) -> Outcome {
    let host = domain_key(body.text("host")?);
    let mut json = Vec::new();
    let mut serializer =
        Serializer::with_formatter(&mut json, PrettyFormatter::with_indent(b"   "));
    kind(&desk.shared.history)
        .of(&host)
        .serialize(&mut serializer)
        .map_err(|error| Refusal::new(error.to_string()))?;
    Ok(Done::Json(json))
}

//! TLS-ALPN-01 answers.

use aws_lc_rs::digest::{SHA256, digest};

use super::body::Body;
use super::desk::{Desk, Done, Outcome};
use crate::challenge::domain::domain_key;

const ANSWER: &str = "tls-alpn-01";

/// `{"host", "content"}`: the key authorization for a name.
pub(super) fn add(desk: &Desk, body: &Body) -> Outcome {
    let (host, content) = (body.host("host")?, body.text("content")?);
    let digest = digest(&SHA256, content.as_bytes());
    let digest: [u8; 32] = digest.as_ref().try_into().expect("SHA-256 has 32 bytes");
    desk.replace(ANSWER, &host, desk.shared.store.tls_alpn01.publish(&*host, digest));
    Ok(Done::Silently)
}

/// `{"host"}`.
pub(super) fn delete(desk: &Desk, body: &Body) -> Outcome {
    desk.remove(ANSWER, &domain_key(body.text("host")?));
    Ok(Done::Silently)
}

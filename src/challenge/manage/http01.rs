//! HTTP-01 answers, and redirects by path.

use bytes::Bytes;
use hyper::header::HeaderValue;

use super::body::Body;
use super::desk::{Desk, Done, Outcome, Refusal};

const ANSWER: &str = "http01";
const REDIRECT: &str = "redirect";

/// `{"token", "content"}`: the key authorization of a token.
pub(super) fn add(desk: &Desk, body: &Body) -> Outcome {
    let (token, content) = (body.text("token")?, body.text("content")?);
    let content = Bytes::copy_from_slice(content.as_bytes());
    desk.replace(ANSWER, token, desk.shared.store.http01.publish(token, content));
    Ok(Done::Silently)
}

/// `{"token"}`.
pub(super) fn delete(desk: &Desk, body: &Body) -> Outcome {
    desk.remove(ANSWER, body.text("token")?);
    Ok(Done::Silently)
}

/// `{"path", "targetURL"}`: where a path leads, with status 302.
pub(super) fn add_redirect(desk: &Desk, body: &Body) -> Outcome {
    let (path, target) = (body.text("path")?, body.text("targetURL")?);
    let target = HeaderValue::from_str(target)
        .map_err(|_| Refusal::new("targetURL parameter must be a URL"))?;
    desk.replace(REDIRECT, path, desk.shared.store.redirects.publish(path, target));
    Ok(Done::Silently)
}

/// `{"path"}`.
pub(super) fn delete_redirect(desk: &Desk, body: &Body) -> Outcome {
    desk.remove(REDIRECT, body.text("path")?);
    Ok(Done::Silently)
}

//! The label of a request that gives none: METHOD and path, with segments that look like ids as `*`.

use http::Method;
use url::Url;

/// `GET /orders/*/certificate`.
pub(super) fn label(method: &Method, url: &Url) -> String {
    let path = url.path();
    let mut label = String::with_capacity(method.as_str().len() + 1 + path.len());
    label.push_str(method.as_str());
    label.push(' ');
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            label.push('/');
        }
        label.push_str(if looks_like_id(segment) { "*" } else { segment });
    }
    label
}

/// Numbers, and long segments with digits or mixed case, as random ids and base64url are.
fn looks_like_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    if !segment.is_empty() && digits == segment.len() {
        return true;
    }
    let has = |test: fn(&u8) -> bool| segment.bytes().any(|byte| test(&byte));
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    segment.len() >= 12 && (digits >= 2 || (mixed && segment.len() >= 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_stars() {
        let of = |path: &str| {
            let url = Url::parse(&format!("http://ca{path}")).expect("a valid URL");
            label(&Method::GET, &url)
        };
        assert_eq!(of("/"), "GET /");
        assert_eq!(of("/acme/new-order"), "GET /acme/new-order");
        assert_eq!(of("/acme/order/12/345?x=9"), "GET /acme/order/*/*");
        assert_eq!(of("/my-account/3vEgX9rQbJrVsvZ2BCUgLQ"), "GET /my-account/*");
        assert_eq!(of("/api/v1/certificates"), "GET /api/v1/certificates");
        assert_eq!(of("/c/550e8400-e29b-41d4-a716-446655440000"), "GET /c/*");
    }
}

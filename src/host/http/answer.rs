//! What an answer has to hold, for those who say what they expect of it: members of the right types,
//! a place, links, a time to wait. What is missing is told by the endpoint's name.

use std::time::SystemTime;

use rhai::{Array, Dynamic, ImmutableString, Map};
use url::Url;

use super::problem;
use super::response::Response;
use crate::error::{ErrorKind, HostError};
use crate::host::members;

impl Response {
    /// The body as a JSON object with `members`, each `name` or `name: type`.
    pub(super) fn object(&self, endpoint: &str, members: &[Dynamic]) -> Result<Map, HostError> {
        let wrong = |told: String| protocol(endpoint, &told);
        let value: Dynamic = serde_json::from_slice(self.body()).map_err(|_| {
            wrong(format!("the answer is no JSON object but `{}`", problem::describe(self.body())))
        })?;
        let word = members::json_word(&value);
        let object: Map = value
            .try_cast()
            .ok_or_else(|| wrong(format!("the answer is no JSON object but {word}")))?;
        members::check(endpoint, &object, members)?;
        Ok(object)
    }

    /// The `Location` header as an absolute URL.
    pub(super) fn location(&self, endpoint: &str) -> Result<ImmutableString, HostError> {
        let wrong = |told: &str| protocol(endpoint, told);
        let header = self
            .header_text("location")
            .ok_or_else(|| wrong("the answer has no Location header"))?;
        if header.trim().is_empty() {
            return Err(wrong("its Location header is empty"));
        }
        let url = self
            .absolute(&header)
            .ok_or_else(|| wrong(&format!("its Location `{header}` is no URL")))?;
        Ok(url.into())
    }

    /// The nonce that came with it, if it is one that RFC 8555 section 6.5.1 allows: others "MUST" be
    /// ignored.
    pub(super) fn nonce(&self) -> Option<ImmutableString> {
        let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let nonce = self.header_bytes("replay-nonce")?;
        let well_formed = !nonce.is_empty() && nonce.iter().all(is_base64url);
        well_formed.then(|| String::from_utf8_lossy(nonce).as_ref().into())
    }

    /// The targets of the `Link` headers (RFC 8288) with this relation, as absolute URLs.
    pub(super) fn links(&self, relation: &str) -> Array {
        let headers = self.header_texts("link");
        let of_relation = headers.iter().flat_map(|header| links_in(header, relation));
        of_relation.filter_map(|target| self.absolute(target)).map(Dynamic::from).collect()
    }

    /// The seconds that a `Retry-After` header asks to wait, whether it names them or a date
    /// (RFC 9110 section 10.2.3); `None` without one that can be read.
    pub(super) fn retry_after_s(&self) -> Option<f64> {
        let text = self.header_text("retry-after")?;
        if let Ok(seconds) = text.trim().parse::<u32>() {
            return Some(f64::from(seconds));
        }
        let at = httpdate::parse_http_date(text.trim()).ok()?;
        // A date in the past asks for no wait.
        Some(at.duration_since(SystemTime::now()).unwrap_or_default().as_secs_f64())
    }

    fn absolute(&self, target: &str) -> Option<String> {
        // The common case costs no parsing: it is checked when it is called.
        if target.starts_with("https://") || target.starts_with("http://") {
            return Some(target.to_owned());
        }
        Some(Url::parse(self.url_text()).ok()?.join(target).ok()?.into())
    }
}

/// An answer that is not what its protocol demands.
fn protocol(endpoint: &str, told: &str) -> HostError {
    HostError::new(ErrorKind::Protocol, format!("{endpoint}: {told}"))
}

/// The targets in one `Link` header whose relation is `wanted`.
fn links_in<'a>(header: &'a str, wanted: &str) -> Vec<&'a str> {
    // A target ends at `>`, so commas in it do not part links.
    header
        .split('<')
        .skip(1)
        .filter_map(|link| {
            let (target, params) = link.split_once('>')?;
            has_relation(params, wanted).then_some(target)
        })
        .collect()
}

fn has_relation(params: &str, wanted: &str) -> bool {
    params.split([';', ',']).any(|param| {
        let Some((name, value)) = param.split_once('=') else { return false };
        let relations = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel")
            && relations.into_iter().any(|one| one.eq_ignore_ascii_case(wanted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_by_relation() {
        let header =
            "<https://ca/a,b>;rel=\"up\", </c/1>; REL=alternate, <d>;title=x;rel=\"x Alternate\"";
        assert_eq!(links_in(header, "alternate"), ["/c/1", "d"]);
        assert_eq!(links_in(header, "up"), ["https://ca/a,b"]);
        assert_eq!(links_in("no link", "up"), [""; 0]);
        assert_eq!(links_in("<a>; rel", "up"), [""; 0]);
    }
}

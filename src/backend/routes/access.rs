//! Who may ask: whoever has the token, or is one of the users.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

/// A route's, or the file's.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    pub(super) bearer: Option<String>,
    pub(super) users: Option<HashMap<String, String>>,
}

impl Access {
    /// Whether a request with these headers is let in.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        if self.bearer.is_none() && self.users.is_none() {
            return true;
        }
        let token = credentials(headers, "Bearer");
        if token.is_some() && token == self.bearer.as_deref() {
            return true;
        }
        let known = |(user, password): (String, String)| {
            self.users.as_ref().is_some_and(|users| users.get(&user) == Some(&password))
        };
        basic(headers).is_some_and(known)
    }

    /// What is missing, for `WWW-Authenticate` (RFC 9110 section 11.6.1).
    pub(super) fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static(match self.users {
            Some(_) => "Basic realm=\"coyote backend\"",
            None => "Bearer realm=\"coyote backend\"",
        })
    }
}

/// User and password of basic authentication (RFC 7617).
pub(super) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let bytes = STANDARD.decode(credentials(headers, "Basic")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

/// What follows the name of the scheme, whatever its case.
fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (given, rest) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// Reads lines of `user:password`; empty ones and those that begin with # are passed over.
pub(super) fn users(text: &str) -> Result<HashMap<String, String>, String> {
    let lines = text.lines().map(str::trim).zip(1..);
    let meant = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    let read = |(line, number): (&str, usize)| match line.split_once(':') {
        Some((user, password)) => Ok((user.to_owned(), password.to_owned())),
        None => Err(format!("line {number} has no colon; write user:password")),
    };
    meant.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &str) -> HeaderMap {
        let value = value.parse().expect("a header's value");
        HeaderMap::from_iter([(AUTHORIZATION, value)])
    }

    #[test]
    fn token_and_users_let_in() {
        let users = users("# made by creds\na:b:c\n\n  k:s\n").expect("pairs");
        let access = Access { bearer: Some("t".to_owned()), users: Some(users) };
        let basic = |pair: &str| with(&format!("Basic {}", STANDARD.encode(pair)));
        for headers in [with("Bearer t"), with("bearer t"), basic("a:b:c"), basic("k:s")] {
            assert!(access.admits(&headers), "{headers:?}");
        }
        for headers in [
            with("Bearer x"),
            with("t"),
            basic("a:b"),
            basic("x:s"),
            with("Basic !"),
            HeaderMap::new(),
        ] {
            assert!(!access.admits(&headers), "{headers:?}");
        }
        assert!(Access::default().admits(&HeaderMap::new()));
    }

    #[test]
    fn lines_without_a_password_are_told() {
        assert_eq!(
            users("a:b\nc").expect_err("no pair"),
            "line 2 has no colon; write user:password"
        );
    }
}

//! HTTP-01 (RFC 8555 §8.3): the key authorization at a well-known URL of the name.

use std::net::Ipv6Addr;

use futures_util::future::BoxFuture;
use url::{Host, Url};

use super::{
    Attempt, Perspective, Validator,
    connect::connection_problem,
    fetch::{self, Answer},
};
use crate::ca::{identifier::Identifier, problem::Problem};

const MAX_REDIRECTS: usize = 10;
/// How much of a wrong answer an error quotes.
const QUOTED_CHARS: usize = 100;

pub(super) struct Http01;

impl Validator for Http01 {
    fn challenge_type(&self) -> &'static str {
        "http-01"
    }

    /// §8.3: one host answering says nothing of all hosts below a name.
    fn offers(&self, identifier: &Identifier, perspective: &Perspective) -> bool {
        perspective.http_port.is_some() && !identifier.is_wildcard()
    }

    fn validate<'a>(
        &'a self,
        perspective: &'a Perspective,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(validate(perspective, attempt))
    }
}

async fn validate(perspective: &Perspective, attempt: &Attempt) -> Result<(), Problem> {
    let first = first_url(&attempt.name, &attempt.token)?;
    let mut url = first.clone();
    for _ in 0..=MAX_REDIRECTS {
        match fetch::get(perspective, &url).await? {
            Answer::Content(body) => return compare(&url, &body, &attempt.key_authorization),
            Answer::Redirect(location) => url = follow(perspective, &url, &location)?,
        }
    }
    Err(connection_problem(format!("{first} leads to more than {MAX_REDIRECTS} redirects")))
}

fn first_url(name: &str, token: &str) -> Result<Url, Problem> {
    let brackets = name.parse::<Ipv6Addr>().is_ok();
    let host = if brackets { format!("[{name}]") } else { name.to_owned() };
    let text = format!("http://{host}/.well-known/acme-challenge/{token}");
    Url::parse(&text).map_err(|error| connection_problem(format!("{text} is no URL: {error}")))
}

/// Where a redirect leads: HTTP or HTTPS, at the ports of validations or at those which they stand
/// for on the public Internet.
fn follow(perspective: &Perspective, from: &Url, location: &str) -> Result<Url, Problem> {
    let refused =
        |why: &str| connection_problem(format!("{from} redirects to {location:?}, {why}"));
    let url = from.join(location).map_err(|error| refused(&error.to_string()))?;
    let own_port = match url.scheme() {
        "http" => perspective.http_port,
        "https" => perspective.tls_port,
        _ => return Err(refused("which is neither http nor https")),
    };
    // A port that is the scheme's own is not told apart from none.
    if url.port().is_some_and(|port| Some(port) != own_port) {
        return Err(refused("at a port where nothing is validated"));
    }
    // The host that was to be proven may be an address; what it leads to may not.
    let is_name = match url.host() {
        Some(Host::Domain(name)) => name.split('.').all(|label| !label.is_empty()),
        _ => false,
    };
    if !is_name && url.host() != from.host() {
        return Err(refused("which is not a host name"));
    }
    Ok(url)
}

fn compare(url: &Url, body: &[u8], key_authorization: &str) -> Result<(), Problem> {
    // §8.3 has whitespace at the end ignored.
    if body.trim_ascii_end() == key_authorization.as_bytes() {
        return Ok(());
    }
    let quoted: String = String::from_utf8_lossy(body).chars().take(QUOTED_CHARS).collect();
    Err(Problem::unauthorized(format!(
        "{url} does not answer the key authorization {key_authorization:?} but {quoted:?}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::{CaOptions, problem::ErrorType};

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn perspective() -> Perspective {
        let options =
            CaOptions { http_port: Some(5002), tls_port: Some(5001), ..CaOptions::default() };
        Perspective::new(&options).expect("nothing can fail")
    }

    #[test]
    fn only_whitespace_at_the_end_is_forgiven() {
        let url = url("http://a.com/");
        for body in ["t.k", "t.k\n", "t.k \r\n"] {
            assert_eq!(compare(&url, body.as_bytes(), "t.k"), Ok(()), "{body:?}");
        }
        for body in ["", " t.k", "t.kk", "t", "T.K"] {
            let problem = compare(&url, body.as_bytes(), "t.k").expect_err(body);
            assert_eq!(problem.error_type, ErrorType::Unauthorized);
        }
    }

    #[test]
    fn addresses_are_hosts_too() {
        let first = |name: &str| first_url(name, "t").expect("a URL").to_string();
        assert_eq!(first("a.com"), "http://a.com/.well-known/acme-challenge/t");
        assert_eq!(first("192.0.2.1"), "http://192.0.2.1/.well-known/acme-challenge/t");
        assert_eq!(first("::1"), "http://[::1]/.well-known/acme-challenge/t");
    }

    #[test]
    fn redirects_stay_with_the_ports_of_validations() {
        let perspective = perspective();
        let from = url("http://a.com/x/y");
        for (location, to) in [
            ("/z", "http://a.com/z"),
            ("z", "http://a.com/x/z"),
            ("//b.com/z", "http://b.com/z"),
            ("http://b.com:5002/z?q", "http://b.com:5002/z?q"),
            ("https://a.com/", "https://a.com/"),
            ("https://a.com:443/", "https://a.com/"),
            ("https://a.com:5001/", "https://a.com:5001/"),
        ] {
            assert_eq!(follow(&perspective, &from, location), Ok(url(to)), "{location}");
        }
        for location in [
            "http://a.com:1/",
            "http://a.com:5001/",
            "https://a.com:5002/",
            "http://127.0.0.1/",
            "ftp://a.com/",
        ] {
            assert!(follow(&perspective, &from, location).is_err(), "{location}");
        }
        let from = url("http://[::1]/x");
        assert_eq!(follow(&perspective, &from, "/z"), Ok(url("http://[::1]/z")));
        assert!(follow(&perspective, &from, "http://[::2]/z").is_err());
    }

    #[test]
    fn wildcards_are_not_for_http() {
        let offers = |name: &str| Http01.offers(&Identifier::Dns(name.to_owned()), &perspective());
        assert!(offers("a.com") && !offers("*.a.com"));
    }
}

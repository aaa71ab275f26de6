//! One fault, and how it is written: `ENDPOINT:WHAT:WHEN`.

use std::{fmt, str::FromStr, time::Duration};

use hyper::StatusCode;

use crate::{ca::wfe, plan::duration};

/// How long clients are told to wait by a 429 or 503 that says nothing else.
const RETRY_AFTER_S: u64 = 1;

/// What goes wrong, where, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The endpoint; `None` is every one.
    pub(in crate::ca) endpoint: Option<&'static str>,
    pub(in crate::ca) what: What,
    pub(in crate::ca) when: When,
}

/// What a client meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ca) enum What {
    /// A problem document with this status; what it asks clients to wait, in seconds.
    Status { status: StatusCode, retry_after_s: Option<u64> },
    /// Status 200 and nothing else.
    Empty,
    /// A web page, as from a proxy in front of the CA.
    Html(StatusCode),
    /// The right answer, late.
    Slow(Duration),
    /// The connection closed without an answer.
    Close,
    /// `badNonce` for a nonce that is good.
    Nonce,
}

/// How often it happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ca) enum When {
    /// To this share of the requests, 0 to 1.
    Share(f64),
    /// To the next so many requests.
    Next(u64),
}

impl FromStr for Fault {
    type Err = String;

    /// Reads `new-order:503:0.05`, `*:slow=2s:next:10`, or `nonce:next:3` for `*:nonce:next:3`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').and_then(|(endpoint, rest)| match endpoint {
            "nonce" => Some(("*", "nonce", rest)),
            _ => rest.split_once(':').map(|(what, when)| (endpoint, what, when)),
        });
        let (endpoint, what, when) = parts.ok_or_else(|| {
            format!(
                "`{text}` is no fault; write ENDPOINT:WHAT:WHEN, such as new-order:503:0.05, or \
                 nonce:next:3"
            )
        })?;
        let endpoint = match endpoint {
            "*" => None,
            name => Some(wfe::endpoint(name)?),
        };
        let what = what.parse()?;
        if what == What::Nonce
            && let Some(endpoint) = endpoint
            && !wfe::takes_nonces(endpoint)
        {
            return Err(format!(
                "`{text}` would never happen: {endpoint} is asked without a nonce"
            ));
        }
        Ok(Self { endpoint, what, when: when.parse()? })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.endpoint.unwrap_or("*"), self.what, self.when)
    }
}

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "`{text}` is no fault; there are 429, 503, 500 (429=30 asks to wait 30 s), empty, \
                 html (html=200 is a page with that status), slow=2s, close and nonce"
            )
        };
        let (kind, argument) = match text.split_once('=') {
            Some((kind, argument)) => (kind, Some(argument)),
            None => (text, None),
        };
        Ok(match (kind, argument) {
            ("empty", None) => Self::Empty,
            ("close", None) => Self::Close,
            ("nonce", None) => Self::Nonce,
            ("html", None) => Self::Html(StatusCode::BAD_GATEWAY),
            ("html", Some(status)) => Self::Html(final_status(status).ok_or_else(unknown)?),
            ("slow", Some(time)) => Self::Slow(duration::parse(time)?),
            ("500", None) => {
                Self::Status { status: StatusCode::INTERNAL_SERVER_ERROR, retry_after_s: None }
            }
            ("429" | "503", seconds) => Self::Status {
                status: kind.parse().map_err(|_| unknown())?,
                retry_after_s: Some(match seconds {
                    Some(seconds) => seconds.parse().map_err(|_| unknown())?,
                    None => RETRY_AFTER_S,
                }),
            },
            _ => return Err(unknown()),
        })
    }
}

/// A status that ends a request (RFC 9110 section 15): below 200 another answer follows, and above 599
/// there is no class of them.
fn final_status(text: &str) -> Option<StatusCode> {
    let status: StatusCode = text.parse().ok()?;
    (200..600).contains(&status.as_u16()).then_some(status)
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status, retry_after_s: Some(seconds) } => {
                write!(f, "{}={seconds}", status.as_u16())
            }
            Self::Status { status, retry_after_s: None } => write!(f, "{}", status.as_u16()),
            Self::Empty => f.write_str("empty"),
            Self::Html(status) => write!(f, "html={}", status.as_u16()),
            Self::Slow(time) => write!(f, "slow={}", humantime::format_duration(*time)),
            Self::Close => f.write_str("close"),
            Self::Nonce => f.write_str("nonce"),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unclear = || {
            format!(
                "`{text}` does not say when; write a probability such as 0.05, or next:N for the \
                 next N requests"
            )
        };
        if let Some(count) = text.strip_prefix("next:") {
            return match count.parse() {
                Ok(0) => Err(format!("`{text}` would never happen; write next:1 or more")),
                Ok(count) => Ok(Self::Next(count)),
                Err(_) => Err(unclear()),
            };
        }
        match text.parse() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(Self::Share(share)),
            _ => Err(unclear()),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => write!(f, "{share}"),
            Self::Next(count) => write!(f, "next:{count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for (text, written) in [
            ("new-order:503:0.05", "new-order:503=1:0.05"),
            ("new-order:429=30:1", "new-order:429=30:1"),
            ("*:500:0", "*:500:0"),
            ("nonce:next:3", "*:nonce:next:3"),
            ("nonce:0.5", "*:nonce:0.5"),
            ("finalize:nonce:next:1", "finalize:nonce:next:1"),
            ("directory:html:next:2", "directory:html=502:next:2"),
            ("order:html=200:1", "order:html=200:1"),
            ("authz:slow=1m30s:1", "authz:slow=1m 30s:1"),
            ("challenge:empty:1", "challenge:empty:1"),
            ("*:close:1", "*:close:1"),
            ("new-reg:nonce:1", "new-reg:nonce:1"),
        ] {
            let fault: Fault = text.parse().expect(text);
            assert_eq!(fault.to_string(), written);
            assert_eq!(written.parse(), Ok(fault), "{written}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, told) in [
            ("", "is no fault; write ENDPOINT:WHAT:WHEN"),
            ("new-order:503", "is no fault; write ENDPOINT:WHAT:WHEN"),
            ("new-ordr:503:1", "`new-order`"),
            ("*:404:1", "`404` is no fault"),
            ("*:500=3:1", "`500=3` is no fault"),
            ("*:slow:1", "`slow` is no fault"),
            ("*:slow=soon:1", "soon"),
            ("*:503=x:1", "`503=x` is no fault"),
            ("*:503:2", "`2` does not say when"),
            ("*:503:NaN", "`NaN` does not say when"),
            ("nonce:next:-1", "`next:-1` does not say when"),
            ("new-order:503:next:0", "`next:0` would never happen"),
            ("new-nonce:nonce:next:1", "new-nonce is asked without a nonce"),
            ("directory:nonce:1", "directory is asked without a nonce"),
            ("*:html=999:1", "`html=999` is no fault"),
            ("*:html=100:1", "`html=100` is no fault"),
        ] {
            let error = text.parse::<Fault>().expect_err(text);
            assert!(error.contains(told), "{error}");
        }
    }
}

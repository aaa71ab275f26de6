//! What a CA is expected to answer, in the words that scripts use for it, and whether an answer is
//! that.

use std::fmt;

use crate::nearest::nearest;

/// What every type of RFC 8555 begins with (section 6.7).
pub const ACME_ERROR: &str = "urn:ietf:params:acme:error:";

/// The types of problems that ACME servers answer with, without what they all begin with: the
/// registry of RFC 8555 section 9.7.4, and what Boulder and Pebble add to it.
const TYPES: &[&str] = &[
    "accountDoesNotExist",
    "agreementRequired",
    "alreadyReplaced",
    "alreadyRevoked",
    "autoRenewalCanceled",
    "autoRenewalCancellationInvalid",
    "autoRenewalExpired",
    "autoRenewalRevocationNotSupported",
    "badCSR",
    "badNonce",
    "badPublicKey",
    "badRevocationReason",
    "badSignatureAlgorithm",
    "caa",
    "compound",
    "conflict",
    "connection",
    "dns",
    "externalAccountRequired",
    "incorrectResponse",
    "invalidContact",
    "invalidProfile",
    "malformed",
    "onionCAARequired",
    "orderNotReady",
    "rateLimited",
    "rejectedIdentifier",
    "serverInternal",
    "tls",
    "unauthorized",
    "unknownDelegation",
    "unsupportedContact",
    "unsupportedIdentifier",
    "userActionRequired",
];

/// One answer, or one kind of answers, that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// `"405"`: this status, whatever the body.
    Status(u16),
    /// `"400 malformed"`, or `"malformed"` with any 4xx status: a problem of this type.
    Problem {
        /// The status, if one is told.
        status: Option<u16>,
        /// The type without [`ACME_ERROR`].
        kind: String,
    },
    /// `"4xx"`: any 4xx status with a problem document, from a CA that looked at the request.
    ClientError,
    /// `"error"`: a problem of any type, with a 4xx status or without one, from such a CA.
    Error,
    /// `"ok"`: any 2xx status.
    Ok,
}

/// What came back, as far as an [`Expectation`] looks at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status; 0 for what is no HTTP, `None` for a problem found elsewhere than in an answer.
    pub status: Option<u16>,
    /// The type of the problem document, without [`ACME_ERROR`]; `None` without such a document.
    pub kind: Option<String>,
    /// What the problem document, or else the body, says to people.
    pub detail: String,
}

impl Expectation {
    /// Reads one of the forms above. How many blanks there are does not matter, nor whether the words
    /// that are no types are capital.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            [] => Err("want such as \"400 malformed\", got an empty string".to_owned()),
            [word] => match word.to_ascii_lowercase().as_str() {
                "4xx" => Ok(Self::ClientError),
                "error" => Ok(Self::Error),
                "ok" => Ok(Self::Ok),
                _ if digits(word) => status(word).map(Self::Status),
                _ => Ok(Self::Problem { status: None, kind: kind(word)? }),
            },
            [class, word] if class.eq_ignore_ascii_case("4xx") => {
                Err(format!("write `{word}`, which is that type with any 4xx status"))
            }
            [number, word] => {
                Ok(Self::Problem { status: Some(status(number)?), kind: kind(word)? })
            }
            [..] if text.contains(" or ") => {
                Err(format!("`{text}` is several answers; write an array: {}", array(text)))
            }
            [..] => Err(format!("`{text}` is too much; want such as \"400 malformed\", \"405\"")),
        }
    }

    /// Whether `answer` is what is expected.
    pub fn admits(&self, answer: &Answer) -> bool {
        let is_4xx = answer.status.is_some_and(|status| (400..500).contains(&status));
        match self {
            Self::Status(wanted) => answer.status == Some(*wanted),
            Self::Problem { status: Some(wanted), kind } => {
                answer.status == Some(*wanted) && answer.kind.as_ref() == Some(kind)
            }
            Self::Problem { status: None, kind } => {
                (is_4xx || answer.status.is_none()) && answer.kind.as_ref() == Some(kind)
            }
            Self::ClientError => is_4xx && answer.kind.is_some() && answer.unexamined().is_none(),
            Self::Error => {
                let says_no = is_4xx || answer.status.is_none();
                says_no && answer.kind.is_some() && answer.unexamined().is_none()
            }
            Self::Ok => answer.status.is_some_and(|status| (200..300).contains(&status)),
        }
    }
}

impl Answer {
    /// What kept the CA from looking at what is wrong with a request, if something did. Such an answer is
    /// right only where it is asked for by name.
    pub fn unexamined(&self) -> Option<&'static str> {
        match (self.status, self.kind.as_deref()) {
            (_, Some("rateLimited")) | (Some(429), _) => Some("the CA's rate limit"),
            (_, Some("badNonce")) => Some("the CA's rejection of the nonce"),
            _ => None,
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::Problem { status: Some(status), kind } => write!(f, "{status} {kind}"),
            Self::Problem { status: None, kind } => f.write_str(kind),
            Self::ClientError => f.write_str("4xx"),
            Self::Error => f.write_str("error"),
            Self::Ok => f.write_str("ok"),
        }
    }
}

/// `400 malformed`: in the words of expectations.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status, self.kind.as_deref()) {
            (Some(0), _) => f.write_str("no HTTP"),
            (Some(status), None) => write!(f, "{status}"),
            (Some(status), Some("")) => write!(f, "{status} without a type"),
            (Some(status), Some(kind)) => write!(f, "{status} {kind}"),
            (None, Some("")) => f.write_str("a problem without a type"),
            (None, Some(kind)) => f.write_str(kind),
            (None, None) => f.write_str("nothing"),
        }
    }
}

/// `400 malformed or 405`.
pub fn any_of(expected: &[Expectation]) -> String {
    expected.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// `["4xx", "ok"]`, of `4xx or ok`.
fn array(text: &str) -> String {
    let each: Vec<_> = text.split(" or ").map(|one| format!("\"{}\"", one.trim())).collect();
    format!("[{}]", each.join(", "))
}

fn status(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(status @ 100..=599) => Ok(status),
        _ => {
            Err(format!("`{text}` is no status; want such as \"400 malformed\", \"405\", \"4xx\""))
        }
    }
}

/// A type of the list, or a whole URI.
fn kind(text: &str) -> Result<String, String> {
    if let Some(word) = text.strip_prefix(ACME_ERROR) {
        return Err(format!("write `{word}`, without {ACME_ERROR}"));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if TYPES.contains(&text) || (text.contains(':') && plain) {
        return Ok(text.to_owned());
    }
    let hint = match nearest(text, TYPES.iter().copied().chain(["4xx", "error", "ok"])) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "want a type of RFC 8555 such as `malformed`, or a whole URI".to_owned(),
    };
    Err(format!("`{text}` is no type of problem; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, kind: &str) -> Answer {
        let kind = (kind != "-").then(|| kind.to_owned());
        Answer { status: (status > 0).then_some(status), kind, detail: String::new() }
    }

    fn admits(text: &str, status: u16, kind: &str) -> bool {
        Expectation::parse(text).expect("an expectation").admits(&answer(status, kind))
    }

    #[test]
    fn status_and_type() {
        assert!(admits("400 malformed", 400, "malformed"));
        assert!(!admits("400 malformed", 403, "malformed"));
        assert!(!admits("400 malformed", 400, "badNonce"));
        assert!(!admits("400 malformed", 400, "-"));
        assert!(!admits("400 malformed", 0, "malformed"), "a status was asked for");
        assert!(admits("400 urn:own:problem", 400, "urn:own:problem"));
    }

    #[test]
    fn a_type_with_any_client_error() {
        assert!(admits("malformed", 415, "malformed") && admits("malformed", 0, "malformed"));
        assert!(!admits("malformed", 500, "malformed") && !admits("malformed", 200, "malformed"));
    }

    #[test]
    fn classes() {
        assert!(admits("405", 405, "-") && admits("405", 405, "malformed"));
        assert!(!admits("405", 404, "-"));
        assert!(admits("4xx", 404, "malformed") && admits("4xx", 404, ""));
        assert!(!admits("4xx", 404, "-") && !admits("4xx", 500, "serverInternal"));
        assert!(admits("error", 0, "dns") && admits("error", 403, "dns"));
        assert!(!admits("error", 500, "dns") && !admits("error", 400, "-"));
        assert!(admits("ok", 201, "-") && !admits("ok", 302, "-") && !admits("ok", 0, "dns"));
    }

    #[test]
    fn what_was_not_examined_is_right_only_by_name() {
        for (status, kind) in [(429, "rateLimited"), (400, "badNonce"), (0, "rateLimited")] {
            for text in ["4xx", "error", "malformed", "400 malformed"] {
                assert!(!admits(text, status, kind), "{text}: {status} {kind}");
            }
        }
        assert!(!admits("4xx", 429, "malformed"), "whatever it calls itself");
        assert!(admits("429", 429, "rateLimited") && admits("rateLimited", 429, "rateLimited"));
        assert!(admits("badNonce", 400, "badNonce") && admits("400 badNonce", 400, "badNonce"));
    }

    #[test]
    fn what_is_no_http_is_never_right() {
        let answer = Answer { status: Some(0), kind: Some("dns".into()), detail: String::new() };
        for text in ["4xx", "error", "ok", "dns", "400 dns", "400"] {
            assert!(!Expectation::parse(text).expect("an expectation").admits(&answer), "{text}");
        }
    }

    #[test]
    fn they_are_written_as_they_are_read() {
        for text in ["400 malformed", "dns", "405", "4xx", "error", "ok", "409 urn:x:y"] {
            assert_eq!(Expectation::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn blanks_and_capitals_do_not_matter() {
        for (text, read) in [("4XX", "4xx"), ("OK", "ok"), (" 400   malformed ", "400 malformed")] {
            assert_eq!(Expectation::parse(text).expect(text).to_string(), read);
        }
    }

    #[test]
    fn mistakes_say_what_is_right() {
        for (text, told) in [
            ("400 malformd", "did you mean `malformed`?"),
            ("badCsr", "did you mean `badCSR`?"),
            ("whatever", "want a type of RFC 8555"),
            ("urn:ietf:params:acme:error:dns", "write `dns`"),
            ("4000", "`4000` is no status"),
            ("4xx malformed", "write `malformed`, which is that type with any 4xx status"),
            ("4xx or  ok", "write an array: [\"4xx\", \"ok\"]"),
            ("400 malformed 405", "`400 malformed 405` is too much"),
            ("5xx", "`5xx` is no type of problem; did you mean `4xx`?"),
            ("", "an empty string"),
        ] {
            let message = Expectation::parse(text).expect_err(text);
            assert!(message.contains(told), "{text}: {message}");
        }
    }

    #[test]
    fn answers_are_told_in_the_same_words() {
        let told = |status, kind| answer(status, kind).to_string();
        assert_eq!(told(400, "malformed"), "400 malformed");
        assert_eq!(told(404, "-"), "404");
        assert_eq!((told(201, "-"), told(0, "dns")), ("201".to_owned(), "dns".to_owned()));
    }
}

//! What is served wrong on purpose, by domain: failures that a CA must notice.
//!
//! A word of a script chooses what goes wrong. Each protocol has one list of them, [`HTTP`], [`TLS`]
//! and [`DNS`]; a new one is a variant, a line there and an arm where that protocol is served.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::HeaderValue;

use crate::nearest::nearest;

/// How long a CA is kept waiting on purpose, at most: none waits so long, and what it has given up must
/// not pile up here.
pub const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// How long a slow answer takes unless told otherwise: longer than CAs wait.
const SLOW: Duration = Duration::from_secs(30);
/// What a wrong answer says unless told otherwise.
const WRONG: &str = "this is not the answer";
/// Where a redirect leads unless told otherwise: an address that no CA should follow one to, and a port
/// where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1/";

/// What goes wrong for one domain. A protocol without a fault is served as usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misbehaviour {
    /// Over HTTP, plain or within TLS.
    pub http: Option<HttpFault>,
    /// In the TLS handshake or before it.
    pub tls: Option<TlsFault>,
    /// In the DNS.
    pub dns: Option<DnsFault>,
}

/// What goes wrong over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpFault {
    /// Status 200 and this body.
    WrongBody(Bytes),
    /// Status 200 and no body.
    Empty,
    /// More body than anyone should read.
    Huge,
    /// This status, with the right body.
    Status(StatusCode),
    /// A redirect to this URL.
    Redirect(HeaderValue),
    /// A redirect to where it comes from.
    RedirectLoop,
    /// Redirects without end, each to another URL.
    TooManyRedirects,
    /// The right answer, but only after this time.
    Slow(Duration),
    /// The connection is reset once the request has come.
    Reset,
    /// Nothing is ever sent.
    NoAnswer,
}

/// What goes wrong with TLS. What concerns acmeIdentifier (RFC 8737 section 3) and ALPN shows where the
/// answer to TLS-ALPN-01 is asked for, the rest in every handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// A certificate for another name.
    WrongCertificate,
    /// An acmeIdentifier that is the digest of something else.
    WrongDigest,
    /// The protocol `acme-tls/1` is not negotiated.
    NoAlpn,
    /// An acmeIdentifier that is not marked critical.
    Noncritical,
    /// A certificate without acmeIdentifier.
    NoExtension,
    /// An extension that has no business there.
    ExtraExtension,
    /// Another name besides the right one.
    ExtraName,
    /// A certificate that another key signed.
    NotSelfSigned,
    /// The handshake begins only after this time.
    Slow(Duration),
    /// HTTP is spoken without TLS.
    PlainHttp,
    /// The connection is reset once the `ClientHello` has come.
    Reset,
    /// Nothing is ever sent.
    NoAnswer,
}

/// What goes wrong in the DNS, for the domain and every name below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsFault {
    /// TXT questions are answered with this.
    WrongTxt(String),
    /// The name exists, but nothing is recorded for it.
    Empty,
    /// The name does not exist.
    Nxdomain,
    /// Response code SERVFAIL.
    Servfail,
    /// Response code REFUSED.
    Refused,
    /// An answer over UDP that is cut off, and none over TCP.
    Truncated,
    /// The right answer, but only after this time.
    Slow(Duration),
    /// Nothing is ever sent.
    NoAnswer,
}

/// What some words need to know besides; `None` is the default.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    /// Of `wrong_body`.
    pub body: Option<Bytes>,
    /// Of `status`; default 500.
    pub status: Option<StatusCode>,
    /// Of `redirect`: where to.
    pub to: Option<HeaderValue>,
    /// Of `wrong_txt`.
    pub txt: Option<String>,
    /// Of `slow`, whatever the protocol; default 30 s, at most [`LONGEST_WAIT`].
    pub delay: Option<Duration>,
}

/// A word, and what it makes of the parameters.
#[derive(Debug)]
pub struct Word<F> {
    /// As scripts write it.
    pub word: &'static str,
    /// The option that it takes, as scripts write it.
    pub takes: Option<&'static str>,
    fault: fn(&Parameters) -> F,
}

impl<F> Word<F> {
    const fn new(word: &'static str, fault: fn(&Parameters) -> F) -> Self {
        Self { word, takes: None, fault }
    }

    const fn taking(word: &'static str, option: &'static str, fault: fn(&Parameters) -> F) -> Self {
        Self { word, takes: Some(option), fault }
    }
}

/// The words for HTTP.
pub const HTTP: &[Word<HttpFault>] = &[
    Word::taking("wrong_body", "body", |with| {
        HttpFault::WrongBody(with.body.clone().unwrap_or(Bytes::from_static(WRONG.as_bytes())))
    }),
    Word::new("empty", |_| HttpFault::Empty),
    Word::new("huge", |_| HttpFault::Huge),
    Word::new("not_found", |_| HttpFault::Status(StatusCode::NOT_FOUND)),
    Word::taking("status", "status", |with| {
        HttpFault::Status(with.status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
    }),
    Word::taking("redirect", "to", |with| {
        HttpFault::Redirect(with.to.clone().unwrap_or(HeaderValue::from_static(NOWHERE)))
    }),
    Word::new("redirect_loop", |_| HttpFault::RedirectLoop),
    Word::new("too_many_redirects", |_| HttpFault::TooManyRedirects),
    Word::taking("slow", "delay_ms", |with| HttpFault::Slow(with.delay.unwrap_or(SLOW))),
    Word::new("reset", |_| HttpFault::Reset),
    Word::new("no_answer", |_| HttpFault::NoAnswer),
];

/// The words for TLS.
pub const TLS: &[Word<TlsFault>] = &[
    Word::new("wrong_certificate", |_| TlsFault::WrongCertificate),
    Word::new("wrong_digest", |_| TlsFault::WrongDigest),
    Word::new("no_alpn", |_| TlsFault::NoAlpn),
    Word::new("noncritical", |_| TlsFault::Noncritical),
    Word::new("no_extension", |_| TlsFault::NoExtension),
    Word::new("extra_extension", |_| TlsFault::ExtraExtension),
    Word::new("extra_name", |_| TlsFault::ExtraName),
    Word::new("not_self_signed", |_| TlsFault::NotSelfSigned),
    Word::taking("slow", "delay_ms", |with| TlsFault::Slow(with.delay.unwrap_or(SLOW))),
    Word::new("plain_http", |_| TlsFault::PlainHttp),
    Word::new("reset", |_| TlsFault::Reset),
    Word::new("no_answer", |_| TlsFault::NoAnswer),
];

/// The words for the DNS.
pub const DNS: &[Word<DnsFault>] = &[
    Word::taking("wrong_txt", "txt", |with| {
        DnsFault::WrongTxt(with.txt.clone().unwrap_or_else(|| WRONG.to_owned()))
    }),
    Word::new("empty", |_| DnsFault::Empty),
    Word::new("nxdomain", |_| DnsFault::Nxdomain),
    Word::new("servfail", |_| DnsFault::Servfail),
    Word::new("refused", |_| DnsFault::Refused),
    Word::new("truncated", |_| DnsFault::Truncated),
    Word::taking("slow", "delay_ms", |with| DnsFault::Slow(with.delay.unwrap_or(SLOW))),
    Word::new("no_answer", |_| DnsFault::NoAnswer),
];

/// Why words and parameters make no misbehaviour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MisbehaviourError {
    /// A word that is not known.
    #[error("no misbehaviour `{word}` of {protocol}; {hint}")]
    Word {
        /// `http`, `tls` or `dns`.
        protocol: &'static str,
        /// The unknown word.
        word: String,
        /// What to write instead.
        hint: String,
    },
    /// A parameter that no chosen word takes.
    #[error("`{0}` has no effect: no word that takes it was chosen")]
    Unused(&'static str),
    /// No word at all.
    #[error("nothing would go wrong: choose a word for `http`, `tls` or `dns`")]
    Nothing,
}

impl Misbehaviour {
    /// What the words and `parameters` of a script ask for.
    ///
    /// # Errors
    /// [`MisbehaviourError`] for an unknown word, a parameter without effect, or no word at all.
    pub fn from_words(
        http: Option<&str>,
        tls: Option<&str>,
        dns: Option<&str>,
        parameters: &Parameters,
    ) -> Result<Self, MisbehaviourError> {
        let http = http.map(|word| find("http", HTTP, word)).transpose()?;
        let tls = tls.map(|word| find("tls", TLS, word)).transpose()?;
        let dns = dns.map(|word| find("dns", DNS, word)).transpose()?;
        if http.is_none() && tls.is_none() && dns.is_none() {
            return Err(MisbehaviourError::Nothing);
        }
        let taken = [
            http.and_then(|it| it.takes),
            tls.and_then(|it| it.takes),
            dns.and_then(|it| it.takes),
        ];
        if let Some(unused) = parameters.given().find(|given| !taken.contains(&Some(given))) {
            return Err(MisbehaviourError::Unused(unused));
        }
        Ok(Self {
            http: http.map(|it| (it.fault)(parameters)),
            tls: tls.map(|it| (it.fault)(parameters)),
            dns: dns.map(|it| (it.fault)(parameters)),
        })
    }
}

impl Parameters {
    /// Those that were given, as scripts write them.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            ("body", self.body.is_some()),
            ("status", self.status.is_some()),
            ("to", self.to.is_some()),
            ("txt", self.txt.is_some()),
            ("delay_ms", self.delay.is_some()),
        ];
        all.into_iter().filter_map(|(name, given)| given.then_some(name))
    }
}

fn find<F>(
    protocol: &'static str,
    words: &'static [Word<F>],
    word: &str,
) -> Result<&'static Word<F>, MisbehaviourError> {
    words.iter().find(|known| known.word == word).ok_or_else(|| {
        let all = words.iter().map(|known| known.word);
        let hint = match nearest(word, all.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", all.collect::<Vec<_>>().join(", ")),
        };
        MisbehaviourError::Word { protocol, word: word.to_owned(), hint }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(http: Option<&str>, tls: Option<&str>, parameters: &Parameters) -> String {
        Misbehaviour::from_words(http, tls, None, parameters).expect_err("refused").to_string()
    }

    #[test]
    fn words_take_their_parameters() {
        let delay = Some(Duration::from_millis(5));
        let with = Parameters { delay, ..Parameters::default() };
        let made = Misbehaviour::from_words(Some("slow"), Some("reset"), Some("slow"), &with);
        let made = made.expect("known words");
        assert_eq!(made.http, Some(HttpFault::Slow(Duration::from_millis(5))));
        assert_eq!(made.tls, Some(TlsFault::Reset));
        assert_eq!(made.dns, Some(DnsFault::Slow(Duration::from_millis(5))));
        let made = Misbehaviour::from_words(Some("status"), None, None, &Parameters::default());
        let made = made.expect("known words");
        assert_eq!(made.http, Some(HttpFault::Status(StatusCode::INTERNAL_SERVER_ERROR)));
        assert!(made.tls.is_none() && made.dns.is_none());
    }

    #[test]
    fn mistakes_are_named() {
        let none = Parameters::default();
        let text = refused(Some("wrong_bodi"), None, &none);
        assert_eq!(text, "no misbehaviour `wrong_bodi` of http; did you mean `wrong_body`?");
        let text = refused(None, Some("zzz"), &none);
        assert!(text.starts_with("no misbehaviour `zzz` of tls; there are wrong_cert"), "{text}");
        let to = Parameters { to: Some(HeaderValue::from_static(NOWHERE)), ..none.clone() };
        assert!(refused(Some("redirect_loop"), None, &to).starts_with("`to` has no effect"));
        assert!(refused(None, None, &none).starts_with("nothing would go wrong"));
    }

    #[test]
    fn every_word_is_there_once() {
        fn unique<F>(words: &[Word<F>]) {
            for (index, word) in words.iter().enumerate() {
                assert!(
                    words[..index].iter().all(|other| other.word != word.word),
                    "{}",
                    word.word
                );
            }
        }
        unique(HTTP);
        unique(TLS);
        unique(DNS);
    }
}

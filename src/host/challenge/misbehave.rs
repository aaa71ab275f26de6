//! What must fail, served on purpose.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::HeaderValue;
use rhai::Map;

use super::name;
use crate::attacker::context;
use crate::challenge::misbehaviour::{LONGEST_WAIT, Misbehaviour, Parameters};
use crate::error::HostError;
use crate::host::convert::{Options, ScriptResult, throw};

const FUNCTION: &str = "challenge::misbehave";
/// What the map may hold.
pub const KEYS: &[&str] = &["body", "delay_ms", "dns", "http", "status", "tls", "to", "txt"];

pub(super) fn publish(domain: &str, options: Map) -> ScriptResult<()> {
    let key = name::host(FUNCTION, domain)?;
    let misbehaviour = read(options).map_err(throw)?;
    let context = context::current()?;
    let published = context.challenges().misbehave(&key, misbehaviour);
    context.published.keep(&[domain], published);
    Ok(())
}

fn read(options: Map) -> Result<Misbehaviour, HostError> {
    let mut options = Options::new(FUNCTION, options, KEYS)?;
    let parameters = Parameters {
        body: options.bytes("body")?.map(Into::into),
        status: status(&mut options)?,
        to: location(&mut options)?,
        txt: options.string("txt")?.map(Into::into),
        delay: delay(&mut options)?,
    };
    let (http, tls, dns) =
        (options.string("http")?, options.string("tls")?, options.string("dns")?);
    Misbehaviour::from_words(http.as_deref(), tls.as_deref(), dns.as_deref(), &parameters)
        .map_err(|error| HostError::argument(format!("{FUNCTION}: {error}")))
}

fn status(options: &mut Options) -> Result<Option<StatusCode>, HostError> {
    // Below 200 an answer is not final, and the server cannot send it.
    let Some(number) = options.int("status", 200..=999)? else { return Ok(None) };
    let status = u16::try_from(number).ok().and_then(|number| StatusCode::from_u16(number).ok());
    status.map(Some).ok_or_else(|| options.wrong("status", "no HTTP status"))
}

fn delay(options: &mut Options) -> Result<Option<Duration>, HostError> {
    let delay = options.millis("delay_ms")?;
    if delay > Some(LONGEST_WAIT) {
        let told = format!("want 0 to {}; no CA waits longer", LONGEST_WAIT.as_millis());
        return Err(options.wrong("delay_ms", &told));
    }
    Ok(delay)
}

fn location(options: &mut Options) -> Result<Option<HeaderValue>, HostError> {
    let Some(text) = options.string("to")? else { return Ok(None) };
    HeaderValue::from_str(&text)
        .map(Some)
        .map_err(|_| options.wrong("to", "a header cannot hold that"))
}

#[cfg(test)]
mod tests {
    use rhai::Dynamic;

    use super::*;
    use crate::challenge::misbehaviour::{HttpFault, TlsFault};

    fn map(entries: &[(&str, Dynamic)]) -> Map {
        entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect()
    }

    #[test]
    fn options_become_faults() {
        let made = read(map(&[
            ("http", "status".into()),
            ("status", 503_i64.into()),
            ("tls", "slow".into()),
            ("delay_ms", 20_i64.into()),
        ]));
        let made = made.expect("right options");
        assert_eq!(made.http, Some(HttpFault::Status(StatusCode::SERVICE_UNAVAILABLE)));
        assert_eq!(made.tls, Some(TlsFault::Slow(Duration::from_millis(20))));
    }

    #[test]
    fn wrong_options_are_refused() {
        for (entries, message) in [
            (
                vec![("http", Dynamic::from("rest"))],
                "challenge::misbehave: no misbehaviour `rest` of http; did you mean `reset`?",
            ),
            (
                vec![("htp", Dynamic::from("reset"))],
                "unknown option `htp` of challenge::misbehave; did you mean `http`?",
            ),
            (
                vec![("http", Dynamic::from("status")), ("status", Dynamic::from(100_i64))],
                "option `status` of challenge::misbehave: want 200 to 999, got 100",
            ),
            (
                vec![("http", Dynamic::from("slow")), ("delay_ms", Dynamic::from(120_001_i64))],
                "option `delay_ms` of challenge::misbehave: want 0 to 120000; no CA waits longer",
            ),
            (
                vec![("http", Dynamic::from("redirect")), ("to", Dynamic::from("a\nb"))],
                "option `to` of challenge::misbehave: a header cannot hold that",
            ),
        ] {
            assert_eq!(read(map(&entries)).expect_err("refused").message, message);
        }
    }
}

//! What `tls::handshake` is given.

use std::net::IpAddr;
use std::time::Duration;

use rhai::{Dynamic, ImmutableString, Map};
use rustls::pki_types::ServerName;
use url::Url;

use crate::error::HostError;
use crate::host::convert::Options;
use crate::host::http::options::DEFAULT_TIMEOUT;
use crate::net::configs::Asked;
use crate::net::dial::Target;
use crate::net::source::AddrBlock;
use crate::net::tls::{Offer, Versions, server_name};

/// What the map may hold.
pub const KEYS: &[&str] = &[
    "alpn",
    "ca",
    "endpoint",
    "insecure",
    "resume",
    "sni",
    "source_addr",
    "tags",
    "timeout_ms",
    "version",
];

const FUNCTION: &str = "tls::handshake";

/// One handshake as a script wants it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) target: Target,
    pub(super) name: ServerName<'static>,
    pub(super) asked: Asked,
    pub(super) resume: bool,
    pub(super) timeout: Duration,
    pub(super) source: Option<AddrBlock>,
    pub(super) endpoint: ImmutableString,
    pub(super) tags: Vec<(String, String)>,
}

impl Call {
    pub(super) fn read(target: &str, map: Map) -> Result<Self, HostError> {
        let target = parse_target(target)?;
        let mut given = Options::new(FUNCTION, map, KEYS)?;
        let (sni, name) = name(&mut given, &target)?;
        let versions = versions(&mut given)?;
        let alpn = given.strings("alpn")?.unwrap_or_default();
        let offer =
            Offer { alpn: alpn.iter().map(|one| one.as_bytes().to_vec()).collect(), versions, sni };
        let wrong_protocol = |one: &Vec<u8>| !(1..=255).contains(&one.len());
        if offer.alpn.iter().any(wrong_protocol) {
            return Err(given.wrong("alpn", "a protocol has 1 to 255 bytes"));
        }
        let ca = given.string("ca")?.map(String::from);
        let source = given.string("source_addr")?;
        let source = source.map(|text| text.parse::<AddrBlock>()).transpose();
        Ok(Self {
            name,
            asked: Asked { offer, insecure: given.bool("insecure")?, ca },
            resume: given.bool("resume")?.unwrap_or(false),
            timeout: given.millis("timeout_ms")?.unwrap_or(DEFAULT_TIMEOUT),
            source: source.map_err(|why| given.wrong("source_addr", &why))?,
            endpoint: given.string("endpoint")?.unwrap_or_else(|| label(&target)),
            tags: given.tags()?,
            target,
        })
    }

    /// Our address for the handshake that is number `turn` of those that take them in turn, in a chain
    /// with the address `own`.
    pub(super) fn source(&self, turn: u64, own: Option<IpAddr>) -> Option<IpAddr> {
        self.source.map(|block| block.nth(turn as u32)).or(own)
    }
}

/// The name that the certificate must be for, and whether the server is told.
fn name(given: &mut Options, target: &Target) -> Result<(bool, ServerName<'static>), HostError> {
    let wrong = |given: &Options, got: &Dynamic| {
        given.wrong_type("sni", "the name of a server, or false", got)
    };
    let Some(value) = given.any("sni") else { return Ok((true, server_name(&target.host)?)) };
    if let Some(text) = value.read_lock::<ImmutableString>() {
        let name = ServerName::try_from(text.to_string());
        let name = name.map_err(|_| given.wrong("sni", &format!("`{}` is no name", *text)))?;
        return Ok((true, name));
    }
    match value.as_bool() {
        Ok(false) => Ok((false, server_name(&target.host)?)),
        _ => Err(wrong(given, &value)),
    }
}

fn versions(given: &mut Options) -> Result<Versions, HostError> {
    match given.string("version")?.as_deref() {
        None => Ok(Versions::Both),
        Some("1.2") => Ok(Versions::Tls12),
        Some("1.3") => Ok(Versions::Tls13),
        Some(other) => {
            Err(given.wrong("version", &format!("want \"1.2\" or \"1.3\", got \"{other}\"")))
        }
    }
}

/// `https://host/...`, `host:port`, or `host`.
fn parse_target(text: &str) -> Result<Target, HostError> {
    let wrong = |why: &dyn std::fmt::Display| {
        let told = format!(
            "{FUNCTION}: `{text}` is no server: {why}; want https://HOST, HOST:PORT or HOST"
        );
        HostError::argument(told)
    };
    let is_url = text.contains("://");
    let url = if is_url { Url::parse(text) } else { Url::parse(&format!("https://{text}")) };
    let url = url.map_err(|error| wrong(&error))?;
    if url.scheme() == "http" && url.port().is_none() {
        return Err(wrong(&"port 80 speaks no TLS"));
    }
    if !is_url && (url.path() != "/" || url.query().is_some() || !url.username().is_empty()) {
        return Err(wrong(&"something follows or precedes the host"));
    }
    Target::of(&url).map_err(|error| wrong(&error))
}

/// The label where none is given.
fn label(target: &Target) -> ImmutableString {
    match target.port {
        443 => format!("tls {}", target.host).into(),
        _ => format!("tls {target}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(target: &str, options: &str) -> Result<Call, HostError> {
        let map = rhai::Engine::new().eval::<Map>(options).expect("a map");
        Call::read(target, map)
    }

    #[test]
    fn a_target_is_a_url_or_a_host() {
        for (text, target, endpoint) in [
            ("https://a.example/path", "a.example:443", "tls a.example"),
            ("a.example", "a.example:443", "tls a.example"),
            ("127.0.0.1:8443", "127.0.0.1:8443", "tls 127.0.0.1:8443"),
            ("[::1]:8443", "[::1]:8443", "tls [::1]:8443"),
            ("http://a.example:8443", "a.example:8443", "tls a.example:8443"),
        ] {
            let call = read(text, "#{}").expect(text);
            assert_eq!((call.target.to_string().as_str(), &*call.endpoint), (target, endpoint));
        }
        for text in ["", "a.example/path", "http://a.example", "a b", "host:port", "ldap://a"] {
            let told = read(text, "#{}").expect_err(text).message;
            assert!(told.contains("is no server"), "{told}");
        }
    }

    #[test]
    fn wrong_options_are_told() {
        for (options, told) in [
            (
                "#{ version: \"1.1\" }",
                "option `version` of tls::handshake: want \"1.2\" or \"1.3\"",
            ),
            ("#{ sni: true }", "want the name of a server, or false, got bool"),
            ("#{ sni: \"a b\" }", "`a b` is no name"),
            ("#{ alpn: [\"\"] }", "a protocol has 1 to 255 bytes"),
            ("#{ source_addr: \"x\" }", "`x` is no address and no block of them"),
            ("#{ resumed: true }", "did you mean `resume`?"),
        ] {
            let error = read("a.example", options).expect_err(options);
            assert!(error.message.contains(told), "{}", error.message);
        }
    }
}

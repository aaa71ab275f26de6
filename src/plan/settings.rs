//! What the command line says about requests and names, for all attackers.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::net::source::{AddrBlock, MADE_UP};

/// Which connections attackers use (`--connections`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Connections {
    /// One keep-alive pool per shard.
    #[default]
    Shared,
    /// One keep-alive pool per attacker.
    Attacker,
    /// A new connection per chain, as a real client makes.
    Chain,
}

/// The CA's directory, fetched when the run started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Where it was fetched.
    pub url: String,
    /// Its JSON text.
    pub text: String,
}

/// What scripts and requests go by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Repeats `rand::*` and script picks.
    pub seed: u64,
    /// What fresh names end in.
    pub domain_base: String,
    /// Sent with every request; values may hold `{attacker_ip}`.
    pub headers: Vec<(HeaderName, String)>,
    /// Which connections attackers use.
    pub connections: Connections,
    /// Where attackers' connections come from.
    pub source_addrs: Option<AddrBlock>,
    /// The CA's directory; `None` when no script uses ACME.
    pub directory: Option<Directory>,
}

/// What `{attacker_ip}` stands for in a header's value.
const ATTACKER_IP: &str = "{attacker_ip}";

impl Settings {
    /// Whether each attacker has headers of its own.
    pub fn headers_differ(&self) -> bool {
        self.headers.iter().any(|(_, value)| value.contains(ATTACKER_IP))
    }

    /// The headers of attacker `id`: the User-Agent, then those of `-H` over it.
    pub fn headers_of(&self, id: u32) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let agent = HeaderValue::from_static(crate::net::client::USER_AGENT);
        headers.insert(http::header::USER_AGENT, agent);
        for (name, value) in &self.headers {
            let value = value.replace(ATTACKER_IP, &self.attacker_ip(id));
            // Checked by `parse_header`; an address adds nothing that a header cannot hold.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name.clone(), value);
            }
        }
        headers
    }

    /// Where the connections of attacker `id` come from in its chain of that number; the system's
    /// choice without. An attacker keeps its address, unless each chain is a client of its own.
    pub fn source_of(&self, id: u32, chain: u64) -> Option<IpAddr> {
        // A prime, so that the chains of one attacker go through the whole of most blocks.
        const STRIDE: u32 = 7919;
        let turn = match self.connections {
            Connections::Chain => id.wrapping_add(STRIDE.wrapping_mul(chain as u32)),
            Connections::Shared | Connections::Attacker => id,
        };
        self.source_addrs.map(|block| block.nth(turn))
    }

    /// The address by which attacker `id` goes: where its (first) connections come from, or one that
    /// is made up.
    fn attacker_ip(&self, id: u32) -> String {
        self.source_addrs.unwrap_or(MADE_UP).nth(id).to_string()
    }
}

/// Parses the value of `-H`: `NAME: VALUE`.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_header(text: &str) -> Result<(HeaderName, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` is no header; write 'NAME: VALUE'"))?;
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| format!("`{name}` is no header name"))?;
    if matches!(name.as_str(), "content-length" | "transfer-encoding") {
        return Err(format!("{name} belongs to each request; http::raw sends anything"));
    }
    let value = value.trim();
    HeaderValue::from_str(value).map_err(|_| format!("`{value}` is no header value"))?;
    if let Some(unknown) = placeholders(value).find(|found| *found != ATTACKER_IP) {
        return Err(format!(
            "there is no `{unknown}`; {ATTACKER_IP} is an address of each attacker"
        ));
    }
    Ok((name, value.to_owned()))
}

/// Every word in braces, with them. Other braces, as JSON has them, are no placeholders.
fn placeholders(value: &str) -> impl Iterator<Item = &str> {
    value.match_indices('{').filter_map(|(start, _)| {
        let word = value[start + 1..].split_once('}')?.0;
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let found = !word.is_empty() && word.chars().all(is_word);
        found.then(|| &value[start..start + word.len() + 2])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attacker_has_its_address() {
        let mut settings = Settings {
            seed: 0,
            domain_base: String::new(),
            headers: vec![parse_header("X-Real-IP: {attacker_ip}").expect("a header")],
            connections: Connections::Shared,
            source_addrs: None,
            directory: None,
        };
        let ip = |settings: &Settings, id| settings.headers_of(id)["x-real-ip"].clone();
        assert_eq!(ip(&settings, 0), "10.0.0.1");
        assert_eq!(ip(&settings, 70_000), "10.1.17.113");
        settings.source_addrs = "127.1.0.0/16".parse().ok();
        assert_eq!(ip(&settings, 255), "127.1.1.0");
        let from =
            |settings: &Settings, chain| settings.source_of(1, chain).map(|ip| ip.to_string());
        assert_eq!(from(&settings, 5), Some("127.1.0.2".to_owned()));
        settings.connections = Connections::Chain;
        assert_eq!(from(&settings, 0), Some("127.1.0.2".to_owned()));
        assert_eq!(from(&settings, 1), Some("127.1.30.241".to_owned()));
    }

    #[test]
    fn headers_are_name_and_value() {
        let (name, value) = parse_header("X-Real-IP: {attacker_ip}").expect("a header");
        assert_eq!((name.as_str(), value.as_str()), ("x-real-ip", "{attacker_ip}"));
        assert!(parse_header("no colon").is_err());
        assert!(parse_header("bad name: x").is_err());
    }

    #[test]
    fn unknown_placeholders_are_no_text() {
        let told = parse_header("X-Real-IP: {attacker_ip}, {nope}").expect_err("a placeholder");
        assert!(told.contains("`{nope}`") && told.contains(ATTACKER_IP), "{told}");
        for value in [r#"{"a":{}}"#, "{", "a}b{ c }"] {
            let parsed = parse_header(&format!("A: {value}")).map(|(_, value)| value);
            assert_eq!(parsed, Ok(value.to_owned()));
        }
    }
}

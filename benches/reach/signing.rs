//! What a signed request costs beyond the request and the signature.

use crate::Outcome;
use crate::coyote::Run;
use crate::process::{Cores, cpu_seconds, role};
use crate::server::Server;
use crate::stats::{alternate, median};
use crate::table::{Bound, Row};

const ATTACKERS: u64 = 20;
const POSTS: u64 = 60_000;
const SIGNATURES: u64 = 50_000;

/// What the three chains share: each attacker's account, and a newOrder's payload.
const COMMON: &str = r#"
    import "acme" as acme;
    const URL = "{url}";
    const OPTIONS = #{ content_type: "application/jose+json", endpoint: "post", expect: 200 };
    fn payload() { #{ identifiers: [#{ type: "dns", value: "coyote-0123456789.com" }] } }
    fn account() {
        if attacker::get("account") == () {
            attacker::set("account", #{ key: key::generate(), url: global::URL + "account/1" });
        }
        attacker::get("account")
    }
    fn signed() {
        let account = account();
        let header = #{ url: global::URL, kid: account.url, nonce: "bm9uY2Utb2YtdHdlbnR5LW9uZQ" };
        jws::sign(account.key, payload(), header)
    }
"#;
/// An ACME request as scripts make it: nonce kept, badNonce looked for.
const ACME: &str = r#"fn chain() {
    acme::post(account(), global::URL, payload(), #{ endpoint: "post", expect: 200 });
}"#;
/// The signature and the request alone.
const SIGNED: &str = r"fn chain() { http::post(global::URL, signed(), global::OPTIONS); }";
/// The same bytes each time, signed once.
const UNSIGNED: &str = r#"fn chain() {
    if attacker::get("body") == () { attacker::set("body", signed()); }
    http::post(global::URL, attacker::get("body"), global::OPTIONS);
}"#;

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let cores = Cores::one_each()?;
    let server = Server::start(&cores.counterpart)?;
    let url = server.url();
    let chain = |body: &str| {
        let text = format!("{}{body}", COMMON.replace("{url}", &url));
        Ok::<_, Box<dyn std::error::Error>>(Run::of_text(&text)?.with(&["--directory", &url]))
    };
    let (acme, signed, unsigned) = (chain(ACME)?, chain(SIGNED)?, chain(UNSIGNED)?);
    let posts =
        |run: &Run| Ok(run.cpu_seconds(&cores.measured, ATTACKERS, POSTS)? * 1e6 / POSTS as f64);
    let bare = || {
        let mut command = role(&cores.measured, "role-signature")?;
        Ok(cpu_seconds(command.arg(SIGNATURES.to_string()))? * 1e6 / SIGNATURES as f64)
    };
    let figures = alternate([&|| posts(&acme), &|| posts(&signed), &|| posts(&unsigned), &bare])?;
    let [acme, signed, unsigned, bare] = figures;
    let row = |name: &str, ours: Vec<f64>| {
        let rounds = ours.iter().zip(&unsigned).zip(&bare);
        let ratio = rounds.map(|((ours, unsigned), bare)| ours / (unsigned + bare)).collect();
        let (unsigned, bare) = (median(unsigned.clone()), median(bare.clone()));
        Row::judged(name, median(ratio), "", Bound::AtMost(1.5))
            .from(format!("{:.1} us", median(ours)), format!("{unsigned:.1} + {bare:.1} us"))
    };
    Ok(vec![
        row("acme::post, against unsigned post + signature", acme),
        row("jws::sign and http::post, against the same", signed),
    ])
}

//! What a case costs beside a chain that sends the same wrong request by hand, and what a random
//! mutation adds to a request.

use crate::Outcome;
use crate::coyote::Run;
use crate::process::Cores;
use crate::server::Server;
use crate::stats::{alternate, median, ratios};
use crate::table::{Bound, Row};

const ATTACKERS: u64 = 20;
const CHAINS: u64 = 40_000;

/// What all of them share: each attacker's account, which the trivial server could not register, and
/// the wrong request by hand, as the README writes one.
const COMMON: &str = r#"
    import "acme" as acme;
    import "bad" as bad;
    const OPTIONS = #{ content_type: "application/jose+json", endpoint: "new-order", expect: 200 };
    fn account() {
        if attacker::get("account") == () {
            attacker::set("account", #{ key: key::generate(), url: "{url}account/1" });
        }
        attacker::get("account")
    }
    fn by_hand() {
        let account = account();
        let url = acme::directory().newOrder;
        let header = #{ url: url, nonce: acme::nonce(), kid: account.url };
        let res = http::post(url, jws::sign(account.key, #{ identifiers: [] }, header), global::OPTIONS);
        acme::keep_nonce(res);
        res
    }
    fn by_bad(ctx) { bad::post(ctx, "newOrder", #{ account: account(), payload: #{ identifiers: [] } }) }
    fn right() { bad::request("newOrder", #{ account: account() }) }
    fn send(request) { bad::send(#{ expect: ["ok"] }, request); }
"#;
const BY_HAND: &str = "fn chain() { by_hand(); }";
/// The same as a case: what the judge costs.
const AS_CASE: &str =
    r#"fn cases() { [#{ name: "it", expect: #{ rfc: "ok" }, send: |ctx| by_hand() }] }"#;
/// As cases are written.
const BY_BAD: &str =
    r#"fn cases() { [#{ name: "it", expect: #{ rfc: "ok" }, send: |ctx| by_bad(ctx) }] }"#;
const UNMUTATED: &str = "fn chain() { send(right()); }";
/// Made and thrown away: what a server makes of mutations would be measured else, and how fast it
/// closes connections.
const MUTATED: &str = "fn chain() { let right = right(); bad::mutate(right, 1); send(right); }";

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let cores = Cores::one_each()?;
    let server = Server::start(&cores.counterpart)?;
    let url = server.url();
    let run = |body: &str| {
        let text = format!("{}{body}", COMMON.replace("{url}", &url));
        Ok::<_, Box<dyn std::error::Error>>(Run::of_text(&text)?.with(&["--directory", &url]))
    };
    let cost =
        |run: &Run| Ok(run.cpu_seconds(&cores.measured, ATTACKERS, CHAINS)? * 1e6 / CHAINS as f64);
    let (by_hand, as_case, by_bad) = (run(BY_HAND)?, run(AS_CASE)?, run(BY_BAD)?);
    let (unmutated, mutated) = (run(UNMUTATED)?, run(MUTATED)?);
    let figures = alternate([
        &|| cost(&by_hand),
        &|| cost(&as_case),
        &|| cost(&by_bad),
        &|| cost(&unmutated),
        &|| cost(&mutated),
    ])?;
    let [by_hand, as_case, by_bad, unmutated, mutated] = figures;
    let against = |name: &str, ours: &[f64], theirs: &[f64], bound: f64| {
        Row::judged(name, median(ratios(ours, theirs)), "", Bound::AtMost(bound))
            .from(micros(median(ours.to_vec())), micros(median(theirs.to_vec())))
    };
    let added = mutated.iter().zip(&unmutated).map(|(with, without)| with - without).collect();
    Ok(vec![
        against("a case, against a chain that does the same", &as_case, &by_hand, 1.25),
        against("a case of bad::post, against the same by hand", &by_bad, &by_hand, 1.25),
        Row::told("bad::mutate of one request", micros(median(added))),
    ])
}

fn micros(micros: f64) -> String {
    format!("{micros:.1} us")
}

//! The scripts of the repository, together.

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};
use crate::fake_ca;

/// Long enough for those that wait for others' data.
const SHORT: &str = "hammer 20 --duration 12s";

/// Every script runs, mixed, and nothing fails.
fn all_run(line: &str, options: &str) {
    let scratch = Scratch::new();
    coyote(line)
        .words("--summary")
        .arg(scratch.path("summary.json"))
        .words(options)
        .script(&own_script(""))
        .run()
        .exits(0);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    let chains = summary.0["chains"].as_object().expect("the schema demands an object");
    assert!(chains.len() >= 16, "{:?}", chains.keys());
    for (name, chain) in chains {
        assert!(chain["count"].as_u64() > Some(3), "{name}: {chain:#}");
    }
}

#[test]
fn they_run_mixed_whatever_the_ca_reuses_and_requires() {
    all_run(
        SHORT,
        "--authz-reuse --order-reuse --finalize-delay 50ms \
         --eab-required --eab k:c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0 \
         -e EAB_KID=k -e EAB_HMAC_KEY=c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
    );
}

#[test]
fn half_a_minute_of_them_has_no_failure() {
    all_run("hammer 50 --duration 30s", "");
}

#[test]
fn they_run_by_every_challenge() {
    all_run(SHORT, "-e CHALLENGE=tls-alpn-01");
    all_run(SHORT, "-e CHALLENGE=dns-01");
}

/// A server has one tls-alpn-01 certificate a name, whatever accounts prove it.
#[test]
fn who_proves_one_address_by_tls_alpn_takes_turns() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "ip.rhai",
        "import \"acme\" as acme;\n\
         fn chain() {\n\
             let order = acme::new_order(acme::account(), [\"127.0.0.1\"]);\n\
             acme::authorize(acme::account(), order, #{ challenge: \"tls-alpn-01\" });\n\
         }\n",
    );
    let summary = scratch.path("summary.json");
    let run = coyote("hammer 10 --iterations 30 --summary").arg(&summary).script(&script);
    run.run().exits(0);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    assert_eq!(summary.count("/totals/chains/count"), 30);
}

#[test]
fn a_certificate_for_another_name_and_key_fails_a_check() {
    let ca = fake_ca::start("/none", fake_ca::answer(200, ""), 0);
    for script in ["new_cert.rhai", "profile.rhai", "pre_authorization.rhai"] {
        coyote("once")
            .words(&fake_ca::options(&ca))
            .script(&own_script(script))
            .run()
            .exits(1)
            .shows(&[": FAILED: checks that did not hold: ", "for that name and key\n"]);
    }
}

#[test]
fn a_script_takes_what_the_command_line_says() {
    let run = |script: &str, option: &str| {
        coyote("once -e").arg(option).script(&own_script(script)).run()
    };
    let output = run("many_names.rhai", "NAMES=3").exits(0);
    assert_eq!(output.stdout.matches("-----BEGIN CERTIFICATE-----").count(), 2, "one chain");
    assert_eq!(
        output
            .stdout
            .lines()
            .filter(|line| line.starts_with("--> POST") && line.contains("/chall"))
            .count(),
        3
    );
    run("revoke_cert.rhai", "BY=other").exits(0);
    run("revoke_cert.rhai", "BY=nobody").exits(1).shows(&["-e BY=... is account, key or other"]);
    run("profile.rhai", "PROFILE=shortlived").exits(0).shows(&[r#""profile": "shortlived""#]);
}

//! An audit that cannot be made is not a clean one.

use std::time::Duration;

use crate::common::coyote::coyote;
use crate::common::mariadb::MariaDb;
use crate::common::scratch::{Scratch, own_script};
use crate::common::summary::Summary;

/// Fails the test unless the summary has why there was no audit, and nothing that could pass for one.
#[track_caller]
fn is_unmade(summary: &Summary, why: &str) {
    let told = summary.0.pointer("/audit/error").and_then(serde_json::Value::as_str);
    assert!(told.is_some_and(|told| told.contains(why)), "{:#}", summary.0["audit"]);
    assert!(summary.0["metrics"]["audit_lost"].is_null());
}

#[test]
fn without_a_database_there_is_nothing_to_compare() {
    let scratch = Scratch::new();
    let plain = scratch.write("plain.rhai", "fn chain() { sleep(0.01); }");
    let told = "--audit needs the CA's database: give --mysql URI";
    coyote("--audit hammer 1 --iterations 1").script(&plain).run().exits(2).tells(&[told]);
    let line = "--audit once --directory http://127.0.0.1:1/";
    coyote(line).script(&plain).run().exits(2).tells(&[told]);
}

#[test]
fn a_dead_database_is_told() {
    let (scratch, mut server) = (Scratch::new(), MariaDb::start());
    let script = scratch.write("slow.rhai", "fn chain() { sleep(2); }");
    let run = coyote("--audit hammer 1 --iterations 1 --directory http://127.0.0.1:1/ --mysql")
        .arg(server.boulder().uri())
        .words("--summary")
        .arg(scratch.path("s.json"))
        .script(&script);
    // Nothing was confirmed, so nothing has to be asked.
    run.run()
        .exits(0)
        .shows(&["0 accounts, 0 orders", "\nthe CA confirmed nothing that could be compared\n"]);

    let script = scratch.write(
        "one.rhai",
        "fn chain() { audit::account(\"http://ca/acct/1\", key::generate(), \"valid\"); sleep(3); }",
    );
    let mut run = coyote("--audit hammer 1 --iterations 1 --directory http://127.0.0.1:1/ --mysql")
        .arg(server.boulder().uri())
        .words("--summary")
        .arg(scratch.path("s.json"))
        .script(&script)
        .start();
    run.wait_for_stderr("seed:");
    std::thread::sleep(Duration::from_secs(1));
    server.kill();
    let output =
        run.finish().exits(4).shows(&["\nAUDIT\ncould not be made: table registrations: "]);
    assert!(output.stdout.contains("CHAINS"), "the figures are there all the same");
    is_unmade(&scratch.summary("s.json"), "table registrations: cannot reach the database");
}

#[test]
fn tables_of_another_ca_are_told() {
    let (scratch, schema) = (Scratch::new(), crate::common::mariadb::schema());
    let text = "fn chain() { audit::account(\"http://ca/acct/1\", key::generate(), \"valid\"); }";
    coyote("--audit hammer 1 --iterations 1 --directory http://127.0.0.1:1/ --mysql")
        .arg(schema.uri())
        .words("--summary")
        .arg(scratch.path("s.json"))
        .script(&scratch.write("one.rhai", text))
        .run()
        .exits(4);
    is_unmade(&scratch.summary("s.json"), "registrations' doesn't exist");
}

#[test]
fn an_interrupted_run_has_none_but_a_stopped_one_has() {
    let scratch = Scratch::new();
    let start = || {
        let run = coyote("--audit hammer 5 --summary").arg(scratch.path("s.json"));
        let mut run = run.script(&own_script("new_cert.rhai")).start();
        run.wait_for_stderr("seed:");
        std::thread::sleep(Duration::from_secs(2));
        run.interrupt();
        run
    };
    start().finish().exits(0);
    crate::is_clean(&scratch.summary("s.json"));

    let text = "import \"acme\" as acme; fn chain() { acme::account(); sleep(60); }";
    let run = coyote("--audit hammer 1 --summary").arg(scratch.path("s.json"));
    let mut run = run.script(&scratch.write("slow.rhai", text)).start();
    run.wait_for_stderr("seed:");
    std::thread::sleep(Duration::from_secs(1));
    run.interrupt();
    std::thread::sleep(Duration::from_millis(500));
    run.interrupt();
    run.finish().exits(130);
    is_unmade(&scratch.summary("s.json"), "the run was interrupted");
}

#[test]
fn a_threshold_that_only_an_audit_can_judge_needs_one() {
    let line = "hammer 1 --iterations 2 --threshold";
    let threshold = "audit_lost: count<1";
    let run = || coyote(line).arg(threshold).script(&own_script("new_account.rhai"));
    run().run().exits(2).tells(&["threshold audit_lost: count<1: give --audit"]);
    run().words("--audit").run().exits(0);
    let lossy = "--audit --store-fault registrations:lose:next:1";
    run().words(lossy).run().exits(99).shows(&["\naudit_lost: count<1         1  breached\n"]);
}

//! Options, positional arguments, and what wrong ones are answered with.

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};

#[test]
fn options_before_and_after_the_command_add_up() {
    let scratch = Scratch::new();
    let told = |name: &str| {
        let text =
            "fn chain() { log::info(`A=${env::get(\"A\", \"\")} B=${env::get(\"B\", \"\")}`); }";
        scratch.write(name, text)
    };
    coyote("-e A=before")
        .script(&told("one.rhai"))
        .words("once -e B=after")
        .script(&told("two.rhai"))
        .run()
        .exits(0)
        .shows(&["=== one: succeeded", "=== two: succeeded"])
        .tells(&["A=before B=after"]);
}

#[test]
fn a_folder_gives_its_scripts_sorted() {
    let scratch = Scratch::new();
    for name in ["b.rhai", "a.rhai", "notes.txt"] {
        scratch.write(name, "fn chain() {}");
    }
    let output = coyote("once -s").arg(scratch.folder()).run().exits(0);
    let (a, b) = (output.stdout.find("=== a:"), output.stdout.find("=== b:"));
    assert!(a.is_some() && a < b, "{}", output.stdout);
    assert!(!output.stdout.contains("notes"), "{}", output.stdout);
}

#[test]
fn wrong_usage_is_exit_2_and_says_what_is_right() {
    let scratch = Scratch::new();
    let script = scratch.write("fine.rhai", "fn chain() {}");
    for (line, told) in [
        ("--sript x hammer 1", "similar argument exists: '--script'"),
        ("hammer 1 --sript x", "similar argument exists: '--script'"),
        ("hammr 1", "similar subcommand exists: 'hammer'"),
        ("hammer", "hammer WORKERS, such as hammer 100"),
        ("hammer 0", "must be at least 1"),
        ("hammer many", "write a whole number, such as 100"),
        ("hammer 1 2", "hammer WORKERS, such as hammer 100"),
        ("seq 1s", "seq INTERVAL WORKERS WORKERS"),
        ("seq soon 1 2", "write 30 (seconds)"),
        ("aseq 5 20", "aseq INCREMENT FINAL INTERVAL"),
        ("aseq 0 5 1s", "must be at least 1"),
        ("hammer 1 --duration soon", "write 30 (seconds)"),
        ("hammer 1 --iterations 0", "1.."),
        ("hammer 1 --directory nonsense", "nonsense is no URL"),
        ("hammer 1 --directory ftp://127.0.0.1/", "want http"),
        ("hammer 1 -H broken", "write 'NAME: VALUE'"),
        ("hammer 1 -e broken", "write KEY=VALUE"),
        ("hammer 1 --http-port 70000", "write 0 to 65535"),
        ("hammer 1 --http-port 5002,off", "says off and names ports"),
        ("hammer 1 --http-port 5002,5002", "names port 5002 twice"),
        ("hammer 1 --summary -", "give a file"),
        ("hammer 1 -H A:{nope}", "there is no `{nope}`; {attacker_ip}"),
        ("hammer 1 --connections many", "possible values: shared, attacker, chain"),
        ("once --directory http://127.0.0.1/ --authz-reuse", "cannot be used with '--authz-reuse'"),
        ("once --directory http://127.0.0.1/ --ca-tls", "cannot be used with '--ca-tls'"),
        ("once --eab-required", "--eab <KID:BASE64URL_KEY>"),
        ("once --eab x", "write KID:KEY, the key in base64url"),
        ("once --cert-profile short", "write NAME:LIFETIME"),
        ("once --cert-profile short:500ms", "write 1s or longer"),
        ("once --cert-lifetime 0", "write 1s or longer"),
        ("once --order-lifetime 500ms", "write 1s or longer"),
        ("once --authz-lifetime 0.9", "write 1s or longer"),
        ("once --limit x:1/1m", "there is no endpoint `x`"),
        ("once --fault new-order:503:next:0", "would never happen"),
        ("once --fault renewal-info:nonce:next:1", "renewal-info is asked without a nonce"),
        ("once --fault *:html=999:1", "`html=999` is no fault"),
        ("once extra", "unexpected argument 'extra'"),
    ] {
        // With the script behind, so that what is wrong is wrong for the reason that is told.
        let output = coyote(line).script(&script).run().exits(2);
        assert!(output.stderr.contains(told), "{line}: {told:?} is not in\n{}", output.stderr);
        assert_eq!(output.stdout, "", "{line}");
    }
}

#[test]
fn the_last_list_of_ports_counts() {
    let scratch = Scratch::new();
    let script = scratch.write("fine.rhai", "fn chain() {}");
    let kinds = "--http-port 0 --tls-port off --dns-port off";
    let output =
        coyote("--doh-port 0 once --doh-port off").words(kinds).script(&script).run().exits(0);
    assert!(!output.stdout.contains("DNS over HTTPS"), "{}", output.stdout);
    let output =
        coyote("--doh-port off once --doh-port 0").words(kinds).script(&script).run().exits(0);
    output.shows(&["DNS over HTTPS"]);
}

#[test]
fn two_bindings_of_one_name_contradict_each_other() {
    let line = "once --eab kid:AAAA --eab kid:AAAB";
    let output = coyote(line).script(&own_script("new_account.rhai")).run().exits(2);
    output.tells(&["--eab gives two keys the name `kid`"]);
    coyote("ca --addr 127.0.0.1:0 --eab kid:AAAA --eab kid:AAAA").run().exits(2);
}

#[test]
fn a_run_that_does_not_begin_leaves_the_summary_alone() {
    let scratch = Scratch::new();
    let failing = scratch.write("fails.rhai", "fn setup() { throw \"no\"; } fn chain() {}");
    let old = scratch.write("old.json", "old");
    for path in [&old, &scratch.path("new.json")] {
        coyote("hammer 1 --summary").arg(path).script(&failing).run().exits(4);
    }
    assert_eq!(std::fs::read_to_string(&old).expect("it is there"), "old");
    assert!(!scratch.path("new.json").exists());
}

#[test]
fn without_script_the_message_shows_one() {
    for line in ["hammer 1", "once", "seq 1s 1 2", "check"] {
        coyote(line).run().exits(2).tells(&["--script scripts/new_authz.rhai"]);
    }
}

#[test]
fn help_and_version_are_no_failure() {
    coyote("--help").run().exits(0).shows(&["hammer", "--script", "--directory"]);
    coyote("hammer --help").run().exits(0).shows(&["coyote hammer WORKERS", "--duration"]);
    coyote("--version").run().exits(0).shows(&[env!("CARGO_PKG_VERSION")]);
}

#[test]
fn a_summary_that_cannot_be_written_is_told_before_the_run() {
    let scratch = Scratch::new();
    let script = scratch.write("fine.rhai", "fn chain() {}");
    let path = scratch.path("no/such/folder.json");
    let output =
        coyote("hammer 1 --duration 1s --summary").arg(path).script(&script).run().exits(4);
    assert_eq!(output.stdout, "", "it must not run first");
    assert!(output.stderr.contains("cannot write the summary to"), "{}", output.stderr);
}

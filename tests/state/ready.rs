//! `ready()`: which of several scripts run when.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Server, text};
use crate::common::summary::Summary;

/// A script that says `ready` of itself and `chain` to the server.
fn script(scratch: &Scratch, name: &str, ready: &str, chain: &str) -> PathBuf {
    let ready = if ready.is_empty() { String::new() } else { format!("fn ready() {{ {ready} }}") };
    let text =
        format!("fn options() {{ #{{ pause_ms: 5 }} }}\n{ready}\nfn chain() {{ {chain}; }}\n");
    scratch.write(&format!("{name}.rhai"), &text)
}

fn hammer(scratch: &Scratch, line: &str) -> Coyote {
    coyote(&format!("hammer {line}")).arg("--summary").arg(scratch.path("s.json"))
}

/// One warning begins with `start`, and holds all of `parts`.
#[track_caller]
fn warns(summary: &Summary, start: &str, parts: &[&str]) {
    let texts: Vec<_> = summary.list("/warnings").iter().filter_map(|text| text.as_str()).collect();
    let found: Vec<_> = texts.iter().filter(|text| text.starts_with(start)).collect();
    let [warning] = found[..] else { panic!("{start}: {texts:#?}") };
    assert!(parts.iter().all(|part| warning.contains(part)), "{parts:?}: {warning}");
}

#[test]
fn a_script_runs_once_it_is_ready() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let later = "attacker::chain_number() >= 2";
    let at_once = script(&scratch, "first", "", &format!("http::get(`{}`)", server.url("/first")));
    let waits =
        script(&scratch, "second", later, &format!("http::get(`{}`)", server.url("/second")));
    let never = script(&scratch, "third", "false", "throw 1");
    let run = hammer(&scratch, "4 --duration 4s").script(&at_once).script(&waits).script(&never);
    let output = run.run().exits(0);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    assert!(summary.number("/chains/first/eligible_after_s").abs() < f64::EPSILON);
    let after = summary.number("/chains/second/eligible_after_s");
    assert!((1.0..3.5).contains(&after), "{after}");
    assert!(summary.0["chains"]["third"]["eligible_after_s"].is_null());
    assert!(summary.0["chains"]["third"].get("eligible_after_s").is_some());
    assert!(summary.count("/chains/second/count") > 20);
    assert_eq!(summary.count("/chains/third/count"), 0);
    let never = "third never ran: it was not ready before the run ended";
    output.shows(&["ready: second after ", ", third never", never]);
    assert_eq!(summary.list("/warnings"), [never]);
    // None of the second before it was ready, and from then on about half.
    let paths: Vec<_> = server.requests().into_iter().map(|request| request.path).collect();
    let start = paths.iter().position(|path| path == "/second").expect("it ran");
    assert!(start > 20, "{start}");
    let (rest, second) = (paths.len() - start, summary.count("/chains/second/count") as usize);
    assert!(second * 3 > rest && second * 3 < rest * 2, "{second} of {rest}");
}

#[test]
fn it_can_cease_to_be_ready() {
    let scratch = Scratch::new();
    let (odd, even) = (
        script(&scratch, "odd", "attacker::chain_number() % 2 == 1", "metric::counter(\"odd\", 1)"),
        script(
            &scratch,
            "even",
            "attacker::chain_number() % 2 == 0",
            "metric::counter(\"even\", 1)",
        ),
    );
    hammer(&scratch, "2 --duration 4500ms").script(&odd).script(&even).run().exits(0);
    let summary = scratch.summary("s.json");
    for name in ["odd", "even"] {
        let count = summary.count(&format!("/chains/{name}/count"));
        // Two attackers, some 200 chains a second, half of the time.
        assert!(count > 100, "{name}: {count}");
    }
}

#[test]
fn each_is_asked_at_most_once_a_second() {
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&asked);
    let server = Server::start(move |request| {
        if request.path == "/ready" {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        text("hello")
    });
    let scratch = Scratch::new();
    let ready = format!("http::get(`{}`).ok", server.url("/ready"));
    let one = script(&scratch, "one", &ready, "sleep(0.001)");
    let two = script(&scratch, "two", "", "sleep(0.001)");
    let run = hammer(&scratch, "50 --duration 3500ms --shards 2").script(&one).script(&two);
    run.run().exits(0);
    let asked = asked.load(Ordering::Relaxed);
    assert!((2..=5).contains(&asked), "{asked}");
    assert!(scratch.summary("s.json").count("/chains/one/count") > 100);
}

#[test]
fn one_that_throws_or_hangs_stops_no_other() {
    let scratch = Scratch::new();
    let good = script(&scratch, "good", "true", "sleep(0.001)");
    let throws = script(&scratch, "throws", "throw \"no such \\u001b[31mtable\"", "sleep(0.001)");
    let loops = script(&scratch, "loops", "let n = 0; loop { n += 1; }", "sleep(0.001)");
    let waits = script(&scratch, "waits", "sleep(3600); true", "sleep(0.001)");
    let odd = script(&scratch, "odd", "\"yes\"", "sleep(0.001)");
    let mut run = hammer(&scratch, "4 --duration 5s --shards 2");
    for script in [&good, &throws, &loops, &waits, &odd] {
        run = run.script(script);
    }
    let output = run.run().exits(0);
    assert!(output.took.as_secs() < 10, "{:?}", output.took);
    assert!(!output.stderr.contains("no script is ready"), "{}", output.stderr);
    assert!(!output.stderr.contains('\u{1b}'), "{:?}", output.stderr);
    let (throws_at, loops_at) = ("throws.rhai:2:14", "(loops.rhai:2)");
    for (told, at) in [
        ("throws is not ready: its ready() failed: no such ", throws_at),
        ("odd is not ready: its ready() failed: it returned string, which is neither true", ""),
        ("loops is not ready: its ready() failed: it computed for 500 ms without en", loops_at),
    ] {
        let lines: Vec<_> = output.stderr.lines().filter(|line| line.contains(told)).collect();
        assert!(lines.len() == 1 && lines[0].contains(at), "{told}: {}", output.stderr);
    }
    let summary = scratch.summary("s.json");
    warns(&summary, "throws could not run for ", &["in all: its ready() failed: no such "]);
    warns(&summary, "loops could not run for ", &["without ending ", loops_at]);
    warns(
        &summary,
        "waits never ran: it was not known to be ready, for ready() did not answer",
        &[],
    );
    assert!(summary.count("/chains/good/count") > 50);
    for never in ["throws", "loops", "waits", "odd"] {
        assert_eq!(summary.count(&format!("/chains/{never}/count")), 0);
    }
}

/// No CPU is spent while nothing can be done, it is told, and the run goes on when something can.
#[test]
fn attackers_wait_while_none_is_ready() {
    let scratch = Scratch::new();
    let later = "attacker::chain_number() >= 2";
    let one = script(&scratch, "one", later, "sleep(0.5)");
    let two = script(&scratch, "two", later, "sleep(0.5)");
    let run = hammer(&scratch, "500 --iterations 2000 --shards 2").script(&one).script(&two);
    let output = run.run().exits(0);
    let told = "no script is ready; attackers wait until one is";
    assert_eq!(output.stderr.matches(told).count(), 1, "{}", output.stderr);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    assert_eq!(summary.count("/totals/chains/count"), 2_000);
    assert_eq!(summary.list("/warnings"), [""; 0]);
    output.tells(&["attackers go on after ", ": ready are one, two"]);

    let (one, two) = (
        script(&scratch, "one", "false", "sleep(0.001)"),
        script(&scratch, "two", "false", "sleep(0.001)"),
    );
    let run = hammer(&scratch, "500 --duration 3s --shards 2").script(&one).script(&two);
    run.run().exits(0).shows(&["no chain ran, for no script was ever ready"]);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/totals/chains/count"), 0);
    warns(&summary, "2 of 2 scripts never ran (one, two): ", &["such as scripts/new_account.rhai"]);
    assert!(summary.number("/totals/cpu_s") < 1.0, "{}", summary.number("/totals/cpu_s"));
}

/// On an empty CA two of the repository's own scripts wait for ever; that is told over and over.
#[test]
fn scripts_that_nothing_feeds_are_named_and_told_what_helps() {
    let scratch = Scratch::new();
    let (renew, revoke) = (own_script("renew_cert.rhai"), own_script("revoke_cert.rhai"));
    let run = hammer(&scratch, "5 --iterations 100").script(&renew).script(&revoke);
    let mut run = run.start();
    run.wait_for_stderr(
        "no script has been ready for 10 s (renew-certificate, revoke-certificate)",
    );
    run.interrupt();
    let output = run.finish().exits(0);
    let first = "no script is ready; attackers wait until one is (renew-certificate, \
                 revoke-certificate); none of the given scripts can run until something creates \
                 what it waits for: give one beside them that needs nothing";
    assert_eq!(output.stderr.matches(first).count(), 1, "{}", output.stderr);
    // What is redrawn on a terminal, here a line every five seconds.
    assert!(output.stderr.contains("p95 -   no script has been ready for "), "{}", output.stderr);
    let summary = scratch.summary("s.json");
    warns(&summary, "no chain ran, for no script was ever ready", &[]);
    let names = "2 of 2 scripts never ran (renew-certificate, revoke-certificate): ";
    warns(&summary, names, &["such as scripts/new_account.rhai"]);
}

/// All its chains were started before the others were asked often enough.
#[test]
fn a_run_too_short_for_its_scripts_says_so() {
    let scratch = Scratch::new();
    let later = "attacker::chain_number() >= 10";
    let [first, second, third] = [("first", ""), ("second", later), ("third", later)]
        .map(|(name, ready)| script(&scratch, name, ready, "sleep(0.001)"));
    let run = hammer(&scratch, "10 --iterations 50").script(&first).script(&second);
    run.script(&third).run().exits(0);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/chains/first/count"), 50);
    let names =
        "2 of 3 scripts never ran (second, third): they were not ready before the run ended";
    let hint = "each is asked once a second: give more --iterations, or --duration in their place";
    warns(&summary, names, &[hint]);
}

/// Waiting attackers hear that the run is over: by its chains, its time, and Ctrl-C.
#[test]
fn a_run_ends_while_attackers_wait() {
    let scratch = Scratch::new();
    // Ready for the first answer only; those that wait then would wait for ever.
    let once = script(&scratch, "once", "attacker::chain_number() == 0", "sleep(0.01)");
    let never = script(&scratch, "never", "false", "throw 1");
    let run = hammer(&scratch, "20 --iterations 5").script(&once).script(&never);
    run.run().exits(0);
    assert_eq!(scratch.summary("s.json").count("/totals/chains/count"), 5);

    let mut run = hammer(&scratch, "20").script(&never).script(&once).start();
    run.wait_for_stderr("no script is ready");
    run.interrupt();
    let output = run.finish().exits(0);
    assert!(output.took.as_secs() < 20);
}

#[test]
fn a_lone_script_and_once_are_not_asked() {
    let scratch = Scratch::new();
    let one = script(&scratch, "one", "throw 1", "sleep(0.001)");
    let two = script(&scratch, "two", "false", "sleep(0.001)");
    let output = hammer(&scratch, "1 --iterations 3").script(&one).run().exits(0);
    assert!(!output.stderr.contains("ready"), "{}", output.stderr);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/chains/one/count"), 3);
    assert!(summary.0["chains"]["one"].get("eligible_after_s").is_none());
    coyote("once").script(&one).script(&two).run().exits(0).shows(&["two: succeeded"]);
    // Of several, `--case` leaves one.
    let run = hammer(&scratch, "1 --iterations 3 --case one").script(&one).script(&two);
    run.run().exits(0);
    assert_eq!(scratch.summary("s.json").count("/chains/one/count"), 3);
}

#[test]
fn cases_are_ready_as_their_script_is() {
    let scratch = Scratch::new();
    let server = Server::start(|_| text("hello"));
    let url = server.url("/");
    let case = |name: &str| {
        let expect = "expect: #{ rfc: \"ok\" }";
        format!("#{{ name: \"{name}\", what: \"it\", {expect}, send: |ctx| http::get(\"{url}\") }}")
    };
    let (a, b) = (case("a"), case("b"));
    let text =
        format!("fn ready() {{ attacker::chain_number() >= 1 }}\nfn cases() {{ [{a}, {b}] }}\n");
    let cases = scratch.write("group.rhai", &text);
    let other = script(&scratch, "other", "", "sleep(0.001)");
    hammer(&scratch, "2 --duration 3s").script(&cases).script(&other).run().exits(0);
    let summary = scratch.summary("s.json");
    for name in ["bad~1group~1a", "bad~1group~1b"] {
        // Asked a second after the first time, which is a moment before the run begins.
        let after_s = summary.number(&format!("/chains/{name}/eligible_after_s"));
        assert!((0.8..2.9).contains(&after_s), "{name} after {after_s} s");
    }
}

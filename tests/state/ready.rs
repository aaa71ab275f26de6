//! `ready()`: which of several scripts run when.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};

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
    output.shows(&["ready: second after ", ", third never"]);
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
    let loops = script(&scratch, "loops", "loop {}", "sleep(0.001)");
    let waits = script(&scratch, "waits", "sleep(3600); true", "sleep(0.001)");
    let odd = script(&scratch, "odd", "\"yes\"", "sleep(0.001)");
    let mut run = hammer(&scratch, "4 --duration 3s --shards 2");
    for script in [&good, &throws, &loops, &waits, &odd] {
        run = run.script(script);
    }
    let output = run.run().exits(0);
    assert!(output.took.as_secs() < 10, "{:?}", output.took);
    let told = "throws is not ready: its ready() failed: no such ";
    assert_eq!(output.stderr.matches(told).count(), 1, "{}", output.stderr);
    assert!(!output.stderr.contains('\u{1b}'), "{:?}", output.stderr);
    let output = output.tells(&[
        "odd is not ready: its ready() failed: it returned string, which is neither true",
    ]);
    assert!(!output.stderr.contains("no script is ready"), "{}", output.stderr);
    let summary = scratch.summary("s.json");
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
    let one = script(&scratch, "one", later, "sleep(0.001)");
    let two = script(&scratch, "two", later, "sleep(0.001)");
    let run = hammer(&scratch, "500 --iterations 2000 --shards 2").script(&one).script(&two);
    let output = run.run().exits(0);
    let told = "no script is ready; attackers wait until one is";
    assert_eq!(output.stderr.matches(told).count(), 1, "{}", output.stderr);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    assert_eq!(summary.count("/totals/chains/count"), 2_000);

    let (one, two) = (
        script(&scratch, "one", "false", "sleep(0.001)"),
        script(&scratch, "two", "false", "sleep(0.001)"),
    );
    let run = hammer(&scratch, "500 --duration 3s --shards 2").script(&one).script(&two);
    run.run().exits(0);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/totals/chains/count"), 0);
    assert!(summary.number("/totals/cpu_s") < 1.0, "{}", summary.number("/totals/cpu_s"));
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
        assert!(summary.number(&format!("/chains/{name}/eligible_after_s")) >= 1.0);
    }
}

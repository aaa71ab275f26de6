//! `coyote plan`: scenarios side by side, each with its own profile, function, environment and tags.

use serde_json::Value;

use crate::common::coyote::{Coyote, coyote};
use crate::common::output::Output;
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};
use crate::common::summary::Summary;

/// Two scenarios on the clock: 50 chains from the start, 20 from the second second on.
const TWO: &str = r#"
fn options() {
    #{ name: "two", scenarios: #{
        early: #{ profile: "rate 50", duration: "1s", env: #{ WHO: "early", FROM: "script" },
                  tags: #{ kind: "first" }, thresholds: ["chains: count==50", "checks: rate==1"] },
        late: #{ profile: "rate 20/s", start_after: "1s", duration: 1, exec: "other",
                 env: #{ WHO: "late", FROM: "script" } },
    } }
}
fn setup() { #{ page: "/page" } }
fn visit(data) { http::get(env::get("URL") + data.page + "/" + env::get("WHO"), #{ endpoint: "page" }); }
fn chain(data) {
    check::that("early", env::get("WHO") == "early");
    check::that("-e wins", env::get("FROM") == "line");
    visit(data);
}
fn other(data) {
    check::that("late", env::get("WHO") == "late");
    metric::counter("others", 1);
    visit(data);
}
"#;

/// Chains that sleep for 10 ms, or for as long as `NAP` says.
fn sleepy(name: &str, options: &str) -> String {
    format!(
        "fn options() {{ #{{ name: \"{name}\", {options} }} }}\n\
         fn chain() {{ sleep(env::get(\"NAP\", \"0.01\").parse_float()); }}\n\
         fn failing() {{ throw \"as told\"; }}\n"
    )
}

/// `coyote plan` with scripts of these texts.
fn plan(scratch: &Scratch, line: &str, scripts: &[&str]) -> Coyote {
    let scripts = scripts.iter().enumerate();
    let scripts = scripts.map(|(at, text)| scratch.write(&format!("s{at}.rhai"), text));
    scripts.fold(coyote("plan").words(line), |command, script| command.script(&script))
}

/// Runs it, and returns its summary too.
fn run(line: &str, scripts: &[&str], code: i32) -> (Output, Summary) {
    let scratch = Scratch::new();
    let command = plan(&scratch, line, scripts).words("--summary").arg(scratch.path("s.json"));
    let output = command.run().exits(code);
    let summary = scratch.summary("s.json");
    (output, summary)
}

#[test]
fn scenarios_run_side_by_side_each_with_its_own() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let command = plan(&scratch, "-e FROM=line", &[TWO]).words("--log").arg(scratch.path("log"));
    let url = format!("URL={}", server.url(""));
    let command = command.words("-e").arg(url.trim_end_matches('/')).words("--summary");
    let output = command.arg(scratch.path("s.json")).run().exits(0);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    for (at, expected) in [
        ("/scenarios/early/chains/count", 50),
        ("/scenarios/early/requests/count", 50),
        ("/scenarios/late/chains/count", 20),
        ("/scenarios/late/requests/count", 20),
        ("/chains/two/count", 50),
        ("/chains/two~1other/count", 20),
        ("/totals/chains/count", 70),
        ("/tags/kind/first/count", 50),
        ("/checks/early/passes", 50),
        ("/checks/-e wins/passes", 50),
        ("/checks/late/passes", 20),
        ("/metrics/others/count", 20),
    ] {
        assert_eq!(summary.count(at), expected, "{at}:\n{}", output.stdout);
    }
    let started = summary.number("/scenarios/late/started_s");
    assert!((1.0..1.5).contains(&started), "{started}");
    let rate = summary.number("/scenarios/early/chains/rate_per_s");
    assert!((35.0..=51.0).contains(&rate), "by its own time, not the run's: {rate}");
    let stages: Vec<_> = summary.list("/stages").iter().map(|stage| &stage["name"]).collect();
    assert_eq!(stages, ["early 1: 50", "late 1: 20/s"]);
    assert_eq!(server.requests().iter().filter(|it| it.path == "/page/late").count(), 20);
    output.shows(&["SCENARIOS", "chains{scenario:early}: count==50", "two/other"]);
    let log = std::fs::read_to_string(scratch.path("log")).expect("--log wrote its file");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let late = |line: &Value| line["scenario"] == "late" && line["stage"] == "late 1: 20/s";
    assert_eq!(lines.filter(late).count(), 20);
}

#[test]
fn thresholds_of_a_scenario_are_judged_on_it_alone() {
    let script = |early: &str, late: &str| {
        let scenarios = format!(
            "scenarios: #{{ bad: #{{ profile: \"rate 30\", duration: 1, exec: \"failing\", \
             thresholds: [\"{early}\"] }}, good: #{{ profile: \"hammer 2\", duration: 1, \
             tags: #{{ kind: \"calm\" }}, thresholds: [\"{late}\"] }} }}"
        );
        sleepy("x", &scenarios)
    };
    let held = script("chain_failed: rate==1", "chain_failed: rate==0");
    let (_, summary) = run("", &[&held], 0);
    assert_eq!(summary.list("/thresholds").len(), 2);
    assert!(summary.count("/scenarios/good/chains/count") > 0);
    let breached = script("chain_failed: rate<0.5", "chain_failed: rate<0.5");
    let (output, _) = run("", &[&breached], 99);
    output.shows(&["chain_failed{scenario:bad}: rate<0.5  ", "breached", "holds"]);
    // One scenario's threshold ends the whole run.
    let aborting = script("chain_failed: rate<0.5 abort", "chain_failed: rate<0.5");
    let (output, _) = run("", &[&aborting.replace("duration: 1", "duration: 60")], 99);
    assert!(output.took.as_secs() < 20, "{:?}", output.took);
    output.tells(&["stopping: threshold breached: chain_failed{scenario:bad}: rate<0.5 abort"]);
    // Any scenario's, from the command line; and by the tags that scenarios give, which chains have too.
    let (output, _) = run("--threshold chain_failed{scenario:good}:rate>0", &[&held], 99);
    output.shows(&["chain_failed{scenario:good}:rate>0"]);
    run("--threshold chain_failed{kind:calm}:rate==0", &[&held], 0);
    // By the tags that scenarios give, which chains have too.
    run("--threshold chain_failed{kind:calm}:rate==0", &[&held], 0);
}

#[test]
fn scripts_that_share_a_scenario_are_mixed_by_weight() {
    let script = |name: &str, weight: &str| {
        sleepy(
            name,
            &format!("scenarios: #{{ mix: #{{ profile: \"rate 400\", duration: 1, {weight} }} }}"),
        )
    };
    let (one, two) = (script("one", "weight: 3"), script("two", "weight: 1"));
    let (output, summary) = run("", &[&one, &two], 0);
    assert_eq!(summary.count("/totals/chains/count"), 400, "{}", output.stdout);
    // 300 of 400; five standard deviations are 44.
    let of_one = summary.count("/chains/one/count");
    assert!((256..=344).contains(&of_one), "{of_one}");
    let (_, alone) = run("", &[&script("one", "weight: 0")], 0);
    assert_eq!(alone.count("/chains/one/count"), 400, "a lone one needs no weight");
    let scratch = Scratch::new();
    let other = two.replace("rate 400", "rate 200");
    let told = "both declare the scenario `mix`, but with another profile";
    plan(&scratch, "", &[&one, &other]).run().exits(3).tells(&["s0.rhai and ", "s1.rhai", told]);
    let none = [script("one", "weight: 0"), script("two", "weight: 0")];
    let none = none.each_ref().map(String::as_str);
    plan(&scratch, "", &none).run().exits(3).tells(&["scenario `mix` has weight 0"]);
}

#[test]
fn attackers_of_different_scenarios_are_different_people() {
    let script = "
fn options() { #{ scenarios: #{ a: #{ profile: \"hammer 3\", duration: \"300ms\" },
                                b: #{ profile: \"rate 20\", duration: \"300ms\" } } } }
fn chain() {
    let word = rand::word(12);
    check::that(\"drawn once\", !state::contains(\"words\", word));
    state::push(\"words\", word);
    check::that(`${attacker::id()}`, true);
    sleep(0.05);
}";
    let (output, summary) = run("--seed 7 --shards 2", &[script], 0);
    summary.nothing_failed();
    let ids = summary.0["checks"].as_object().expect("the schema demands an object").keys();
    let ids: Vec<u32> = ids.filter_map(|name| name.parse().ok()).collect();
    assert!([0, 1, 2, 3].iter().all(|id| ids.contains(id)), "{ids:?}:\n{}", output.stdout);
}

#[test]
fn duration_iterations_and_ctrl_c_are_about_the_whole() {
    let long = sleepy(
        "long",
        "scenarios: #{ one: #{ profile: \"rate 50\" }, two: #{ profile: \"hammer 2\", start_after: \"500ms\" }, \
         never: #{ profile: \"rate 50\", start_after: 3600, duration: 60 } }",
    );
    let (output, summary) = run("--duration 1s", &[&long], 0);
    assert_eq!(summary.count("/scenarios/one/chains/count"), 50, "{}", output.stdout);
    assert!(summary.count("/scenarios/two/chains/count") > 20, "{}", output.stdout);
    assert_eq!(summary.0["scenarios"]["never"]["started_s"], Value::Null);
    assert_eq!(summary.count("/scenarios/never/chains/count"), 0);

    let (_, summary) = run("--iterations 30", &[&long], 0);
    assert_eq!(summary.count("/totals/chains/count"), 30);

    let scratch = Scratch::new();
    let command = plan(&scratch, "-e NAP=0.3", &[&long]);
    let command = command.words("--summary").arg(scratch.path("s.json"));
    let mut running = command.start();
    running.wait_for_stderr("chains/s");
    running.interrupt();
    let output = running.finish().exits(0).tells(&["stopping: running chains may end"]);
    assert!(output.took.as_secs() < 20, "{:?}", output.took);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    output.tells(&["one ", "two 2 attackers", "never in "]);

    let mut running = plan(&scratch, "-e NAP=60", &[&long]).start();
    running.wait_for_stderr("chains/s");
    running.interrupt();
    running.wait_for_stderr("stopping");
    running.interrupt();
    let output = running.finish().exits(130);
    assert!(output.took.as_secs() < 20, "{:?}", output.took);
    output.shows(&["chains were still running when the run was stopped"]);
}

#[test]
fn a_scenario_that_ends_does_not_end_others() {
    // Chains of the first are stopped while the second goes on.
    let script = sleepy(
        "x",
        "scenarios: #{ short: #{ profile: \"hammer 2\", duration: \"200ms\", env: #{ NAP: 60 } }, \
         long: #{ profile: \"rate 50\", duration: 3 } }",
    );
    let (output, summary) = run("--stop-timeout 500ms", &[&script], 0);
    assert_eq!(summary.count("/scenarios/long/chains/count"), 150, "{}", output.stdout);
    assert_eq!(summary.count("/scenarios/short/chains/count"), 0);
    let took = summary.number("/scenarios/short/duration_s");
    assert!((0.6..2.0).contains(&took), "{took}");
    output.shows(&["2 chains were still running when the run was stopped"]);
}

#[test]
fn ready_is_asked_for_as_long_as_any_scenario_goes_on() {
    // The scenario that begins first ends long before the other's script becomes ready.
    let first =
        sleepy("first", "scenarios: #{ first: #{ profile: \"rate 50\", duration: \"500ms\" } }");
    let waiting =
        sleepy("waiting", "scenarios: #{ waiting: #{ profile: \"hammer 1\", duration: \"5s\" } }")
            + "fn ready() { state::push(\"asked\", 1); state::size(\"asked\") > 2 }\n";
    let (output, summary) = run("", &[&first, &waiting], 0);
    assert!(summary.count("/scenarios/waiting/chains/count") > 10, "{}", output.stdout);
    let after = summary.number("/chains/waiting/eligible_after_s");
    assert!((1.5..4.5).contains(&after), "{after}");
}

#[test]
fn what_finds_no_attacker_is_told_by_scenario() {
    let script = sleepy(
        "x",
        "scenarios: #{ few: #{ profile: \"rate 50\", duration: 1, max_attackers: 1, env: #{ NAP: 0.5 } }, \
         enough: #{ profile: \"rate 50\", duration: 1 } }",
    );
    let (_, summary) = run("", &[&script], 0);
    let (ran, dropped) = (
        summary.count("/scenarios/few/chains/count"),
        summary.count("/scenarios/few/dropped_chains"),
    );
    assert_eq!(ran + dropped, 50);
    assert_eq!(summary.count("/scenarios/enough/dropped_chains"), 0);
    let told = format!("few: {dropped} of 50 chains that were due were dropped: the only attacker");
    let warned = summary.list("/warnings").iter().filter_map(Value::as_str);
    assert_eq!(warned.filter(|warning| warning.starts_with(&told)).count(), 1);
    // The command line's is for all of them.
    let (_, summary) = run("--max-attackers 40", &[&script], 0);
    assert_eq!(summary.count("/totals/dropped_chains"), 0);
}

#[test]
fn a_dry_run_tells_and_starts_nothing() {
    let script = sleepy(
        "x",
        "scenarios: #{ list: #{ profile: \"rate 50/s\", duration: \"5m\" }, \
         post: #{ profile: \"ramp 10/30s 0/30s\", start_after: 5, max_attackers: 20, exec: \"failing\" }, \
         steady: #{ profile: \"hammer 3\", start_after: \"2m\" } }",
    ) + "fn setup() { throw \"not to be called\"; }\n";
    let scratch = Scratch::new();
    let output = plan(&scratch, "--dry-run --duration 10m", &[&script]).run().exits(0);
    let expected = "\
SCENARIO AND STAGE     from     to    attackers  chains due
list 1: 50/s             0s     5m  at most 500      15,000
post 1: 0 to 10/s        5s    35s   at most 20         150
post 2: 10 to 0/s       35s  1m 5s   at most 20         150
steady 1: 3 attackers    2m    10m            3           -

list runs x
post runs x/failing
steady runs x
3 scenarios, 10m, at most 520 attackers at once, 15,300 chains due
";
    assert_eq!(output.stdout, expected);
    assert_eq!(output.stderr, "");
}

#[test]
fn what_is_no_plan_is_told() {
    let scratch = Scratch::new();
    let scenario = |text: &str| sleepy("x", &format!("scenarios: #{{ a: #{{ {text} }} }}"));
    for (text, code, why) in [
        (sleepy("x", ""), 2, "s0.rhai declares no scenarios; write for example fn options() { #{"),
        (scenario(""), 3, "`profile` is missing"),
        (scenario("profile: \"hamer 5\""), 3, "no profile `hamer`; did you mean `hammer`?"),
        (scenario("profile: \"rate 5/x\""), 3, "options().scenarios.a.profile: `5/x` is no rate"),
        (
            scenario("profile: \"rate 5\", exec: \"failin\""),
            3,
            "options().scenarios.a.exec: there is no function `failin`; did you mean `failing`?",
        ),
        (
            scenario("profile: \"rate 5\", thresholds: [\"chains{scenario:b}: count>1\"]"),
            3,
            "this is the scenario `a`",
        ),
        (
            scenario("profile: \"rate 5\", thresholds: [\"pols: count>1\"]"),
            2,
            "scenario a: thresholds: unknown metric `pols`",
        ),
    ] {
        plan(&scratch, "--duration 1s", &[&text]).run().exits(code).tells(&[why]);
    }
    let closed = scenario("profile: \"hammer 5\"");
    let line = "--max-attackers 3 --duration 1s";
    plan(&scratch, line, &[&closed]).run().exits(2).tells(&["scenarios of rate and ramp"]);
    let names = "profile: \"rate 5\" }, a: #{ profile: \"rate 6\"";
    plan(&scratch, "", &[&scenario(names)]).run().exits(3).tells(&["a"]);
}

#[test]
fn check_resolves_functions_of_scenarios() {
    let scratch = Scratch::new();
    let script = "fn options() {\n    #{ scenarios: #{ a: #{ profile: \"rate 5\", exec: \"vist\" } } }\n}\n\
                  fn visit(data) { data }\nfn chain() { 1 }\n";
    let path = scratch.write("x.rhai", script);
    let told = "x.rhai:2:47: options().scenarios.a.exec: there is no function `vist`; did you mean `visit`?";
    coyote("check").arg(&path).run().exits(3).shows(&[told]);
    let two = script
        .replace("vist", "visit")
        .replace("fn visit(data) { data }", "fn visit(a, b) { a + b }");
    let path = scratch.write("x.rhai", &two);
    coyote("check")
        .arg(&path)
        .run()
        .exits(3)
        .shows(&["`visit` has 2 parameters; write `fn visit()`"]);
    let cases = "fn options() { #{ scenarios: #{ a: #{ profile: \"rate 5\", exec: \"visit\" } } } }\n\
                 fn visit() { 1 }\nfn cases() { [#{ name: \"x\", send: |c| c }] }\n";
    let path = scratch.write("x.rhai", cases);
    coyote("check").arg(&path).run().exits(3).shows(&["a script with cases runs these"]);
    let right = scratch.write("x.rhai", &script.replace("vist", "visit"));
    coyote("check").arg(&right).run().exits(0);
}

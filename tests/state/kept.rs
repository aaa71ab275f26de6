//! `--state FILE`: what survives a run, a crash, a full disk, and what does not pass for a state file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};

fn with_state(line: &str, file: &Path, script: &Path) -> Coyote {
    coyote(line).arg("--state").arg(file).script(script)
}

/// A script that pushes ten numbers and tells how many are there.
fn pushing(scratch: &Scratch) -> PathBuf {
    let text = r#"fn chain() {
        for n in 0..10 { state::push("numbers", n); }
        log::info(`run ${state::run()} has ${state::size("numbers")}`);
    }"#;
    scratch.write("push.rhai", text)
}

/// Everything plain comes back as it was, whatever its key is called.
#[test]
fn what_a_run_leaves_the_next_one_finds() {
    let scratch = Scratch::new();
    let values = r#"
        fn values() { #{
            "": "an empty key",
            "a\nb\r\t\x00\"\\": [1, -0.1, 1e300, true, (), "\U0001F43A"],
            "$bytes": #{ "$bytes": "AAAA", "$$": blob(5, 255) },
            "../../etc/passwd": blob(0),
            "limits": [9223372036854775807, -9223372036854775807],
            "long": "x".repeated(4_000_000),
        } }
        fn repeated(text, times) { let all = text; while all.len() < times { all += all; } all.sub_string(0, times) }
    "#;
    let values = values.replace("\"x\".repeated(4_000_000)", "repeated(\"x\", 4_000_000)");
    let sets = format!(
        "{values}\nfn chain() {{ let v = values(); for key in v.keys() {{ state::set(key, v[key]); \
         state::push(key, v[key]); }} check::that(\"kept\", state::is_kept() && state::run() == 1); }}"
    );
    let reads = format!(
        "{values}\nfn chain() {{ let v = values(); for key in v.keys() {{ \
         check::that(`value ${{key.len()}}`, state::get(key) == v[key]); \
         check::that(`list ${{key.len()}}`, state::contains(key, v[key]) && state::size(key) == 1); }} \
         check::that(\"run\", state::run() == 2); \
         check::that(\"none\", state::get(\"never\") == () && state::pop(\"never\") == ()); }}"
    );
    let (sets, reads) = (scratch.write("sets.rhai", &sets), scratch.write("reads.rhai", &reads));
    let file = scratch.path("state file");
    with_state("hammer 1 --iterations 1", &file, &sets).run().exits(0);
    with_state("once", &file, &reads).run().exits(0);
    // Nothing but the file itself is left behind.
    assert_eq!(fs::read_dir(scratch.folder()).expect("readable").count(), 3);
    // Without the option nothing is known.
    let gone = scratch.write("gone.rhai", "fn chain() { check::that(\"gone\", state::get(\"limits\") == () && !state::is_kept() && state::run() == 1); }");
    coyote("once").script(&gone).run().exits(0);
}

#[test]
fn what_is_no_plain_data_is_refused_with_its_place() {
    let scratch = Scratch::new();
    let text = r#"
        fn told(work) { try { work.call(); return "nothing"; } catch (err) { return `${err.kind}: ${err.message}`; } }
        fn chain() {
            let moist = #{ moist: 5 };
            for at in [
                [told(|| state::set("k", key::generate())), "argument: the value is a PrivateKey, which is no plain data"],
                [told(|| state::push("l", #{ a: [1, #{ f: |x| x }] })), "argument: the value.a[1].f is a "],
                [told(|| state::push("l", 1, moist)), "argument: unknown option `moist` of state::push; did you mean `most`?"],
                [told(|| state::push("l", 1, #{ most: 0 })), "argument: option `most` of state::push: want 1 to"],
            ] {
                check::that(at[0], at[0].starts_with(at[1]));
            }
            let deep = [];
            for n in 0..100 { deep = [deep]; }
            check::that("deep", told(|| state::set("k", deep)).contains("nested too deeply"));
            check::that("none of it was kept", state::size("l") == 0 && state::get("k") == ());
        }
    "#;
    let script = scratch.write("chain.rhai", text);
    coyote("once").script(&script).run().exits(0);
}

/// 200 attackers on two shards take what others push: each value comes out once.
#[test]
fn each_value_is_taken_by_one() {
    let scratch = Scratch::new();
    let text = r#"
        fn setup() { for n in 0..3000 { state::push("numbers", n); } }
        fn chain() {
            let mine = if rand::chance(0.5) { state::pop("numbers") } else {
                let one = state::random("numbers");
                sleep(0.001);
                if one != () && state::take("numbers", one) { one } else { () }
            };
            if mine == () { return; }
            check::that("never before", state::get(`taken ${mine}`) == ());
            state::set(`taken ${mine}`, true);
            state::push("taken", mine);
        }
        fn teardown() { log::info(`${state::size("numbers")} left, ${state::size("taken")} taken`); }
    "#;
    let script = scratch.write("chain.rhai", text);
    let line = "hammer 200 --shards 2 --iterations 30000 --summary";
    let run = coyote(line).arg(scratch.path("s.json")).script(&script).run().exits(0);
    run.tells(&["info: 0 left, 3000 taken"]);
    scratch.summary("s.json").nothing_failed();
}

/// A run that is killed loses at most its last second: every change is numbered, and told to a server
/// after it was made.
#[test]
fn a_killed_run_loses_at_most_its_last_second() {
    let scratch = Scratch::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let server = Server::start(move |request| {
        let number: Option<u64> = request.path.trim_start_matches('/').parse().ok();
        hears.lock().expect("nobody panics").extend(number.map(|number| (Instant::now(), number)));
        text("")
    });
    let pushes = format!(
        "fn chain() {{ let n = attacker::chain_number() * 20 + attacker::id(); state::push(\"n\", n); \
         state::set(\"last\", n); http::get(`{}${{n}}`); sleep(0.001); }}",
        server.url("/")
    );
    let pushes = scratch.write("pushes.rhai", &pushes);
    let asks = "fn chain() { for n in env::get(\"N\").split(\",\") { \
        check::that(\"kept\", state::contains(\"n\", parse_int(n))); } log::info(`${state::size(\"n\")} in all`); }";
    let asks = scratch.write("asks.rhai", asks);
    let file = scratch.path("state");
    let mut lost_any = false;
    for round in 0..3 {
        heard.lock().expect("nobody panics").clear();
        let run = with_state("hammer 20 --shards 2", &file, &pushes).start();
        std::thread::sleep(Duration::from_millis(2_500 + round * 130));
        let killed = Instant::now();
        run.kill();
        let heard = heard.lock().expect("nobody panics").clone();
        let safe: Vec<String> = heard
            .iter()
            .filter(|(at, _)| killed.duration_since(*at) > Duration::from_secs(1))
            .map(|(_, number)| number.to_string())
            .collect();
        assert!(safe.len() > 50, "only {} of {}", safe.len(), heard.len());
        let asked = format!("N={}", safe.join(","));
        let found = with_state("once", &scratch.path("copy"), &asks);
        fs::copy(&file, scratch.path("copy")).expect("it is there");
        let output = found.arg("-e").arg(asked).run().exits(0);
        let all = output.stderr.split(" in all").next().and_then(|text| text.rsplit(' ').next());
        let all: usize = all.and_then(|all| all.parse().ok()).expect("it says how many");
        lost_any |= all < heard.len();
        fs::remove_file(&file).expect("it is there");
        fs::remove_file(scratch.path("copy")).expect("it is there");
    }
    // Else the test would see nothing: what was changed just before the end is gone.
    assert!(lost_any, "nothing was lost at all");
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let scratch = Scratch::new();
    let script = pushing(&scratch);
    let file = scratch.path("state");
    with_state("hammer 1 --iterations 3", &file, &script).run().exits(0).tells(&["run 1 has 30"]);
    let good = fs::read(&file).expect("it was written");
    let middle = good.len() / 2;
    let flipped = [&good[..middle], &[good[middle] ^ 1], &good[middle + 1..]].concat();
    let other = [
        b"{\"schema\":\"coyote.state/9\"",
        &good[good.iter().position(|b| *b == b',').expect("a comma")..],
    ]
    .concat();
    for (name, bytes, told) in [
        ("a flipped bit", flipped, "checksum is wrong"),
        ("half of it", good[..middle].to_vec(), "line "),
        (
            "another schema",
            other,
            "its schema is `coyote.state/9`, and this version reads coyote.state/1",
        ),
        (
            "another file",
            b"# notes\nbuy milk\n".to_vec(),
            "line 1: it is no header of a state file",
        ),
        ("a picture", vec![0xff; 5_000], "line 1: it is no header of a state file"),
        ("without an end", vec![b'{'; 5_000_000], "line 1: it is no header of a state file"),
    ] {
        fs::write(&file, &bytes).expect("writable");
        for line in ["hammer 1 --iterations 1", "once"] {
            let output = with_state(line, &file, &script).run().exits(4);
            let output =
                output.tells(&["state file", "cannot be used: line ", told, "left as it is"]);
            assert!(output.stderr.lines().count() < 5, "{name}: {}", output.stderr);
        }
        assert!(fs::read(&file).expect("it is there") == bytes, "{name}");
    }
    fs::write(&file, &good).expect("writable");
    with_state("once", &file, &script).run().exits(0).tells(&["run 2 has 40"]);
    // The end of a line that a crash cut off; what is before it counts.
    let mut torn = fs::read(&file).expect("it was written");
    torn.extend(b"0123abcd {\"push\":\"numbers\",\"val");
    fs::write(&file, torn).expect("writable");
    let output = with_state("once", &file, &script).run().exits(0);
    output.tells(&["run 3 has 50", "ends in the middle of a change"]);
}

#[test]
fn what_cannot_be_a_state_file_is_told_at_the_start() {
    let scratch = Scratch::new();
    let script = pushing(&scratch);
    for (path, told) in [
        (scratch.folder().to_owned(), "it is no file"),
        (scratch.path("missing/state"), "No such file or directory"),
        (PathBuf::from("/dev/full"), "it is no file"),
        (PathBuf::from("/proc/self/state"), "cannot "),
        (script.join("state"), "Not a directory"),
    ] {
        let output = with_state("hammer 1 --iterations 1", &path, &script).run().exits(4);
        output.tells(&["the state file", &path.display().to_string(), told]);
    }
    // An empty file has nothing to lose.
    let file = scratch.write("empty", "");
    with_state("once", &file, &script).run().exits(0).tells(&["run 1 has 10"]);
    coyote("check --state x").arg(&script).run().exits(2);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let script = pushing(&scratch);
    let file = scratch.path("state");
    with_state("once", &file, &script).run().exits(0);
    let mode = fs::metadata(&file).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "it holds private keys");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("it is ours");
    if fs::read(&file).is_ok() {
        return; // Root may read everything.
    }
    let output = with_state("once", &file, &script).run().exits(4);
    output.tells(&["cannot read the state file", "Permission denied"]);
}

#[test]
fn a_second_run_on_the_same_file_is_refused() {
    let scratch = Scratch::new();
    let script = pushing(&scratch);
    let waits = scratch.write("waits.rhai", "fn chain() { log::info(\"here\"); sleep(30); }");
    let file = scratch.path("state");
    let mut first = with_state("hammer 1 --stop-timeout 0s", &file, &waits).start();
    first.wait_for_stderr("here");
    let output = with_state("once", &file, &script).run().exits(4);
    output.tells(&["is used by another run"]);
    // By another way to the same file, too.
    std::os::unix::fs::symlink(&file, scratch.path("link")).expect("a link");
    let output = with_state("once", &scratch.path("link"), &script).run().exits(4);
    output.tells(&["is used by another run"]);
    first.interrupt();
    first.finish().exits(0);
    with_state("once", &scratch.path("link"), &script).run().exits(0).tells(&["run 2 has 10"]);
    assert!(fs::symlink_metadata(scratch.path("link")).expect("it is there").is_symlink());
}

/// When no more can be written, the run goes on and says so once; what was written before stands.
#[test]
fn a_full_disk_costs_what_did_not_fit() {
    let scratch = Scratch::new();
    let fills = "fn chain() { let text = \"x\"; for n in 0..12 { text += text; } \
        state::push(\"texts\", text + attacker::chain_number()); sleep(0.002); }";
    let fills = scratch.write("fills.rhai", fills);
    let counts =
        scratch.write("counts.rhai", "fn chain() { log::info(`has ${state::size(\"texts\")}`); }");
    let file = scratch.path("state");
    let count = || {
        let output = with_state("once", &file, &counts).run().exits(0);
        let has =
            output.stderr.split("has ").nth(1).and_then(|text| text.lines().next()).map(str::parse);
        has.and_then(Result::ok).unwrap_or_else(|| panic!("{}", output.stderr))
    };
    let run = |blocks: &str, iterations: u64| {
        // A limit on the size of files stands for a disk that is full; it is in blocks of 512 bytes.
        let shell = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &shell, env!("CARGO_BIN_EXE_coyote")]);
        let run = Coyote::from(command).words("hammer 1 --iterations").arg(iterations.to_string());
        run.arg("--state").arg(&file).script(&fills).run()
    };
    run("unlimited", 20).exits(0);
    let before: u64 = count();
    assert_eq!(before, 20);
    // 4 KB each: 60 fit at most.
    let output = run("480", 500).exits(4);
    let told = "cannot write the state file";
    assert_eq!(output.stderr.matches("it is tried again").count(), 1, "{}", output.stderr);
    assert_eq!(output.stderr.matches(told).count(), 2, "{}", output.stderr);
    let output = output.tells(&["it lacks what this run changed last"]);
    output.shows(&["500"]);
    let after: u64 = count();
    assert!((20..=60).contains(&after), "{after}");
    assert_eq!(fs::read_dir(scratch.folder()).expect("readable").count(), 3);
}

/// Two minutes' worth of the same changes take no more room than one of each.
#[test]
fn what_was_undone_takes_no_room() {
    let scratch = Scratch::new();
    let text = "fn chain() { for n in 0..1000 { state::set(\"k\", n); state::push(\"l\", n); state::pop(\"l\"); } }";
    let script = scratch.write("chain.rhai", text);
    let file = scratch.path("state");
    with_state("hammer 2 --iterations 20", &file, &script).run().exits(0);
    let text = fs::read_to_string(&file).expect("it is text");
    assert_eq!(text.lines().count(), 2, "{text}");
}

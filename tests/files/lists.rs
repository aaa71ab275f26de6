//! `file::lines`, `file::csv`, `file::json`.

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::Scratch;

fn run(scratch: &Scratch, line: &str, script: &str) -> Coyote {
    let script = scratch.write("script.rhai", script);
    coyote(line).script(&script)
}

#[test]
fn lists_read_like_arrays_and_maps_and_cannot_be_changed() {
    let scratch = Scratch::new();
    scratch.write("names.txt", "a.example\r\nb.example\nc.example");
    scratch.write("users.csv", "name;team\nalice;\"p;1\"\nbob;pki\n");
    scratch.write("plan.json", r#"{"issuers": [{"id": "x", "days": 90}], "share": 0.5}"#);
    run(
        &scratch,
        "once",
        r#"
        fn want(what, holds) { if !holds { throw what; } }
        fn chain() {
            let names = file::lines("names.txt");
            let read = "";
            for name in names { read += name + " "; }
            want("lines", read == "a.example b.example c.example ");
            want("the last", names[-1] == "c.example" && names.len() == 3);
            want("in", "b.example" in names && !("d.example" in names));
            want("picked", rand::pick(names) in names);
            let own = names.copy();
            own.push("d.example");
            want("a copy", own.len() == 4 && names.len() == 3);

            let users = file::csv("users.csv", #{ separator: ";" });
            want("rows", users.len() == 2 && users[0].team == "p;1" && users[-1]["name"] == "bob");
            want("keys", users[0].keys() == ["name", "team"] && users[0].nothing == ());
            want("whole", users[1].copy() == #{ name: "bob", team: "pki" });
            let rows = file::csv("users.csv", #{ separator: ";", header: false });
            want("cells", rows[0][1] == "team" && rows[2].copy() == ["bob", "pki"]);

            let plan = file::json("plan.json");
            want("JSON", plan.issuers[0].days == 90 && plan.share == 0.5);
            try { users[0].team = "other"; throw "changed"; }
            catch (err) { want(`${err}`, err != "changed"); }
        }
        "#,
    )
    .run()
    .exits(0);
}

#[test]
fn what_is_wrong_is_told_with_file_and_line() {
    let scratch = Scratch::new();
    scratch.write("empty.txt", "");
    scratch.write("short.csv", "a,b\n1,2\n3\n");
    scratch.write("bad.json", "{\n  \"a\": ,\n}");
    std::fs::write(scratch.path("latin1.txt"), b"a\nb\xE4h\n").expect("a file");
    let throws = |call: &str, told: &str| {
        format!(
            "try {{ file::{call}; throw \"no error\"; }} catch (err) {{\n\
             if type_of(err) == \"string\" || err.kind != \"file\" || !err.message.contains(`{told}`) {{\n\
             throw `${{err}}`; }} }}\n"
        )
    };
    let statements = [
        throws("lines(`empty.txt`)", "empty.txt is empty"),
        throws("lines(`latin1.txt`)", "latin1.txt:2: it is not UTF-8"),
        throws("csv(`short.csv`)", "short.csv:3: 1 values, where the first line has 2"),
        throws("json(`bad.json`)", "bad.json:2: it is not JSON"),
        throws("lines(`missing.txt`)", "cannot read missing.txt: No such file"),
        throws("lines(`/etc/hostname`)", "is outside the script's folder"),
    ];
    run(&scratch, "once", &format!("fn chain() {{\n{}\n}}", statements.concat())).run().exits(0);
    let option = r#"fn chain() { file::csv("short.csv", #{ seperator: ";" }); }"#;
    run(&scratch, "check", option)
        .run()
        .exits(3)
        .shows(&["unknown option `seperator`", "`separator`"]);
}

#[test]
fn a_long_list_serves_setup_and_every_chain() {
    let scratch = Scratch::new();
    let lines: Vec<String> = (0..100_000).map(|n| format!("host-{n}.example.com")).collect();
    scratch.write("names.txt", &lines.join("\n"));
    let script = r#"
        fn setup() { #{ first: file::lines("names.txt")[0], rows: file::csv("small.csv") } }
        fn chain(data) {
            let names = file::lines("names.txt");
            let at = attacker::id() * 1000 + attacker::chain_number();
            if names[at] != `host-${at}.example.com` || names.len() != 100000 { throw names[at]; }
            if data.first != names[0] || data.rows[0].a != "1" { throw data.first; }
        }
    "#;
    scratch.write("small.csv", "a\n1\n");
    run(&scratch, "hammer 8 --iterations 2000 --shards 2", script)
        .words("--summary")
        .arg(scratch.path("summary.json"))
        .run()
        .exits(0);
    scratch.summary("summary.json").nothing_failed();
}

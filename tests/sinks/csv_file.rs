//! `--csv`: a row per request, with what scripts note.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};
use crate::fixture::{script, target};

type Row = BTreeMap<String, String>;

#[track_caller]
fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("it was written");
    reader.deserialize().collect::<Result<_, _>>().expect("every row is whole")
}

#[test]
fn the_rows_equal_the_summary() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server));
    let (file, path) = (scratch.path("run.csv"), scratch.path("s.json"));
    let command = coyote("hammer 4 --iterations 300 --csv").arg(&file).arg("--summary").arg(&path);
    command.script(&script).run().exits(0);
    let (summary, rows) = (scratch.summary("s.json"), rows(&file));
    assert_eq!(rows.len(), 600);
    let failed: Vec<_> = rows.iter().filter(|row| !row["error"].is_empty()).collect();
    assert_eq!(failed.len() as u64, summary.count("/totals/requests/failed"));
    assert!(failed.iter().all(|row| row["status"] == "500" && row["endpoint"] == "new-order"));
    let sum = |column: &str| -> u64 {
        rows.iter().map(|row| row[column].parse::<u64>().expect("a number")).sum()
    };
    assert_eq!(sum("bytes_in"), summary.count("/totals/traffic/in"));
    assert_eq!(sum("bytes_out"), summary.count("/totals/traffic/out"));
    for row in &rows {
        assert_eq!(row["remote"], server.addr.to_string());
        assert!(row["local_port"].parse().is_ok_and(|port: u16| port > 0), "{row:?}");
        assert!(row["method"] == "GET" || row["method"] == "POST");
        let took = row["took_us"].parse::<u64>().expect("a number");
        assert!(row["timestamp_us"].parse().is_ok_and(|at: u64| at >= took), "{row:?}");
    }
    let new = rows.iter().filter(|row| row["reused"] == "false").count();
    assert!((1..=8).contains(&new), "connections are kept: {new}");
}

#[test]
fn scripts_add_columns() {
    let scratch = Scratch::new();
    let server = Server::start(|request| text(&format!("{} {}", request.path, request.port)));
    let url = server.url("/7");
    let noting = format!(
        r#"
        fn options() {{ #{{ columns: ["backend", "back_port"] }} }}
        fn chain() {{
            let words = http::get("{url}").body.split(" ");
            let both = http::batch(["{url}", "{url}"]);
            both[1].note("backend", "b1");
            both[0].note("backend", "b0");
            let res = http::get("{url}");
            res.note("backend", 7);
            res.note("back_port", res.local_port);
            let last = http::get("{url}");
            last.note("backend", "first");
            last.note("backend", "second, \"quoted\"");
        }}"#
    );
    let other = format!(
        "fn options() {{ #{{ columns: [\"own\", \"backend\"] }} }}\nfn chain() {{ http::get(\"{url}\").note(\"own\", true); }}"
    );
    let noting = scratch.write("noting.rhai", &noting);
    let other = scratch.write("other.rhai", &other);
    let file = scratch.path("run.csv");
    coyote("once --csv").arg(&file).script(&noting).script(&other).run().exits(0);
    let rows = rows(&file);
    let mut told: Vec<_> =
        rows.iter().map(|row| (row["backend"].as_str(), row["own"].as_str())).collect();
    // Those of a batch are written in the order in which they end.
    told[1..3].sort_unstable();
    let expected =
        [("", ""), ("b0", ""), ("b1", ""), ("7", ""), ("second, \"quoted\"", ""), ("", "true")];
    assert_eq!(told, expected);
    assert_eq!(rows[3]["back_port"], rows[3]["local_port"]);
    let header = std::fs::read_to_string(&file).expect("it");
    assert!(header.lines().next().is_some_and(|line| line.ends_with(",backend,back_port,own")));
}

#[test]
fn wrong_notes_are_told() {
    let (scratch, server) = (Scratch::new(), target());
    let url = server.url("/");
    let with = |body: &str| {
        format!(
            "fn options() {{ #{{ columns: [\"backend\"] }} }}\n\
             fn chain() {{ let res = http::get(\"{url}\"); {body} }}\n"
        )
    };
    let cases = [
        ("res.note(\"backed\", 1);", "there is no column `backed`; did you mean `backend`?"),
        (
            "res.note(\"x\", 1);",
            "there is no column `x`; declare it: options() { #{ columns: [\"x\"] } }",
        ),
        ("http::get(res.url); res.note(\"backend\", 1);", "note before the chain's next request"),
        ("res.note(\"backend\", [1]);", "want a string, number, boolean or (), got array"),
    ];
    for (body, told) in cases {
        let script = scratch.write("wrong.rhai", &with(body));
        // With or without a file: a script must not work by chance.
        for option in [None, Some(scratch.path("run.csv"))] {
            let mut command = coyote("once").script(&script);
            if let Some(path) = &option {
                command = command.arg("--csv").arg(path);
            }
            command.run().exits(1).shows(&[told]);
        }
    }
}

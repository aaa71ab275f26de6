//! Names and errors are whatever a CA or a log says.

use std::fs;

use crate::browser::open;
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

const TAG: &str = "</td></table><img src=x onerror=alert(1)><script>alert(2)</script>";

#[test]
fn nothing_of_it_is_markup() {
    let scratch = Scratch::new();
    let script = format!(
        "fn chain() {{\n\
             check::that(`{TAG}check`, true);\n\
             metric::counter(`{TAG}metric`, 1);\n\
             try {{ http::get(\"http://127.0.0.1:1/\", #{{ endpoint: `{TAG}endpoint`, tags: #{{ \"<b>\": `{TAG}` }} }}); }}\n\
             catch {{ throw `{TAG}error\\x00\\u202e`; }}\n\
         }}\n"
    );
    let (script, report, log) = (
        scratch.write("hostile.rhai", &script.replace('`', "\"")),
        scratch.path("run.html"),
        scratch.path("run.ndjson"),
    );
    let command = coyote("hammer 1 --iterations 2 --report").arg(&report).arg("--log").arg(&log);
    command.script(&script).run().exits(0);
    let page = open(&report);
    assert_eq!(page.row("endpoints", &format!("{TAG}endpoint"))[..2], ["2", "2"]);
    assert_eq!(page.row("checks", &format!("{TAG}check")), ["2", "0", "100 %"]);
    assert_eq!(page.row("tags", TAG)[0], "2");
    assert!(page.section("metrics").is_some() && page.section("errors").is_some());

    // In a log, chains can have any name, too, and stages.
    let text = fs::read_to_string(&log).expect("it was written");
    let text = text.replace("\"chainname\":\"hostile\"", &format!("\"chainname\":\"{TAG}\""));
    let text = text.replace("\"stage\":\"1: 1 attacker\"", &format!("\"stage\":\"{TAG}\""));
    let log = scratch.write("hostile.ndjson", &text);
    coyote("report --output").arg(&report).arg(&log).run().exits(0);
    let page = open(&report);
    assert_eq!(page.row("chains", TAG)[..2], ["2", "2"]);
    assert_eq!(page.charts("chains-over-time"), 2);
}

//! Phones, and screens that are dark.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::browser::dump;
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::fixture::{script, target};

/// A report of two stages, with an endpoint whose name has no place to break.
fn report(scratch: &Scratch) -> PathBuf {
    let server = target();
    let path = script(scratch, &server);
    let text = std::fs::read_to_string(&path).expect("it was written");
    let text = text.replace("\"new-nonce\"", &format!("\"{}\"", "x".repeat(200)));
    let (script, report) = (scratch.write("long.rhai", &text), scratch.path("run.html"));
    coyote("seq 1 2 4 --report").arg(&report).script(&script).run().exits(0);
    report
}

/// What `expression` is in the report, shown in a frame of this width.
fn measure(
    scratch: &Scratch,
    report: &Path,
    width: u32,
    options: &[&str],
    expression: &str,
) -> Value {
    // The report itself lets no script run.
    let page = format!(
        "<!DOCTYPE html><body><iframe src=\"{}\" style=\"border:0;width:{width}px;height:800px\"></iframe>\
         <script>onload = () => {{\n\
             const page = document.querySelector('iframe').contentDocument;\n\
             const color = (part, what) => page.defaultView.getComputedStyle(page.querySelector(part))[what];\n\
             document.body.textContent = 'measured: ' + JSON.stringify({expression}) + ' :measured';\n\
         }}</script>",
        report.file_name().expect("a name").to_string_lossy(),
    );
    let wrapper = scratch.write("wrapper.html", &page);
    let dom = dump(
        &wrapper,
        &[options, &["--hide-scrollbars", "--allow-file-access-from-files"]].concat(),
    );
    let measured =
        dom.split_once("<body>measured: ").and_then(|(_, rest)| rest.split_once(" :measured"));
    let (json, _) = measured.unwrap_or_else(|| panic!("nothing was measured: {dom}"));
    serde_json::from_str(json).expect("it is JSON")
}

#[test]
fn a_phone_scrolls_tables_and_not_the_page() {
    let scratch = Scratch::new();
    let report = report(&scratch);
    let expression = "{ page: page.documentElement.scrollWidth, \
        table: page.querySelector('#chains .scroll').scrollWidth, \
        chart: page.querySelector('figure > svg').getBoundingClientRect().width }";
    let measured = measure(&scratch, &report, 360, &[], expression);
    assert_eq!(measured["page"], 360, "{measured}");
    assert!(measured["table"].as_f64() > Some(360.0), "{measured}");
    assert!(measured["chart"].as_f64().is_some_and(|width| (250.0..=360.0).contains(&width)));
}

#[test]
fn charts_have_the_colours_of_the_screen() {
    let scratch = Scratch::new();
    let report = report(&scratch);
    let expression = "[color('body', 'backgroundColor'), color('figure polyline', 'stroke'), \
        color('figure text', 'fill'), color('body', 'color')]";
    let light = measure(&scratch, &report, 1_000, &[], expression);
    let dark = ["--blink-settings=preferredColorScheme=0"];
    let dark = measure(&scratch, &report, 1_000, &dark, expression);
    for (at, part) in ["background", "grid", "labels", "text"].into_iter().enumerate() {
        assert_ne!(light[at], dark[at], "{part}");
    }
    assert_eq!(light[0], "rgb(255, 255, 255)");
}

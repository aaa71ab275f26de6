//! `api`: the script API in three formats.

use coyote::plan::options::Limits;
use coyote::script;
use coyote::script::api::Api;
use coyote::script::engine::Modules;
use serde_json::Value;

use crate::common::coyote::coyote;

/// The API as `coyote api` describes it.
pub(crate) fn described() -> Api {
    let stdlib = script::stdlib::sources(None).expect("the built-in one is there");
    let engine = script::engine::build(&Modules::new(&stdlib), &Limits::default());
    Api::new(&engine, &stdlib).expect("the stdlib parses")
}

#[test]
fn everything_is_documented() {
    assert_eq!(described().undocumented(), Vec::<String>::new());
}

#[test]
fn markdown_is_for_people() {
    let signature = "http::get(url: string, options: map) -> Response";
    coyote("api").run().exits(0).shows(&["# The script API", "### `http::get`", signature]);
    coyote("api --format md").run().exits(0).shows(&["### `acme::new_order`"]);
}

#[test]
fn json_is_for_tools() {
    let output = coyote("api --format json").run().exits(0);
    let api: Value = serde_json::from_str(&output.stdout).expect("it is JSON");
    let modules = api["modules"].as_array().expect("modules");
    let names: Vec<&str> = modules.iter().filter_map(|module| module["name"].as_str()).collect();
    for name in [
        "http",
        "jws",
        "key",
        "csr",
        "codec",
        "rand",
        "time",
        "env",
        "file",
        "log",
        "check",
        "metric",
        "attacker",
        "challenge",
        "acme",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    let http = modules.iter().find(|module| module["name"] == "http").expect("http");
    let functions = http["functions"].as_array().expect("functions");
    for name in ["get", "head", "post", "put", "patch", "delete", "request", "batch", "raw"] {
        let found = functions.iter().find(|function| function["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no http::{name}"));
        assert!(found["doc"].as_str().is_some_and(|doc| doc.contains("```rhai")), "http::{name}");
    }
}

#[test]
fn definitions_are_for_editors() {
    coyote("api --format rhai").run().exits(0).shows(&["module http", "fn get(url: string"]);
}

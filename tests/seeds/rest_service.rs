//! The fourth seed: a REST service with limits per key, which `coyote backend` stands in for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Server, text};
use crate::stand_in::Backend;

const SCRIPT: &str = "rest_service.rhai";
const CREDENTIALS: &str = "rest_service.credentials";
const ROUTES: &str = "rest_service.routes.json";

/// A folder with the script and all that belongs to it.
fn folder() -> Scratch {
    let scratch = Scratch::new();
    for name in [SCRIPT, CREDENTIALS, ROUTES] {
        fs::copy(own_script("seeds").join(name), scratch.path(name)).expect("it is there");
    }
    scratch
}

fn load(scratch: &Scratch, line: &str, endpoint: &str) -> Coyote {
    coyote(line)
        .words(&format!("-e ECS_ENDPOINT={endpoint} --summary"))
        .arg(scratch.path("summary.json"))
        .script(&scratch.path(SCRIPT))
}

/// How often each status is in a CSV file.
fn statuses(path: &Path) -> BTreeMap<String, u64> {
    let mut reader = csv::Reader::from_path(path).expect("it was written");
    let mut counts = BTreeMap::new();
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        *counts.entry(row.expect("every row is whole")["status"].clone()).or_default() += 1;
    }
    counts
}

#[test]
fn nothing_fails_within_its_limits_and_each_level_is_told_apart() {
    let scratch = folder();
    let backend = Backend::with_file(&scratch.path(ROUTES));
    let line = format!("seq 1s 2 6 -e ECS_CREDENTIALS={CREDENTIALS} --split-by-stage --csv");
    let command = coyote(&line).arg(scratch.path("rest.csv"));
    let command = command.words(&format!("-e ECS_ENDPOINT={} --summary", backend.url("")));
    let command = command.arg(scratch.path("summary.json")).script(&scratch.path(SCRIPT));
    command.run().exits(0).shows(&["1: 2 attackers", "2: 6 attackers"]);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    assert_eq!(summary.count("/metrics/rate_limited/count"), 0);
    assert!(summary.count("/endpoints/tasks/count") > 5);
    for stage in [1, 2] {
        let counts = statuses(&scratch.path(&format!("rest.stage-{stage}.csv")));
        assert!(counts.keys().all(|status| status == "200" || status == "201"), "{counts:?}");
        let requests = summary.count(&format!("/stages/{}/totals/requests/count", stage - 1));
        assert_eq!(counts.values().sum::<u64>(), requests, "level {stage}");
    }
}

#[test]
fn answers_429_are_counted_apart() {
    let scratch = folder();
    let routes = fs::read_to_string(scratch.path(ROUTES)).expect("it was copied");
    let stricter = routes.replace("500/s", "5/s");
    assert_ne!(stricter, routes);
    let backend = Backend::with_routes(&scratch, &stricter);
    let line = format!("hammer 5 --iterations 400 -e ECS_CREDENTIALS={CREDENTIALS} --csv");
    let command = coyote(&line).arg(scratch.path("rest.csv"));
    let command = command.words(&format!("-e ECS_ENDPOINT={} --summary", backend.url("")));
    let command = command.arg(scratch.path("summary.json")).script(&scratch.path(SCRIPT));
    command.run().exits(0);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    let counts = statuses(&scratch.path("rest.csv"));
    assert_eq!(summary.count("/metrics/rate_limited/count"), counts["429"]);
    assert!(counts["429"] > 100 && counts["201"] > 5, "{counts:?}");
}

#[test]
fn without_credentials_nobody_is_let_in() {
    let scratch = folder();
    let backend = Backend::with_file(&scratch.path(ROUTES));
    load(&scratch, "hammer 1 --iterations 3", &backend.url("")).run().exits(99);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.errors("chain", "401"), 3);
}

#[test]
fn attackers_share_the_keys_evenly() {
    let scratch = folder();
    let server = Server::start(|_| text("fine"));
    let line = format!("hammer 10 --duration 1s -e ECS_CREDENTIALS={CREDENTIALS}");
    load(&scratch, &line, &server.url("")).run().exits(0);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for request in server.requests() {
        let key = request.header("authorization").expect("each request has one").to_owned();
        *counts.entry(key).or_default() += 1;
    }
    assert_eq!(counts.len(), 5, "as many as the file has");
    let (least, most) = (counts.values().min(), counts.values().max());
    assert!(least.zip(most).is_some_and(|(least, most)| least * 3 > *most), "{counts:?}");
}

//! The fourth seed: a REST service with limits per key, which `coyote backend` stands in for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Server, text};
use crate::stand_in::Backend;

const ROUTES: &str = "seeds/rest_service.routes.json";

/// Runs the script against `endpoint` with the keys of its stand-in.
fn load(scratch: &Scratch, line: &str, endpoint: &str) -> Coyote {
    let credentials = own_script("seeds/rest_service.credentials");
    keyless(scratch, line, endpoint).words(&format!("-e ECS_CREDENTIALS={}", credentials.display()))
}

fn keyless(scratch: &Scratch, line: &str, endpoint: &str) -> Coyote {
    coyote(line)
        .words(&format!("-e ECS_ENDPOINT={endpoint} --summary"))
        .arg(scratch.path("summary.json"))
        .script(&own_script("seeds/rest_service.rhai"))
        .folder(scratch.folder())
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
    let scratch = Scratch::new();
    let backend = Backend::with_file(&own_script(ROUTES));
    load(&scratch, "seq 1s 2 6 --split-by-stage --csv rest.csv", &backend.url(""))
        .run()
        .exits(0)
        .shows(&["1: 2 attackers", "2: 6 attackers"]);
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
    let scratch = Scratch::new();
    let routes = fs::read_to_string(own_script(ROUTES)).expect("it is there");
    let stricter = routes.replace("500/s", "5/s");
    assert_ne!(stricter, routes);
    let credentials = scratch.path("rest_service.credentials");
    fs::copy(own_script("seeds/rest_service.credentials"), credentials).expect("it is there");
    let backend = Backend::with_routes(&scratch, &stricter);
    load(&scratch, "hammer 5 --iterations 400 --csv rest.csv", &backend.url("")).run().exits(0);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    let counts = statuses(&scratch.path("rest.csv"));
    assert_eq!(summary.count("/metrics/rate_limited/count"), counts["429"]);
    assert!(counts["429"] > 100 && counts["201"] > 5, "{counts:?}");
}

#[test]
fn without_credentials_nobody_is_let_in() {
    let scratch = Scratch::new();
    let backend = Backend::with_file(&own_script(ROUTES));
    keyless(&scratch, "hammer 1 --iterations 3", &backend.url("")).run().exits(99);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.errors("chain", "401"), 3);
}

#[test]
fn attackers_share_the_keys_evenly() {
    let scratch = Scratch::new();
    let server = Server::start(|_| text("fine"));
    load(&scratch, "hammer 10 --duration 1s", &server.url("")).run().exits(0);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for request in server.requests() {
        let key = request.header("authorization").expect("each request has one").to_owned();
        *counts.entry(key).or_default() += 1;
    }
    assert_eq!(counts.len(), 5, "as many as the file has");
    let (least, most) = (counts.values().min(), counts.values().max());
    assert!(least.zip(most).is_some_and(|(least, most)| least * 3 > *most), "{counts:?}");
}

//! The fifth seed: clients that call a real proxy over and over while it is reconfigured.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::coyote::{Running, coyote};
use crate::common::output::Output;
use crate::common::scratch::{Scratch, own_script};
use crate::proxies::Proxy;
use crate::stand_in::Backend;

const CLIENTS: usize = 4;

/// One line that the script printed.
#[derive(Debug, Clone)]
struct Call {
    at_us: u64,
    client: usize,
    /// The status, or what went wrong with the connection.
    outcome: String,
    front: String,
    backend: String,
    back: String,
}

impl Call {
    fn parse(line: &str) -> Option<Self> {
        // What went wrong may hold commas.
        let mut behind = line.rsplitn(4, ',').map(str::to_owned);
        let (back, backend, front) = (behind.next()?, behind.next()?, behind.next()?);
        let rest = behind.next()?;
        let mut before = rest.splitn(3, ',');
        let at_us = before.next()?.parse().ok()?;
        let client = before.next()?.parse().ok()?;
        Some(Self { at_us, client, outcome: before.next()?.to_owned(), front, backend, back })
    }
}

/// Clients at work.
struct Load {
    scratch: Scratch,
    running: Running,
}

impl Load {
    fn start(url: &str) -> Self {
        let scratch = Scratch::new();
        let running =
            coyote(&format!("hammer {CLIENTS} --connections attacker -e PROXY_URL={url}"))
                .words("--csv data.csv --summary summary.json")
                .script(&own_script("seeds/proxy_reconfig.rhai"))
                .folder(scratch.folder())
                .start();
        Self { scratch, running }
    }

    /// Waits until the last calls of every client are such that `holds`.
    fn until(&mut self, what: &str, holds: impl Fn(&[Call]) -> bool) {
        const LAST: usize = 60;
        let from = self.running.printed().lines().count();
        self.running.wait_for_stdout(what, |text| {
            let calls: Vec<_> = text.lines().skip(from).filter_map(Call::parse).collect();
            let last = &calls[calls.len().saturating_sub(LAST)..];
            let clients: BTreeSet<_> = last.iter().map(|call| call.client).collect();
            last.len() == LAST && clients.len() == CLIENTS && holds(last)
        });
    }

    /// Waits until exactly these backends answer.
    fn until_backends(&mut self, wanted: &[&str]) {
        let wanted: BTreeSet<&str> = wanted.iter().copied().collect();
        self.until(&format!("backends {wanted:?}"), |calls| {
            let answered: BTreeSet<_> = calls
                .iter()
                .filter(|call| call.outcome == "200")
                .map(|call| call.backend.as_str())
                .collect();
            answered == wanted
        });
    }

    fn stop(self) -> (Scratch, Output) {
        self.running.interrupt();
        (self.scratch, self.running.finish().exits(0))
    }
}

/// The counters as they should be, from the lines.
fn counted(calls: &[Call]) -> [u64; 4] {
    let (mut fronts, mut backs) = (BTreeMap::new(), BTreeMap::new());
    let mut counts = [0; 4];
    for call in calls {
        counts[usize::from(call.outcome != "200")] += 1;
        let change =
            |last: Option<String>, now: &str| u64::from(last.is_some_and(|last| last != now));
        if !call.front.is_empty() {
            counts[2] += change(fronts.insert(call.client, call.front.clone()), &call.front);
        }
        if !call.back.is_empty() {
            let connection = (call.client, call.backend.clone());
            counts[3] += change(backs.insert(connection, call.back.clone()), &call.back);
        }
    }
    counts
}

/// Ends the load; what was printed, counted and written must agree, and is given back as counters.
fn conclude(load: Load) -> [u64; 4] {
    let (scratch, output) = load.stop();
    let calls: Vec<_> = output.stdout.lines().filter_map(Call::parse).collect();
    let counts = counted(&calls);
    let summary = scratch.summary("summary.json");
    let metrics = ["successes", "failures", "front_changed", "back_changed"];
    let shown = metrics.map(|name| summary.count(&format!("/metrics/{name}/count")));
    assert_eq!(shown, counts);
    assert_eq!(summary.count("/totals/chains/failed"), counts[1]);
    let mut reader = csv::Reader::from_path(scratch.path("data.csv")).expect("it was written");
    let rows: Vec<BTreeMap<String, String>> =
        reader.deserialize().collect::<Result<_, _>>().expect("every row is whole");
    assert_eq!(rows.len(), calls.len());
    let of_rows = rows.iter().map(|row| {
        ["attacker", "local_port", "backend", "back_port"].map(|column| row[column].clone())
    });
    let of_lines = calls.iter().filter(|call| !call.front.is_empty()).map(|call| {
        [call.client.to_string(), call.front.clone(), call.backend.clone(), call.back.clone()]
    });
    let rows: BTreeSet<_> = of_rows.filter(|row| row[1] != "0").collect();
    assert_eq!(rows, of_lines.collect::<BTreeSet<_>>());
    let last_s = calls.last().expect("calls were made").at_us as f64 / 1e6;
    let run_s = summary.number("/duration_s");
    assert!((0.3 * run_s..run_s + 5.0).contains(&last_s), "{last_s} s of {run_s} s");
    counts
}

#[test]
fn haproxy_is_reconfigured_by_its_socket_and_by_a_reload() {
    let backends = ["0", "1", "2"].map(|id| Backend::start(id, ""));
    let [zero, one, two] = &backends;
    let proxy = Proxy::haproxy(&[zero, one]);
    let mut load = Load::start(&proxy.url());
    load.until_backends(&["0", "1"]);
    let told = proxy.tell(&format!("add server apps/new {}", two.addr));
    assert!(told.contains("New server registered"), "{told}");
    proxy.tell("enable server apps/new");
    load.until_backends(&["0", "1", "2"]);
    proxy.tell("disable server apps/s0");
    load.until_backends(&["1", "2"]);
    let told = proxy.tell("del server apps/s0");
    assert!(told.contains("Server deleted"), "{told}");
    // Nobody's connection was touched so far.
    let calls: Vec<_> = load.running.printed().lines().filter_map(Call::parse).collect();
    let [_, failures, front_changed, _] = counted(&calls);
    assert_eq!((failures, front_changed), (0, 0));
    proxy.reload(&[zero, two]);
    load.until_backends(&["0", "2"]);
    let [successes, failures, front_changed, _] = conclude(load);
    // Whoever asks in the moment of the reload may lose its connection under way.
    assert!(failures <= CLIENTS as u64, "{failures} failed");
    assert!(front_changed + failures >= CLIENTS as u64, "the reload closes: {front_changed}");
    assert!(successes > 200, "{successes}");
}

#[test]
fn nginx_is_reconfigured_by_reloads() {
    let backends = ["0", "1", "2"].map(|id| Backend::start(id, ""));
    let [zero, one, two] = &backends;
    let proxy = Proxy::nginx(&[zero, one]);
    let mut load = Load::start(&proxy.url());
    load.until_backends(&["0", "1"]);
    proxy.reload(&[zero, one, two]);
    load.until_backends(&["0", "1", "2"]);
    proxy.reload(&[one, two]);
    load.until_backends(&["1", "2"]);
    let [successes, failures, front_changed, back_changed] = conclude(load);
    assert!(failures <= 2 * CLIENTS as u64, "{failures} failed");
    assert!(front_changed + failures >= 2 * CLIENTS as u64, "reloads close: {front_changed}");
    assert!(back_changed > 0 && successes > 200, "{back_changed} {successes}");
}

#[test]
fn the_live_line_ends_with_what_the_seed_counts() {
    let backend = Backend::start("0", "");
    let output = coyote("hammer 2 --duration 6s --connections attacker")
        .words(&format!("-e PROXY_URL={}", backend.url("/")))
        .script(&own_script("seeds/proxy_reconfig.rhai"))
        .run()
        .exits(0);
    let live = output.stderr.lines().find(|line| line.contains("attackers")).expect("it is live");
    let (_, counters) = live.split_once("successes ").expect("they come first");
    let rest = counters.split_once(' ').map(|(_, rest)| rest.trim_start());
    assert_eq!(rest, Some("failures 0   front_changed 0   back_changed 0"), "{live}");
}

#[test]
fn a_proxy_that_is_gone_is_a_failure_with_its_reason() {
    let backend = Backend::start("0", "");
    let proxy = Proxy::nginx(&[&backend]);
    let mut load = Load::start(&proxy.url());
    load.until_backends(&["0"]);
    drop(proxy);
    load.until("refused connections", |calls| {
        calls.iter().all(|call| call.outcome.contains("refused") && call.front.is_empty())
    });
    let [_, failures, ..] = conclude(load);
    assert!(failures > 50, "{failures}");
}

#[test]
fn a_status_other_than_200_is_a_failure_too() {
    let backend = Backend::start("0", "");
    let proxy = Proxy::nginx(&[&backend]);
    let mut load = Load::start(&proxy.url());
    load.until_backends(&["0"]);
    drop(backend);
    load.until("502", |calls| calls.iter().all(|call| call.outcome == "502"));
    let [_, failures, ..] = conclude(load);
    assert!(failures > 50, "{failures}");
}

//! The StatsD server of the Node package `statsd`, which `tests/run` installs: what it flushes.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::coyote::coyote;
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;
use crate::dashboard::Dashboard;
use crate::fixture::{script, target};

/// Flushed values by name; those of one name in the order of the flushes.
type Flushed = BTreeMap<String, Vec<f64>>;

/// A server that flushes to this test instead of Graphite.
struct NodeStatsd {
    child: Child,
    port: u16,
    flushed: Arc<Mutex<Flushed>>,
}

impl NodeStatsd {
    /// With the names that it has by itself (`legacy`), or with those that tell kinds apart.
    fn start(scratch: &Scratch, legacy: bool) -> Self {
        let program = env::var("COYOTE_TEST_STATSD")
            .unwrap_or_else(|_| panic!("COYOTE_TEST_STATSD is not set; run tests/run"));
        let graphite = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let graphite_port = graphite.local_addr().expect("it is bound").port();
        let flushed = Arc::new(Mutex::new(Flushed::new()));
        let into = Arc::clone(&flushed);
        thread::spawn(move || graphite.incoming().flatten().for_each(|flush| keep(flush, &into)));
        let (port, management) = (free_port(), free_port());
        let config = format!(
            "{{ address: '127.0.0.1', port: {port}, mgmt_address: '127.0.0.1', \
             mgmt_port: {management}, flushInterval: 500, deleteIdleStats: true, \
             percentThreshold: [90, 95, 99], \
             backends: ['./backends/graphite'], graphite: {{ legacyNamespace: {legacy} }}, \
             graphiteHost: '127.0.0.1', graphitePort: {graphite_port} }}"
        );
        let config = scratch.write(&format!("statsd-{legacy}.js"), &config);
        let mut command = Command::new("node");
        command.arg(program).arg(config).stdout(Stdio::null()).stderr(Stdio::inherit());
        let child = command.spawn().expect("node is installed");
        let server = Self { child, port, flushed };
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", management)).is_err() {
            assert!(Instant::now() < deadline, "the server does not start");
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// What was flushed, once `enough` says that all is there.
    fn flushed(&self, enough: impl Fn(&Flushed) -> bool) -> Flushed {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let flushed = self.flushed.lock().expect("nobody panicked with it").clone();
            if enough(&flushed) || Instant::now() > deadline {
                return flushed;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for NodeStatsd {
    fn drop(&mut self) {
        // It runs until it is killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Graphite's lines: `name value timestamp`.
fn keep(flush: TcpStream, into: &Mutex<Flushed>) {
    for line in BufReader::new(flush).lines().map_while(Result::ok) {
        let mut words = line.split_whitespace();
        let (name, value) = (words.next().expect("a name"), words.next().expect("a value"));
        let value = value.parse().expect("a number");
        let mut flushed = into.lock().expect("nobody panicked with it");
        flushed.entry(name.to_owned()).or_default().push(value);
    }
}

#[test]
fn what_the_server_flushes_equals_the_summary() {
    let (scratch, server) = (Scratch::new(), target());
    let statsd = NodeStatsd::start(&scratch, false);
    let script = scratch.write("two.rhai", &script(&server));
    let path = scratch.path("s.json");
    let line = format!("hammer 4 --iterations 2000 --statsd 127.0.0.1:{}", statsd.port);
    coyote(&line).arg("--summary").arg(&path).script(&script).run().exits(0);
    let summary = scratch.summary("s.json");

    let sum = |flushed: &Flushed, name: &str| -> f64 {
        flushed.get(&format!("stats.{name}")).map_or(0.0, |values| values.iter().sum())
    };
    let traffic_in = summary.number("/totals/traffic/in");
    let flushed = statsd.flushed(|flushed| {
        sum(flushed, "counters.Wile-E-Coyote.TrafficIn.count") >= traffic_in
            && flushed.get("stats.gauges.Wile-E-Coyote.NumAttackers").and_then(|all| all.last())
                == Some(&0.0)
    });
    let sum = |name: &str| sum(&flushed, name);
    assert_eq!(sum("counters.Wile-E-Coyote.TrafficIn.count") as u64, traffic_in as u64);
    let traffic_out = summary.count("/totals/traffic/out");
    assert_eq!(sum("counters.Wile-E-Coyote.TrafficOut.count") as u64, traffic_out);
    for (kind, name, block) in [
        ("ChainsTook", "two", "/chains/two"),
        ("RequestsTook", "new-order", "/endpoints/new-order"),
        ("RequestsTook", "new-nonce", "/endpoints/new-nonce"),
    ] {
        let took = |end: &str, figure: &str| {
            sum(&format!("timers.Wile-E-Coyote.{kind}.{name}.{end}.{figure}"))
        };
        let (count, failed) =
            (summary.count(&format!("{block}/count")), summary.count(&format!("{block}/failed")));
        assert_eq!(took("Failed", "count") as u64, failed, "{name}");
        assert_eq!(took("Successful", "count") as u64, count - failed, "{name}");
        let mean = (took("Failed", "sum") + took("Successful", "sum")) / 1e6 / count as f64;
        let told = summary.number(&format!("{block}/avg"));
        assert!((mean / told - 1.0).abs() < 0.01, "{name}: {mean} ms and not {told}");
    }
    let gauge =
        |name: &str| flushed.get(&format!("stats.gauges.{name}")).and_then(|all| all.last());
    assert_eq!(gauge("Wile-E-Coyote.NumAttackers"), Some(&0.0));
    assert_eq!(sum("counters.statsd.bad_lines_seen.count") as u64, 0);
}

/// The names of metrics in a query of Graphite, in which variables are replaced.
fn paths(query: &str) -> impl Iterator<Item = &str> {
    let words = query.split(|c: char| c.is_whitespace() || "(),'".contains(c));
    words.filter(|word| word.starts_with("stats."))
}

/// Whether a name of Graphite fits a path, in which a part can be `*`.
fn fits(name: &str, path: &str) -> bool {
    let (name, path): (Vec<_>, Vec<_>) = (name.split('.').collect(), path.split('.').collect());
    let same = |(part, wanted): (&&str, &&str)| *wanted == "*" || part == wanted;
    name.len() == path.len() && name.iter().zip(&path).all(same)
}

#[test]
fn the_dashboard_asks_for_what_arrives() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server));
    let dashboard = Dashboard::read("coyote-statsd.json");
    let queries: Vec<String> = dashboard
        .queries("target")
        .iter()
        .chain(&dashboard.variables())
        .map(|query| {
            let known = query.replace("$prefix", "Wile-E-Coyote").replace("$unit", "0.001");
            known.replace("$chain", "*").replace("$endpoint", "*")
        })
        .collect();
    assert!(queries.len() > 25, "{queries:#?}");
    let paths: Vec<&str> = queries.iter().flat_map(|query| paths(query)).collect();
    assert!(paths.iter().all(|path| !path.contains('$')), "{paths:#?}");
    // What a variable lists are the parts of names: a chain's or an endpoint's.
    let arrived = |flushed: &Flushed, path: &str| {
        let starts =
            |name: &String| fits(name, path) || fits(name, &format!("{path}.Successful.count"));
        flushed.keys().any(starts)
    };
    let mut all = Flushed::new();
    for legacy in [false, true] {
        let statsd = NodeStatsd::start(&scratch, legacy);
        let line = format!("hammer 4 --duration 3s --statsd 127.0.0.1:{}", statsd.port);
        coyote(&line).script(&script).run().exits(0);
        let traffic = if legacy {
            "stats.Wile-E-Coyote.TrafficIn"
        } else {
            "stats.counters.Wile-E-Coyote.TrafficIn.rate"
        };
        all.extend(statsd.flushed(|flushed| flushed.contains_key(traffic)));
    }
    let missing: Vec<_> = paths.into_iter().filter(|path| !arrived(&all, path)).collect();
    assert!(missing.is_empty(), "{missing:#?} are not among {:#?}", all.keys());
}

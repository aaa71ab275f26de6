//! Debian's Prometheus, which `tests/run` installs: it scrapes a run, and is asked what the dashboard asks.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::coyote::coyote;
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;
use crate::dashboard::Dashboard;
use crate::fixture::target;

/// A Prometheus that scrapes one address every two seconds.
struct Prometheus {
    child: Child,
    url: String,
    log: PathBuf,
}

impl Prometheus {
    fn start(scratch: &Scratch, scraped: &str) -> Self {
        let config = format!(
            "global: {{ scrape_interval: 2s, scrape_timeout: 2s }}\n\
             scrape_configs: [{{ job_name: coyote, static_configs: [{{ targets: ['{scraped}'] }}] }}]\n"
        );
        let config = scratch.write("prometheus.yml", &config);
        let (address, log) = (format!("127.0.0.1:{}", free_port()), scratch.path("prometheus.log"));
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.tsdb.path={}", scratch.path("tsdb").display()));
        command.arg(format!("--web.listen-address={address}")).arg("--log.level=warn");
        command
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("the folder can be written"));
        let child = command.spawn().expect("prometheus is installed: run tests/run");
        Self { child, url: format!("http://{address}"), log }
    }

    /// Its answer, a line a series.
    fn ask(&self, query: &str) -> Result<String, String> {
        let mut command = Command::new("promtool");
        let Output { status, stdout, stderr } = command
            .args(["query", "instant", &self.url, query])
            .output()
            .expect("promtool comes with prometheus");
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
    }

    /// Waits until it has something to answer that holds `part`.
    #[track_caller]
    fn answers(&self, query: &str, part: &str) {
        let deadline = Instant::now() + Duration::from_secs(40);
        loop {
            let answer = self.ask(query);
            if answer.as_ref().is_ok_and(|text| text.contains(part)) {
                return;
            }
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            assert!(Instant::now() < deadline, "{query}: {answer:?}\n{log}");
            thread::sleep(Duration::from_millis(300));
        }
    }

    /// The value of the one series that it answers.
    #[track_caller]
    fn value(&self, query: &str) -> f64 {
        let answer = self.ask(query).unwrap_or_else(|why| panic!("{query}: {why}"));
        let value =
            answer.split("=> ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        value.unwrap_or_else(|| panic!("{query}: {answer}"))
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It runs until it is killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a variable of Grafana asks, `label_values(metric, label)`, as a query, and the label.
#[track_caller]
fn label_values(definition: &str) -> (String, String) {
    let inner = definition.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    let (metric, label) = inner.and_then(|inner| inner.rsplit_once(", ")).expect(definition);
    (format!("count by ({label}) ({metric})"), format!("{label}=\""))
}

fn known(query: &str) -> String {
    let known = query.replace("$instance", ".*").replace("$chain", ".*");
    let known = known.replace("$endpoint", ".*").replace("$__rate_interval", "10s");
    assert!(!known.contains('$'), "{known}");
    known
}

#[test]
fn a_real_server_takes_all_and_the_dashboard_asks_for_nothing_else() {
    let (scratch, server) = (Scratch::new(), target());
    let script = format!(
        "import \"acme\" as acme;
         fn options() {{ #{{ name: \"all\" }} }}
         fn teardown() {{ sleep(5); }}
         fn chain() {{
             acme::register();
             check::that(\"known\", db::count(\"registrations\") > 0);
             http::post(\"{}\", \"body\", #{{ endpoint: \"new-order\", expect: 200 }});
         }}",
        server.url("/order")
    );
    let script = scratch.write("all.rhai", &script);
    let (path, address) = (scratch.path("s.json"), format!("127.0.0.1:{}", free_port()));
    let command = coyote("rate 20/s --max-attackers 2 --summary")
        .arg(&path)
        .words("--prometheus")
        .arg(&address);
    let mut running = command.script(&script).within(Duration::from_secs(120)).start();
    running.wait_for_stderr("metrics: ");
    let prometheus = Prometheus::start(&scratch, &address);
    let dashboard = Dashboard::read("coyote-prometheus.json");
    for definition in dashboard.variables() {
        let (query, label) = label_values(&known(&definition));
        prometheus.answers(&query, &label);
    }
    let queries = dashboard.queries("expr");
    assert!(queries.len() > 25, "{queries:#?}");
    for query in queries {
        prometheus.answers(&known(&query), "=>");
    }
    assert!(prometheus.value("min_over_time(up[1m])") > 0.0, "a scrape failed");
    running.interrupt();
    running.finish().exits(0);
    let summary = scratch.summary("s.json");
    for (query, pointer) in [
        ("sum(last_over_time(http_reqs_total[1m]))", "/totals/requests/count"),
        ("sum(last_over_time(http_req_duration_count[1m]))", "/totals/requests/count"),
        ("sum(last_over_time(chain_failed_passes_total[1m]))", "/totals/chains/failed"),
        ("sum(last_over_time(db_query_duration_count[1m]))", "/metrics/db_query_duration/count"),
        ("sum(last_over_time(chain_delay_count[1m]))", "/totals/chains/count"),
        ("sum(last_over_time(checks_passes_total[1m]))", "/metrics/checks/passes"),
    ] {
        assert_eq!(prometheus.value(query) as u64, summary.count(pointer), "{query}");
    }
    let log = fs::read_to_string(&prometheus.log).expect("it");
    assert_eq!(log, "", "it warns of samples that come twice or that it cannot read");
}

//! `--prometheus`: what is served while a run goes on.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::common::coyote::{Running, coyote};
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;
use crate::common::server::Server;
use crate::fixture::target;
use crate::scrape::{Scrape, ask};

/// Two requests, a check, a metric of each kind, and time at the end to ask for what is final.
fn script(server: &Server) -> String {
    let (nonce, order) = (server.url("/nonce"), server.url("/order"));
    format!(
        r#"
        fn options() {{ #{{ name: "two", fail_pause_ms: 0, pause_ms: 5 }} }}
        fn teardown() {{ sleep(3); }}
        fn chain() {{
            let tags = #{{ "my.tag": "a \"b\"\\", "endpoint": "mine" }};
            http::get("{nonce}", #{{ endpoint: "new-nonce", tags: tags }});
            let res = http::post("{order}", "body", #{{ endpoint: "new-order", expect: [200, 500] }});
            check::that("the order is there", res.status == 200);
            metric::counter("orders.made", 2);
            metric::counter("orders_made", 1);
            metric::gauge("level", -7.5);
            metric::rate("hits", res.status == 200);
            metric::trend("size/kB", 1.5);
            metric::trend("size/kB", -1);
            if res.status != 200 {{ throw "no order" }}
        }}"#
    )
}

/// A run that has begun to serve on `address`.
fn serving(mut running: Running, address: &str) -> Running {
    running.wait_for_stderr(&format!("metrics: http://{address}/metrics\n"));
    running
}

#[test]
fn what_is_scraped_equals_the_summary() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server));
    let (path, address) = (scratch.path("s.json"), format!("127.0.0.1:{}", free_port()));
    let command = coyote("hammer 4 --duration 2s --shards 2 --summary").arg(&path);
    let command = command.words(&format!("--prometheus {address}")).script(&script);
    let running = serving(command.start(), &address);
    let first = Scrape::until(&address, |told| {
        told.sum("attackers", "") == Some(4.0) && told.sum("chains_total", "") > Some(0.0)
    });
    let last = Scrape::until(&address, |told| told.sum("attackers", "") == Some(0.0));
    running.finish().exits(0);
    let summary = scratch.summary("s.json");

    let sum = |name: &str, part: &str| {
        last.sum(name, part).unwrap_or_else(|| panic!("no {name} {part} in:\n{}", last.text))
    };
    let count = |name: &str, part: &str| sum(name, part) as u64;
    assert!(first.sum("http_reqs_total", "").is_some_and(|then| then < sum("http_reqs_total", "")));
    for (name, part, pointer) in [
        ("http_reqs_total", "", "/totals/requests/count"),
        ("http_reqs_total", "endpoint=\"new-order\"", "/endpoints/new-order/count"),
        ("http_req_failed_passes_total", "", "/totals/requests/failed"),
        ("http_req_duration_count", "endpoint=\"new-nonce\"", "/endpoints/new-nonce/count"),
        ("data_sent_total", "", "/totals/traffic/out"),
        ("data_received_total", "", "/totals/traffic/in"),
        ("chains_total", "chain=\"two\"", "/totals/chains/count"),
        ("chain_failed_passes_total", "", "/totals/chains/failed"),
        ("chain_duration_count", "", "/chains/two/count"),
        ("dropped_chains_total", "", "/totals/dropped_chains"),
        ("checks_passes_total", "check=\"the order is there\"", "/metrics/checks/passes"),
        ("checks_fails_total", "", "/metrics/checks/fails"),
        ("orders_made_total", "", "/metrics/orders.made/count"),
        ("orders_made_2_total", "", "/metrics/orders_made/count"),
        ("hits_passes_total", "", "/metrics/hits/passes"),
        ("size_kB_count", "", "/metrics/size~1kB/count"),
        ("http_req_failed_passes_total", "status=\"500\"", "/totals/requests/failed"),
    ] {
        assert_eq!(count(name, part), summary.count(pointer), "{name} {part}");
    }
    let requests = count("http_reqs_total", "");
    for part in
        ["duration", "blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving"]
    {
        let name = |end: &str| format!("http_req_{part}_{end}");
        assert_eq!(count(&name("count"), ""), requests, "{part}");
        assert_eq!(count(&name("bucket"), "le=\"+Inf\""), requests, "{part}");
        let told = summary.number(&format!("/metrics/http_req_{part}/avg"));
        assert!((sum(&name("sum"), "") / requests as f64 - told).abs() < 0.01, "{part}");
    }
    // Nothing took a minute; what is below zero counts with the zeros.
    assert_eq!(count("http_req_duration_bucket", "le=\"60000.0\""), requests);
    let chains = count("chains_total", "");
    assert_eq!(count("size_kB_bucket", "le=\"0.0\""), chains);
    assert_eq!(count("size_kB_bucket", "le=\"2.5\""), 2 * chains);
    assert_eq!(last.sum("level", ""), Some(-7.5));
    assert!(last.text.contains(r#"my_tag="a \"b\"\\""#), "{}", last.text);
    assert!(last.text.contains(r#"tag_endpoint="mine""#), "{}", last.text);
    for process in ["cpu_seconds_total", "resident_memory_bytes", "threads", "open_fds"] {
        assert!(sum(&format!("process_{process}"), "") > 0.0, "{process}");
    }
}

#[test]
fn nothing_else_is_served() {
    let scratch = Scratch::new();
    let script = scratch.write("slow.rhai", "fn setup() { sleep(1); }\nfn chain() { sleep(0.5); }");
    for host in ["127.0.0.1", "[::1]"] {
        let address = format!("{host}:{}", free_port());
        // Where no address is given it is loopback.
        let option = address.strip_prefix("127.0.0.1").unwrap_or(&address);
        let command = coyote("hammer 1 --duration 1s --prometheus").arg(option).script(&script);
        let running = serving(command.start(), &address);
        // Before the load begins there is coyote itself.
        let scrape = Scrape::of(&address);
        assert!(
            scrape.sum("process_threads", "").is_some() && scrape.sum("attackers", "").is_none()
        );
        let wrong = ask(&address, "GET", "/");
        assert_eq!(
            (wrong.status, &*wrong.body),
            (404, "nothing here: the metrics are at /metrics\n")
        );
        let posted = ask(&address, "POST", "/metrics");
        assert!(posted.status == 405 && posted.head.contains("allow: get, head"), "{posted:?}");
        let head = ask(&address, "HEAD", "/metrics");
        assert!(head.status == 200 && head.body.is_empty(), "{head:?}");
        assert!(head.head.contains("content-length: "), "{head:?}");
        running.finish().exits(0);
    }
}

#[test]
fn who_connects_and_never_reads_does_not_matter() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server).replace("sleep(3)", "()"));
    let address = format!("127.0.0.1:{}", free_port());
    let command = coyote("hammer 4 --iterations 400 --prometheus").arg(&address).script(&script);
    let running = serving(command.within(Duration::from_secs(25)).start(), &address);
    let connections: Vec<_> = (0..40)
        .map(|number| {
            let mut stream = TcpStream::connect(&address).expect("it listens");
            if number % 2 == 0 {
                stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").expect("it reads");
            }
            stream
        })
        .collect();
    let output = running.finish().exits(0);
    assert!(output.took < Duration::from_secs(20), "{:?}", output.took);
    drop(connections);
}

#[test]
fn addresses_are_checked() {
    let scratch = Scratch::new();
    let never = "fn setup() { throw \"set up although the options are wrong\" }\nfn chain() {}";
    let script = scratch.write("never.rhai", never);
    let run = |options: &str| coyote(options).script(&script).run();
    for wrong in ["9100", "localhost:9100", "127.0.0.1", ":x"] {
        let told = ["write ADDRESS:PORT, such as 127.0.0.1:9100, [::1]:9100 or :9100"];
        run(&format!("hammer 1 --prometheus {wrong}")).exits(2).tells(&told);
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    let told = [&format!("cannot listen on --prometheus {address}: "), "port 0 takes a free one"];
    run(&format!("hammer 1 --prometheus {address}")).exits(4).tells(&told.map(|text| text));
    run("once --prometheus :0").exits(2).tells(&["--prometheus tells the figures of a load"]);
    // A free port is told.
    let told = run("hammer 1 --prometheus :0").exits(4).tells(&["metrics: http://127.0.0.1:"]);
    assert!(!told.stderr.contains(":0/metrics"), "{}", told.stderr);
}

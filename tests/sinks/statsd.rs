//! `--statsd`: what arrives, and what a server that does not listen costs.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::fixture::{script, target};

/// A receiver that keeps every value by name and kind.
struct Receiver {
    port: u16,
    values: Arc<Mutex<BTreeMap<String, Vec<f64>>>>,
    ended: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Receiver {
    fn start(address: &str) -> Self {
        let socket = UdpSocket::bind((address, 0)).expect("some port is free");
        let port = socket.local_addr().expect("it is bound").port();
        socket.set_read_timeout(Some(Duration::from_millis(200))).expect("sockets have timeouts");
        let values: Arc<Mutex<BTreeMap<String, Vec<f64>>>> = Arc::default();
        let ended = Arc::new(AtomicBool::new(false));
        let (into, until) = (Arc::clone(&values), Arc::clone(&ended));
        let thread = thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            loop {
                match socket.recv(&mut buffer) {
                    Ok(length) => keep(&buffer[..length], &into),
                    Err(_) if until.load(Ordering::SeqCst) => return,
                    Err(_) => {}
                }
            }
        });
        Self { port, values, ended, thread }
    }

    fn finish(self) -> BTreeMap<String, Vec<f64>> {
        self.ended.store(true, Ordering::SeqCst);
        self.thread.join().expect("every datagram was as it should be");
        let values = self.values.lock().expect("nobody panicked with it");
        values.clone()
    }
}

fn keep(datagram: &[u8], into: &Mutex<BTreeMap<String, Vec<f64>>>) {
    assert!(datagram.len() < 1_432, "{} bytes", datagram.len());
    let mut values = into.lock().expect("nobody panicked with it");
    for line in std::str::from_utf8(datagram).expect("text").lines() {
        let (name, rest) = line.split_once(':').expect("name:value|kind");
        let (value, kind) = rest.split_once('|').expect("name:value|kind");
        let value = value.parse().expect("a number");
        values.entry(format!("{name}|{kind}")).or_default().push(value);
    }
}

#[test]
fn what_arrives_equals_the_summary() {
    for (address, host, unit) in [("127.0.0.1", "127.0.0.1", "ns"), ("::1", "[::1]", "ms")] {
        let (scratch, server, receiver) = (Scratch::new(), target(), Receiver::start(address));
        // Slow enough to be there when a second is over.
        let paced = script(&server).replace("fail_pause_ms: 0", "fail_pause_ms: 3, pause_ms: 3");
        let script = scratch.write("two.rhai", &paced);
        let path = scratch.path("s.json");
        let statsd = format!("--statsd {host}:{} --statsd-unit {unit}", receiver.port);
        let command = coyote("hammer 4 --duration 3s --summary").arg(&path).words(&statsd);
        let command = command.words("--iterations 3000").script(&script);
        command.run().exits(0);
        let (summary, values) = (scratch.summary("s.json"), receiver.finish());
        let of = |name: &str| values.get(name).map_or(&[][..], Vec::as_slice);
        let sum = |name: &str| of(name).iter().sum::<f64>() as u64;
        assert_eq!(sum("Wile-E-Coyote.TrafficIn|c"), summary.count("/totals/traffic/in"));
        assert_eq!(sum("Wile-E-Coyote.TrafficOut|c"), summary.count("/totals/traffic/out"));
        let scale = if unit == "ns" { 1e6 } else { 1.0 };
        for (kind, name, block) in [
            ("ChainsTook", "two", "/chains/two"),
            ("RequestsTook", "new-order", "/endpoints/new-order"),
            ("RequestsTook", "new-nonce", "/endpoints/new-nonce"),
        ] {
            let took = |end: &str| of(&format!("Wile-E-Coyote.{kind}.{name}.{end}|ms"));
            let failed = summary.count(&format!("{block}/failed"));
            assert_eq!(took("Failed").len() as u64, failed, "{name}");
            let count = summary.count(&format!("{block}/count"));
            assert_eq!(took("Successful").len() as u64, count - failed, "{name}");
            let all = took("Failed").iter().chain(took("Successful"));
            let mean = all.sum::<f64>() / scale / count as f64;
            let told = summary.number(&format!("{block}/avg"));
            assert!((mean / told - 1.0).abs() < 0.01, "{name}: {mean} ms and not {told}");
        }
        let attackers = of("Wile-E-Coyote.NumAttackers|g");
        assert!(attackers.contains(&4.0) && attackers.last() == Some(&0.0), "{attackers:?}");
    }
}

#[test]
fn the_process_is_told_each_second() {
    let (scratch, receiver) = (Scratch::new(), Receiver::start("127.0.0.1"));
    let script = scratch.write("idle.rhai", "fn chain() { sleep(0.1); }");
    let statsd = format!("--statsd localhost:{} --statsd-prefix a.b", receiver.port);
    coyote("hammer 2 --duration 4s").words(&statsd).script(&script).run().exits(0);
    let values = receiver.finish();
    for name in ["MemoryBytes", "CpuPercent", "Tasks", "OpenFiles"] {
        let told = values.get(&format!("Procstats.a.b.{name}|g")).map_or(0, Vec::len);
        assert!((2..=5).contains(&told), "{name}: {told} times in 4 s");
    }
    assert!(
        values.keys().all(|name| name.starts_with("Procstats.a.b.") || name.starts_with("a.b."))
    );
}

#[test]
fn a_server_that_does_not_listen_costs_nothing() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server));
    // A port that was just free: datagrams to it come back as errors.
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let statsd = format!("--statsd 127.0.0.1:{}", port.expect("some port is free").port());
    let path = scratch.path("s.json");
    let command = coyote("hammer 4 --iterations 2000 --summary").arg(&path).words(&statsd);
    command.script(&script).run().exits(0);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/totals/chains/count"), 2000);
    assert_eq!(summary.list("/warnings").len(), 0, "{:?}", summary.list("/warnings"));
}

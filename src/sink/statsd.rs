//! `--statsd`: counters, gauges and timings for a `StatsD` server.
//!
//! Nothing waits for this sink: if it cannot keep up it is not told of all events, and datagrams that
//! nobody receives are lost. Each timing is sent; bytes are added up and sent with them.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use statsd::Client;
use statsd::client::Pipeline;

use super::event_sink::{EventSink, OpenError, RunFacts};
use super::statsd_names::{Names, Outcome};
use crate::plan::sinks::{SinkOptions, StatsdOptions, StatsdUnit};
use crate::record::event::{Batch, ChainOutcome, Event};
use crate::record::process::ProcessNow;

/// What fits a datagram on an Ethernet with tunnels, as `StatsD` servers advise: under 1,432 bytes.
const DATAGRAM_BYTES: usize = 1_431;

struct Statsd {
    options: StatsdOptions,
    client: Client,
    pipeline: Pipeline,
    names: Names,
    run: Option<RunFacts>,
    /// As they were told last, by shard.
    attackers: BTreeMap<u32, u32>,
    /// Bytes that were not sent yet.
    bytes_in: u64,
    bytes_out: u64,
    /// When the process was looked at last, and the CPU time that it had used then.
    looked: (Instant, Duration),
}

pub(super) fn open(options: &SinkOptions) -> Result<Option<Box<dyn EventSink>>, OpenError> {
    let Some(options) = &options.statsd else { return Ok(None) };
    Ok(Some(Box::new(Statsd::open(options)?)))
}

impl Statsd {
    fn open(options: &StatsdOptions) -> Result<Self, OpenError> {
        let failed = |why| OpenError::Server { server: options.server.clone(), why };
        let address = resolve(&options.server).map_err(failed)?;
        let client = Client::new(address, "").map_err(|error| failed(io::Error::other(error)))?;
        Ok(Self {
            options: options.clone(),
            client,
            pipeline: pipeline(),
            names: Names::new(&options.prefix),
            run: None,
            attackers: BTreeMap::new(),
            bytes_in: 0,
            bytes_out: 0,
            looked: (Instant::now(), ProcessNow::read().cpu),
        })
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Request(request) => {
                self.bytes_in += request.bytes_in;
                self.bytes_out += request.bytes_out;
                let outcome = Outcome::of(request.error.is_none());
                let name = self.names.request(&request.endpoint, outcome);
                self.pipeline.timer(name, in_unit(self.options.unit, request.took));
            }
            Event::Chain(chain) => {
                let outcome = match &chain.outcome {
                    ChainOutcome::Succeeded => Outcome::Successful,
                    ChainOutcome::Failed(_) => Outcome::Failed,
                    ChainOutcome::Uncounted => return,
                };
                let Some(run) = &self.run else { return };
                let name = self.names.chain(run.labels.chain(chain.origin.place), outcome);
                self.pipeline.timer(name, in_unit(self.options.unit, chain.took));
            }
            Event::Attackers { shard, now } => {
                self.attackers.insert(*shard, *now);
                let all: u32 = self.attackers.values().sum();
                self.pipeline.gauge(self.names.attackers(), all.into());
            }
            Event::Note(_) => {}
        }
    }

    fn traffic(&mut self) {
        let traffic = [
            (self.names.traffic_in(), std::mem::take(&mut self.bytes_in)),
            (self.names.traffic_out(), std::mem::take(&mut self.bytes_out)),
        ];
        for (name, bytes) in traffic.into_iter().filter(|(_, bytes)| *bytes > 0) {
            self.pipeline.count(name, bytes as f64);
        }
    }
}

fn pipeline() -> Pipeline {
    let mut pipeline = Pipeline::new();
    pipeline.set_max_udp_size(DATAGRAM_BYTES);
    pipeline
}

fn in_unit(unit: StatsdUnit, took: Duration) -> f64 {
    match unit {
        StatsdUnit::Ns => took.as_nanos() as f64,
        StatsdUnit::Ms => took.as_secs_f64() * 1e3,
    }
}

/// The address of `HOST:PORT`. Of a name with several the first IPv4 one: `StatsD` servers listen
/// there unless told otherwise, and a datagram to the wrong one is lost without a word.
fn resolve(server: &str) -> io::Result<SocketAddr> {
    let addresses: Vec<_> = server.to_socket_addrs()?.collect();
    let ipv4 = addresses.iter().find(|address| address.is_ipv4());
    let none = || io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    ipv4.or(addresses.first()).copied().ok_or_else(none)
}

impl EventSink for Statsd {
    fn name(&self) -> String {
        format!("--statsd {}", self.options.server)
    }

    fn is_lossy(&self) -> bool {
        true
    }

    fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
        self.run = Some(run.clone());
        Ok(())
    }

    fn take(&mut self, batch: &Batch) -> io::Result<()> {
        for event in batch {
            self.event(event);
        }
        self.traffic();
        // What cannot be sent is lost, as `StatsD` has it: the crate does not even say so.
        self.pipeline.send(&self.client);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn second(&mut self) -> io::Result<()> {
        let (process, now) = (ProcessNow::read(), Instant::now());
        let (before, cpu_before) = std::mem::replace(&mut self.looked, (now, process.cpu));
        let busy = process.cpu.saturating_sub(cpu_before).as_secs_f64();
        let percent = 100.0 * busy / (now - before).as_secs_f64();
        for (name, value) in [
            ("MemoryBytes", process.rss_bytes as f64),
            ("CpuPercent", percent.round()),
            ("Tasks", process.tasks as f64),
            ("OpenFiles", process.open_files as f64),
        ] {
            self.pipeline.gauge(&self.names.process(name), value);
        }
        self.pipeline.send(&self.client);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::sync::Arc;

    use super::*;
    use crate::record::event::{ChainEvent, Origin, RequestEvent};
    use crate::record::fixture::{PLACE, sample};
    use crate::record::sample::RunLabels;
    use crate::sink::event_sink::Epoch;

    const ORIGIN: Origin = Origin { attacker: 0, place: PLACE };

    fn sink(bind: &str, unit: StatsdUnit) -> (Statsd, UdpSocket) {
        let server = UdpSocket::bind(bind).expect("loopback");
        server.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket has timeouts");
        let address = server.local_addr().expect("it is bound").to_string();
        let prefix = "Wile-E-Coyote".to_owned();
        let options = StatsdOptions { server: address, prefix, unit };
        let mut sink = Statsd::open(&options).expect("an address");
        let labels = RunLabels { chains: vec!["bad/new-order.x".into()], ..RunLabels::default() };
        let labels = Arc::new(labels);
        let run = RunFacts { labels, columns: Vec::new(), epoch: Epoch::now() };
        sink.begin(&run).expect("nothing to do");
        (sink, server)
    }

    fn datagram(server: &UdpSocket) -> String {
        let mut buffer = [0; 10_000];
        let length = server.recv(&mut buffer).expect("a datagram came");
        String::from_utf8(buffer[..length].to_vec()).expect("text")
    }

    fn events() -> Batch {
        let request = |endpoint, status| {
            Event::Request(RequestEvent::new(ORIGIN, 0, 0, &sample(endpoint, status, 12)))
        };
        let chain = |outcome| {
            let took = Duration::from_nanos(1_234_567_891);
            Event::Chain(ChainEvent { origin: ORIGIN, started: Instant::now(), took, outcome })
        };
        vec![
            Event::Attackers { shard: 0, now: 3 },
            Event::Attackers { shard: 1, now: 4 },
            request("new-order", 201),
            request("GET /a/*", 0),
            chain(ChainOutcome::Succeeded),
            chain(ChainOutcome::Failed("why".into())),
            chain(ChainOutcome::Uncounted),
        ]
    }

    #[test]
    fn names_and_units_are_the_seeds() {
        let (mut sink, server) = sink("127.0.0.1:0", StatsdUnit::Ns);
        sink.take(&events()).expect("sent");
        let expected = "\
Wile-E-Coyote.NumAttackers:3|g
Wile-E-Coyote.NumAttackers:7|g
Wile-E-Coyote.RequestsTook.new-order.Successful:12000000|ms
Wile-E-Coyote.RequestsTook.GET_-a-_.Failed:12000000|ms
Wile-E-Coyote.ChainsTook.bad-new-order_x.Successful:1234567891|ms
Wile-E-Coyote.ChainsTook.bad-new-order_x.Failed:1234567891|ms
Wile-E-Coyote.TrafficIn:2000|c
Wile-E-Coyote.TrafficOut:200|c";
        assert_eq!(datagram(&server), expected);
    }

    #[test]
    fn milliseconds_over_ipv6() {
        let (mut sink, server) = sink("[::1]:0", StatsdUnit::Ms);
        sink.take(&events()).expect("sent");
        let told = datagram(&server);
        assert!(told.contains(".new-order.Successful:12|ms\n"), "{told}");
        assert!(told.contains(".Successful:1234.567891|ms\n"), "{told}");
    }

    #[test]
    fn datagrams_stay_small() {
        let (mut sink, server) = sink("127.0.0.1:0", StatsdUnit::Ns);
        let many: Batch = std::iter::repeat_n(events(), 40).flatten().collect();
        sink.take(&many).expect("sent");
        let mut lines = 0;
        while lines < 40 * 6 + 2 {
            let datagram = datagram(&server);
            assert!(datagram.len() < 1_432, "{} bytes", datagram.len());
            lines += datagram.lines().count();
        }
        assert_eq!(lines, 40 * 6 + 2);
    }

    #[test]
    fn the_process_is_told_each_second() {
        let (mut sink, server) = sink("127.0.0.1:0", StatsdUnit::Ns);
        sink.second().expect("sent");
        let told = datagram(&server);
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), 4, "{told}");
        for (line, name) in lines.iter().zip(["MemoryBytes", "CpuPercent", "Tasks", "OpenFiles"]) {
            let value = line.strip_prefix(&format!("Procstats.Wile-E-Coyote.{name}:"));
            let value = value.and_then(|rest| rest.strip_suffix("|g")?.parse::<f64>().ok());
            let least = if name == "CpuPercent" { 0.0 } else { 1.0 };
            assert!(value.is_some_and(|value| value >= least), "{line}");
        }
    }

    #[test]
    fn names_are_resolved_to_ipv4_first() {
        assert_eq!(resolve("localhost:8125").expect("known").to_string(), "127.0.0.1:8125");
        assert_eq!(resolve("[::1]:8125").expect("an address").to_string(), "[::1]:8125");
        assert!(resolve("no-such-name.invalid:8125").is_err());
    }
}

//! `--report`: keeps when things happened, in a bounded number of stretches, for the charts that are
//! drawn after the run.

use std::io;
use std::time::Instant;

use ahash::RandomState;
use indexmap::IndexMap;

use super::event_sink::{Epoch, EventSink, OpenError, RunFacts};
use crate::plan::sinks::SinkOptions;
use crate::record::event::{Batch, ChainEvent, ChainOutcome, Event, RequestEvent};
use crate::report::timeline::Timeline;

#[derive(Default)]
struct Report {
    timeline: Timeline,
    /// The curve of each chain, by its number.
    curves: Vec<usize>,
    epoch: Option<Epoch>,
    /// The attackers of each shard.
    attackers: IndexMap<u32, u32, RandomState>,
    /// When the last shard told of them first.
    all_told_us: u64,
}

#[expect(clippy::unnecessary_wraps, reason = "the type of what opens a sink")]
pub(super) fn open(options: &SinkOptions) -> Result<Option<Box<dyn EventSink>>, OpenError> {
    Ok(options.report.then(|| Box::<Report>::default() as Box<dyn EventSink>))
}

impl Report {
    fn micros(&self, moment: Instant) -> u64 {
        self.epoch.map_or(0, |epoch| epoch.since(moment).as_micros() as u64)
    }

    fn request(&mut self, event: &RequestEvent) {
        let ended_us = self.micros(event.ended);
        self.timeline.request(ended_us, event.took, event.error.is_none());
    }

    fn chain(&mut self, event: &ChainEvent) {
        let curve = self.curves.get(usize::from(event.origin.place.chain));
        let ended_us = self.micros(event.started + event.took);
        if let (Some(&curve), false) = (curve, event.outcome == ChainOutcome::Uncounted) {
            let ok = event.outcome == ChainOutcome::Succeeded;
            self.timeline.chain(curve, ended_us, event.took, ok);
        }
    }

    /// Events of attackers have no time of their own, and come at once. Each shard tells of its own
    /// each second: the sum is right when the first does so again, for by then all have.
    fn attackers(&mut self, shard: u32, now: u32) {
        let at_us = self.micros(Instant::now());
        if !self.attackers.contains_key(&shard) {
            self.attackers.insert(shard, now);
            self.all_told_us = at_us;
            return;
        }
        if self.timeline.attackers_curve().is_empty() {
            self.timeline.attackers(self.all_told_us, self.attackers.values().sum());
        }
        self.attackers.insert(shard, now);
        self.timeline.attackers(at_us, self.attackers.values().sum());
    }
}

impl EventSink for Report {
    fn name(&self) -> String {
        "--report".to_owned()
    }

    fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
        self.epoch = Some(run.epoch);
        let names = run.labels.chains.iter();
        self.curves = names.map(|name| self.timeline.curve_of(name)).collect();
        Ok(())
    }

    fn take(&mut self, batch: &Batch) -> io::Result<()> {
        for event in batch {
            match event {
                Event::Request(request) => self.request(request),
                Event::Chain(chain) => self.chain(chain),
                Event::Attackers { shard, now } => self.attackers(*shard, *now),
                Event::Note(_) => {}
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn timeline(&mut self) -> Option<Timeline> {
        Some(std::mem::take(&mut self.timeline))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::record::event::Origin;
    use crate::record::fixture::{PLACE, sample};
    use crate::record::sample::RunLabels;

    fn chain(run: &RunFacts, outcome: ChainOutcome) -> Event {
        let started = run.epoch.after(Duration::from_secs(2));
        let origin = Origin { attacker: 0, place: PLACE };
        Event::Chain(ChainEvent { origin, started, took: Duration::from_secs(1), outcome })
    }

    #[test]
    fn events_become_curves() {
        let labels = RunLabels { chains: vec!["two".into()], ..RunLabels::default() };
        let epoch = Epoch::now();
        let run = RunFacts { labels: Arc::new(labels), columns: Vec::new(), epoch };
        let mut sink = Report::default();
        sink.begin(&run).expect("it writes nothing");
        let origin = Origin { attacker: 0, place: PLACE };
        let request = RequestEvent::new(origin, 0, 0, &sample("new-order", 500, 7));
        let batch = vec![
            Event::Request(request),
            chain(&run, ChainOutcome::Succeeded),
            chain(&run, ChainOutcome::Failed("no".into())),
            chain(&run, ChainOutcome::Uncounted),
            Event::Attackers { shard: 0, now: 3 },
            Event::Attackers { shard: 1, now: 4 },
            Event::Attackers { shard: 0, now: 2 },
        ];
        sink.take(&batch).expect("it writes nothing");
        let timeline = sink.timeline().expect("it keeps one");
        let requests = timeline.requests().total();
        assert_eq!((requests.count(), requests.failed()), (1, 1));
        let [(name, chains)] = timeline.chains()[..] else { panic!("one chain") };
        let cells: Vec<_> = chains.iter().collect();
        let [(at_us, cell)] = cells[..] else { panic!("both ended at once") };
        assert_eq!((name, at_us, cell.count(), cell.failed()), ("two", 3_000_000, 2, 1));
        assert_eq!(timeline.attackers_curve().total().0, Some(7));
    }
}

//! Runs the sinks that take each event, each on a thread of its own.

use std::future::Future;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::event_sink::{EventSink, RunFacts};
use super::human;
use crate::record::outlet::{Delivery, Inlet, Outlet, Outlets, Queue};
use crate::report::timeline::Timeline;

/// How often [`EventSink::second`] is called.
const SECOND: Duration = Duration::from_secs(1);

/// A shorter hold-up is no news.
const WORTH_TELLING: Duration = Duration::from_millis(10);

/// Sinks at work.
pub struct Pump {
    outlets: Arc<Outlets>,
    sinks: Vec<Running>,
    news: News,
}

/// What people should know at once.
#[derive(Debug, Clone, Default)]
pub struct News(Arc<Mutex<Vec<String>>>);

impl News {
    /// What came since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, text: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }
}

/// How the sinks of a run ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// What readers of the summary should know.
    pub warnings: Vec<String>,
    /// Whether one lacks something that it was to have.
    pub incomplete: bool,
    /// What the report's charts are drawn from, if a sink kept it.
    pub timeline: Option<Timeline>,
}

struct Running {
    name: String,
    queue: Arc<Queue>,
    /// How it ended, once its thread is done.
    end: oneshot::Receiver<SinkEnd>,
}

/// How one sink ended.
#[derive(Debug)]
struct SinkEnd {
    /// What went wrong.
    failure: Option<String>,
    timeline: Option<Timeline>,
}

impl Pump {
    /// Starts a thread for each sink.
    ///
    /// # Errors
    /// When the system grants no thread.
    pub fn start(sinks: Vec<Box<dyn EventSink>>, run: &RunFacts) -> io::Result<Self> {
        let news = News::default();
        let (mut list, mut running) = (Vec::new(), Vec::new());
        for sink in sinks {
            let (outlet, inlet) = Outlet::new(sink.is_lossy());
            let (done, end) = oneshot::channel();
            running.push(Running { name: sink.name(), queue: Arc::clone(&inlet.queue), end });
            list.push(outlet);
            let (run, news) = (run.clone(), news.clone());
            std::thread::Builder::new().name("sink".to_owned()).spawn(move || {
                // Nobody waits for it any more when the run was interrupted.
                let _ = done.send(work(sink, &run, &inlet, &news));
            })?;
        }
        Ok(Self { outlets: Arc::new(Outlets::new(list)), sinks: running, news })
    }

    /// The ways into the sinks.
    pub fn outlets(&self) -> Arc<Outlets> {
        Arc::clone(&self.outlets)
    }

    /// What people should know at once.
    pub fn news(&self) -> News {
        self.news.clone()
    }

    /// Waits until each sink has taken everything, or until `give_up` is over.
    pub async fn finish(self, give_up: impl Future<Output = ()>) -> Ended {
        self.outlets.end();
        let mut give_up = std::pin::pin!(give_up);
        let mut given_up = false;
        let mut ended = Ended::default();
        for mut sink in self.sinks {
            let end = if given_up {
                sink.end.try_recv().ok()
            } else {
                tokio::select! {
                    biased;
                    end = &mut sink.end => end.ok(),
                    () = &mut give_up => { given_up = true; None }
                }
            };
            let SinkEnd { failure, timeline } = end.unwrap_or_else(|| {
                let told =
                    format!("{}: the end is missing, for the run was interrupted", sink.name);
                SinkEnd { failure: Some(told), timeline: None }
            });
            ended.timeline = ended.timeline.or(timeline);
            ended.incomplete |= failure.is_some();
            ended.warnings.extend(failure);
            ended.warnings.extend(hold_up(&sink.name, sink.queue.held_up()));
            ended.warnings.extend(loss(&sink.name, sink.queue.dropped()));
        }
        ended
    }
}

fn hold_up(name: &str, took: Duration) -> Option<String> {
    (took >= WORTH_TELLING).then(|| {
        let took = human::millis(took.as_secs_f64() * 1e3);
        format!("{name} held the run up for {took}: attackers waited until it was written")
    })
}

fn loss(name: &str, events: u64) -> Option<String> {
    (events > 0).then(|| {
        let events = human::counted(events, "event");
        format!("{name} could not keep up and was not told of {events}")
    })
}

/// A sink's thread.
fn work(mut sink: Box<dyn EventSink>, run: &RunFacts, inlet: &Inlet, news: &News) -> SinkEnd {
    let failure = feed(sink.as_mut(), run, inlet).err().map(|error| {
        let name = sink.name();
        discard(&name, &error, inlet, news);
        format!("{name} is incomplete: {error}")
    });
    SinkEnd { failure, timeline: sink.timeline() }
}

/// Tells of the `error` of a sink, and has the load go on without it.
fn discard(name: &str, error: &io::Error, inlet: &Inlet, news: &News) {
    news.tell(format!("{name}: {error}; the load goes on without it"));
    // Nobody is to wait for room that a sink without a file would never make.
    for delivery in &inlet.deliveries {
        match delivery {
            Delivery::Events(_) => inlet.queue.done(),
            Delivery::End => break,
        }
    }
}

/// Gives `sink` what comes, until the end or its first error.
fn feed(sink: &mut dyn EventSink, run: &RunFacts, inlet: &Inlet) -> io::Result<()> {
    sink.begin(run)?;
    let mut next_second = Instant::now() + SECOND;
    loop {
        let delivery = match inlet.deliveries.try_recv() {
            Err(TryRecvError::Empty) => {
                sink.flush()?;
                inlet.deliveries.recv_timeout(next_second.saturating_duration_since(Instant::now()))
            }
            other => other.map_err(|_| RecvTimeoutError::Disconnected),
        };
        match delivery {
            Ok(Delivery::Events(batch)) => {
                let taken = sink.take(&batch);
                inlet.queue.done();
                taken?;
            }
            Ok(Delivery::End) | Err(RecvTimeoutError::Disconnected) => return sink.flush(),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if Instant::now() >= next_second {
            next_second += SECOND;
            sink.second()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::record::event::{Batch, Event};
    use crate::record::sample::RunLabels;
    use crate::sink::event_sink::Epoch;

    /// A sink that takes `pace` for each batch, and fails after `good` of them.
    struct Odd {
        lossy: bool,
        pace: Duration,
        good: usize,
        taken: Arc<AtomicUsize>,
    }

    impl EventSink for Odd {
        fn name(&self) -> String {
            "--odd".to_owned()
        }

        fn is_lossy(&self) -> bool {
            self.lossy
        }

        fn begin(&mut self, _: &RunFacts) -> io::Result<()> {
            Ok(())
        }

        fn take(&mut self, batch: &Batch) -> io::Result<()> {
            std::thread::sleep(self.pace);
            let taken = self.taken.fetch_add(batch.len(), Ordering::SeqCst);
            if taken < self.good { Ok(()) } else { Err(io::Error::other("the disk is full")) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn start(lossy: bool, pace: Duration, good: usize) -> (Pump, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let sink = Odd { lossy, pace, good, taken: Arc::clone(&taken) };
        let labels = Arc::new(RunLabels::default());
        let run = RunFacts { labels, columns: Vec::new(), epoch: Epoch::now() };
        (Pump::start(vec![Box::new(sink)], &run).expect("a thread"), taken)
    }

    fn offer(pump: &Pump, events: usize) {
        for _ in 0..events {
            pump.outlets().offer(vec![Event::Attackers { shard: 0, now: 1 }]);
        }
    }

    fn finish(pump: Pump, patience: Duration) -> Ended {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let ending = async { pump.finish(tokio::time::sleep(patience)).await };
        runtime.expect("a runtime").block_on(ending)
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn everything_is_taken_and_the_waiting_told() {
        let (pump, taken) = start(false, Duration::from_millis(1), usize::MAX);
        offer(&pump, 100);
        let ended = finish(pump, LONG);
        assert_eq!(taken.load(Ordering::SeqCst), 100);
        assert!(!ended.incomplete);
        let [warning] = &ended.warnings[..] else { panic!("{:?}", ended.warnings) };
        assert!(warning.starts_with("--odd held the run up for "), "{warning}");
    }

    #[test]
    fn a_failed_sink_is_told_once_and_holds_nobody_up() {
        let (pump, _) = start(false, Duration::ZERO, 3);
        offer(&pump, 500);
        let news = pump.news();
        let ended = finish(pump, LONG);
        assert_eq!(news.take(), ["--odd: the disk is full; the load goes on without it"]);
        assert!(ended.incomplete);
        assert_eq!(ended.warnings[0], "--odd is incomplete: the disk is full");
    }

    #[test]
    fn what_a_lossy_sink_was_not_told_is_counted() {
        let (pump, taken) = start(true, Duration::from_millis(1), usize::MAX);
        offer(&pump, 500);
        let ended = finish(pump, LONG);
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken < 500);
        let told = format!("--odd could not keep up and was not told of {} events", 500 - taken);
        assert_eq!(ended.warnings, [told]);
        assert!(!ended.incomplete, "it was not to have everything");
    }

    #[test]
    fn a_sink_that_hangs_is_given_up() {
        let (pump, _) = start(false, LONG, usize::MAX);
        offer(&pump, 1);
        let ended = finish(pump, Duration::from_millis(20));
        assert!(ended.incomplete);
        let told = "--odd: the end is missing, for the run was interrupted";
        assert_eq!(ended.warnings, [told]);
    }
}

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
}

struct Running {
    name: String,
    queue: Arc<Queue>,
    /// What went wrong, once its thread is done.
    end: oneshot::Receiver<Option<String>>,
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
            std::thread::Builder::new()
                .name("sink".to_owned())
                .spawn(move || done.send(work(sink, &run, &inlet, &news)))?;
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
            let failure = end.unwrap_or_else(|| {
                Some(format!("{}: the end is missing, for the run was interrupted", sink.name))
            });
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

/// A sink's thread; returns what went wrong.
fn work(sink: Box<dyn EventSink>, run: &RunFacts, inlet: &Inlet, news: &News) -> Option<String> {
    let name = sink.name();
    let error = feed(sink, run, inlet).err()?;
    news.tell(format!("{name}: {error}; the load goes on without it"));
    // Nobody is to wait for room that a sink without a file would never make.
    for delivery in &inlet.deliveries {
        match delivery {
            Delivery::Events(_) => inlet.queue.done(),
            Delivery::End => break,
        }
    }
    Some(format!("{name} is incomplete: {error}"))
}

/// Gives `sink` what comes, until the end or its first error.
fn feed(mut sink: Box<dyn EventSink>, run: &RunFacts, inlet: &Inlet) -> io::Result<()> {
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

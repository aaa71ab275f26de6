//! Asks for a run's metrics each second, as a Prometheus server would.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::Outcome;

const EVERY: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(5);

/// Scrapes whatever run serves on its address, until it is dropped.
pub(crate) struct Scraper {
    addr: SocketAddr,
    ended: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
}

impl Scraper {
    /// With an address of its own, that runs can serve on.
    pub(crate) fn start() -> Outcome<Self> {
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let scraper = Self { addr, ended: Arc::default(), answered: Arc::default() };
        let (ended, answered) = (Arc::clone(&scraper.ended), Arc::clone(&scraper.answered));
        thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                // Between runs nobody answers.
                if scrape(addr).is_ok_and(|text| text.contains("http_reqs_total")) {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                thread::sleep(EVERY);
            }
        });
        Ok(scraper)
    }

    /// What `--prometheus` is given.
    pub(crate) fn address(&self) -> String {
        self.addr.to_string()
    }

    /// How often a run has told its figures.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

fn scrape(addr: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&addr, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /metrics HTTP/1.1\r\nhost: {addr}\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

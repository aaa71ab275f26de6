//! What `GET /metrics` answers.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Mutex;

use super::encode::{PROCESS, text};
use super::families::merged;
use super::names::Names;
use crate::record::live::Live;
use crate::record::process::ProcessNow;

/// Who asks again sooner is told the same: however many ask, the load is disturbed four times a second at
/// most.
const FRESH: Duration = Duration::from_millis(250);

/// The page, as it is and was.
#[derive(Debug)]
pub(super) struct Page {
    live: Arc<Live>,
    last: Mutex<Last>,
}

#[derive(Debug)]
struct Last {
    names: Names,
    told: Option<(Instant, Bytes)>,
}

impl Page {
    pub(super) fn new(live: Arc<Live>) -> Self {
        let last = Last { names: Names::new(PROCESS), told: None };
        Self { live, last: Mutex::new(last) }
    }

    /// Its text.
    pub(super) async fn text(&self) -> Result<Bytes, fmt::Error> {
        let mut last = self.last.lock().await;
        if let Some((at, told)) = &last.told
            && at.elapsed() < FRESH
        {
            return Ok(told.clone());
        }
        let snapshots = self.live.ask().await;
        let told = Bytes::from(text(merged(&snapshots, &mut last.names), ProcessNow::read())?);
        last.told = Some((Instant::now(), told.clone()));
        Ok(told)
    }
}

//! Running one attacker without a herd: for `once`, `setup()` and `teardown()`.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::{Builder, LocalOptions};

use crate::attacker::context::Attacker;
use crate::attacker::ground::Ground;
use crate::attacker::running::Bell;
use crate::scheduler::Signals;

/// Until when an attacker may work.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    /// As long as it takes.
    None,
    /// Until then.
    Until(Instant),
}

impl Limit {
    async fn passed(self) {
        match self {
            Self::None => std::future::pending().await,
            Self::Until(moment) => tokio::time::sleep_until(moment.into()).await,
        }
    }

    /// Whether there is no time left.
    pub(super) fn has_passed(self) -> bool {
        matches!(self, Self::Until(moment) if moment <= Instant::now())
    }
}

/// An attacker, and the bell by which Ctrl-C stops it.
pub(super) struct Alone {
    pub(super) attacker: Rc<Attacker>,
    pub(super) bell: Rc<Bell>,
}

impl Alone {
    /// The first attacker of `ground`.
    pub(super) fn on(ground: &Ground) -> Self {
        let headers = Arc::new(ground.context.settings.headers_of(0));
        let attacker = Attacker::new(0, headers);
        Self { attacker: Rc::new(attacker), bell: Rc::default() }
    }

    /// Runs what this attacker does to its end; the first signal stops it, and so does `limit`.
    ///
    /// # Errors
    /// When the system grants no runtime or signal handler.
    pub(super) fn run<T>(&self, limit: Limit, work: impl Future<Output = T>) -> io::Result<T> {
        let runtime =
            Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        let result = runtime.block_on(async {
            let mut signals = Signals::listen()?;
            let bell = Rc::clone(&self.bell);
            let listening = tokio::task::spawn_local(async move {
                tokio::select! {
                    () = signals.next() => {}
                    () = limit.passed() => {}
                }
                bell.stop();
            });
            let result = work.await;
            listening.abort();
            Ok(result)
        });
        // Not dropped: that would wait for key generation that nobody needs any more.
        runtime.shutdown_background();
        result
    }
}

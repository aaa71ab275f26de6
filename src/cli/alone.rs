//! Running one attacker without a herd: for `once`, `setup()` and `teardown()`.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use rhai::Map;
use tokio::runtime::{Builder, LocalOptions};

use crate::attacker::context::Attacker;
use crate::attacker::ground::Ground;
use crate::attacker::running::Bell;
use crate::scheduler::Signals;

/// An attacker, and the bell by which Ctrl-C stops it.
pub(super) struct Alone {
    pub(super) attacker: Rc<Attacker>,
    pub(super) bell: Rc<Bell>,
}

impl Alone {
    /// The first attacker of `ground`.
    pub(super) fn on(ground: &Ground) -> Self {
        let headers = Arc::new(ground.context.settings.headers_of(0));
        let attacker = Attacker { id: 0, state: Map::new().into(), headers, client: None };
        Self { attacker: Rc::new(attacker), bell: Rc::default() }
    }

    /// Runs what this attacker does to its end; the first signal stops it.
    ///
    /// # Errors
    /// When the system grants no runtime or signal handler.
    pub(super) fn run<T>(&self, work: impl Future<Output = T>) -> io::Result<T> {
        let runtime =
            Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        runtime.block_on(async {
            let mut signals = Signals::listen()?;
            let bell = Rc::clone(&self.bell);
            let listening = tokio::task::spawn_local(async move {
                signals.next().await;
                bell.stop();
            });
            let result = work.await;
            listening.abort();
            Ok(result)
        })
    }
}

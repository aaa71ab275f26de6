//! What commands that run one of the embedded parts alone have in common.

use crate::cli::load::runtime;
use crate::error::Fatal;
use crate::scheduler::Signals;

/// Waits for Ctrl-C or SIGTERM.
///
/// # Errors
/// When the system grants no runtime or signal handler.
pub(super) fn wait_for_signal() -> Result<(), Fatal> {
    runtime()?.block_on(async {
        let mut signals = Signals::listen()
            .map_err(|error| Fatal::setup(format!("cannot listen for signals: {error}")))?;
        signals.next().await;
        Ok(())
    })
}

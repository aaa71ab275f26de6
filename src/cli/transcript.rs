//! What `once` shows of a chain's exchanges: each as it happens, or all of them when it is known that
//! somebody wants to see them.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::output;
use crate::scheduler::ObserverFactory;
use crate::sink::exchange;
use crate::sink::style::Style;

/// Exchanges on their way to stdout.
#[derive(Clone, Default)]
pub(super) struct Transcript {
    /// What is held back; `None` when nothing is.
    held: Arc<Mutex<Option<String>>>,
}

impl Transcript {
    /// Watches the exchanges of a run.
    pub(super) fn observer(&self) -> ObserverFactory {
        let (style, transcript) = (Style::of_stdout(), self.clone());
        Arc::new(move || {
            let transcript = transcript.clone();
            Box::new(move |shown| transcript.line(&exchange::render(shown, style)))
        })
    }

    /// Writes a line, or keeps it.
    pub(super) fn line(&self, text: &str) {
        match self.lock().as_mut() {
            Some(held) => {
                held.push_str(text);
                held.push('\n');
            }
            None => output::line(text),
        }
    }

    /// From now on keeps what is written.
    pub(super) fn hold(&self) {
        self.lock().get_or_insert_default();
    }

    /// Writes what was kept, and keeps nothing more.
    pub(super) fn release(&self) {
        if let Some(held) = self.lock().take() {
            output::print(&held);
        }
    }

    /// Forgets what was kept, and keeps nothing more.
    pub(super) fn forget(&self) {
        self.lock().take();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        // A panic while it was locked leaves text, at worst half of it.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

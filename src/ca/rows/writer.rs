//! The thread that writes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{backend::Backend, batch, fault::Faults, queue::Queue, sheets::Sheet};
use crate::ca::issuer::Issuer;

/// Before a database that failed is tried again: longer each time.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

pub(super) struct Writer {
    pub(super) backend: Box<dyn Backend>,
    pub(super) queue: Arc<Queue>,
    pub(super) issuer: Arc<Issuer>,
    pub(super) faults: Faults,
}

impl Writer {
    /// Writes until the queue ends; what the database last said if it did not take all.
    pub(super) fn run(mut self) -> Result<(), String> {
        while let Some(changes) = self.queue.take() {
            let sheets = batch::rows(&changes, &self.issuer, &mut self.faults);
            self.write(&sheets)?;
            self.queue.done(&changes);
        }
        Ok(())
    }

    /// Tries until it works. Rows have ids: those that were written without our learning of it are
    /// written over.
    fn write(&mut self, sheets: &[Sheet]) -> Result<(), String> {
        let Err(first) = self.backend.write(sheets) else { return Ok(()) };
        let (place, began) = (self.backend.place(), Instant::now());
        let until = match self.queue.is_sync() {
            true => "until then (--store-sync)",
            false => "once many changes have gathered",
        };
        eprintln!(
            "coyote: the CA's store {place} cannot be written: {first}; it is tried again, and \
             requests wait {until}"
        );
        let mut last = first;
        let longest = PAUSES[PAUSES.len() - 1];
        for pause in PAUSES.into_iter().chain(std::iter::repeat(longest)) {
            if !self.queue.try_again_after(pause) {
                break;
            }
            match self.backend.write(sheets) {
                Ok(()) => {
                    let waited_s = began.elapsed().as_secs();
                    eprintln!("coyote: the CA's store {place} is written again after {waited_s} s");
                    return Ok(());
                }
                Err(error) => last = error,
            }
        }
        Err(last.0)
    }
}

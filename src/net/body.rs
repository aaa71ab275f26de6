//! A request body that notes when its last piece was handed to the connection.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Pieces small enough that the connection has to write one before it asks for the next, so that a
/// slow reader shows up as time spent sending.
const PIECE_BYTES: usize = 16 * 1024;

/// When the body was sent, as nanoseconds after `start`; 0 until then.
#[derive(Debug, Clone)]
pub struct SentAt {
    start: Instant,
    nanos: Arc<AtomicU64>,
}

impl SentAt {
    /// Starts the clock.
    pub fn after(start: Instant) -> Self {
        Self { start, nanos: Arc::default() }
    }

    /// Time from the start until the last piece was taken, if it was.
    pub fn elapsed(&self) -> Option<Duration> {
        match self.nanos.load(Ordering::Relaxed) {
            0 => None,
            nanos => Some(Duration::from_nanos(nanos)),
        }
    }

    fn mark(&self) {
        let nanos = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanos.store(nanos.max(1), Ordering::Relaxed);
    }
}

/// A body of known length, sent in pieces.
#[derive(Debug)]
pub struct TimedBody {
    rest: Bytes,
    sent: SentAt,
}

impl TimedBody {
    /// A body of `data` that reports to `sent`.
    pub fn new(data: Bytes, sent: SentAt) -> Self {
        Self { rest: data, sent }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        if self.rest.is_empty() {
            self.sent.mark();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

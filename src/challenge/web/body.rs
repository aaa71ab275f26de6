//! The bodies of answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body as HttpBody, Frame};

/// What a body that is too large is made of, and how often it is sent: 1 MiB in all, where the
/// largest answer that means anything has some 100 bytes. A CA that reads it all may quote it in its
/// error, so it is no larger than a script can hold.
static CHUNK: [u8; 64 * 1024] = [b'x'; 64 * 1024];
const CHUNKS: u32 = 16;

/// The body of an answer.
pub(super) type Body = Either<Full<Bytes>, Huge>;

/// A body of these bytes.
pub(super) fn of(bytes: Bytes) -> Body {
    Either::Left(Full::new(bytes))
}

/// A body that is too large.
pub(super) fn huge() -> Body {
    Either::Right(Huge { chunks_left: CHUNKS })
}

/// A body that is made while it is sent.
#[derive(Debug)]
pub(super) struct Huge {
    chunks_left: u32,
}

impl HttpBody for Huge {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.chunks_left.checked_sub(1) else { return Poll::Ready(None) };
        self.chunks_left = left;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&CHUNK)))))
    }
}

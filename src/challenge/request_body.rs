//! Reading what a client sends, within bounds.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use tokio::time::timeout;

/// How long a body may take to come: none is longer than a few packets.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    #[error("it is longer than {0} bytes")]
    TooLong(usize),
    #[error("it did not come within {} s", .0.as_secs())]
    TooSlow(Duration),
    #[error("{0}")]
    Broken(String),
}

/// All of `body`, if it comes within `patience` and is no longer than `max_bytes`.
pub(super) async fn read<B>(
    body: B,
    max_bytes: usize,
    patience: Duration,
) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let all = timeout(patience, Limited::new(body, max_bytes).collect()).await;
    match all.map_err(|_| BodyError::TooSlow(patience))? {
        Ok(all) => Ok(all.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLong(max_bytes)),
        Err(error) => Err(BodyError::Broken(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    use super::*;

    #[tokio::test]
    async fn nobody_waits_for_ever_or_takes_it_all() {
        let body = || Full::new(Bytes::from_static(b"12345"));
        assert_eq!(read(body(), 5, PATIENCE).await.as_deref(), Ok(&b"12345"[..]));
        assert_eq!(read(body(), 4, PATIENCE).await, Err(BodyError::TooLong(4)));
        let patience = Duration::from_millis(10);
        let endless = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
        assert_eq!(read(endless, 5, patience).await, Err(BodyError::TooSlow(patience)));
    }
}

//! DNS over TCP (RFC 7766): each message follows its length. Answers come in the order of the
//! questions, so a slow one holds up those behind it, as it would with many servers.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::{Asker, Reply, reply};
use crate::challenge::listen::Shared;

/// A connection that sends no complete question for so long is closed.
const IDLE: Duration = Duration::from_secs(10);

/// Answers one connection. Ends at the first error: whoever asks sees a closed connection.
pub(super) async fn serve(stream: TcpStream, shared: Shared) {
    let mut stream = BufReader::new(stream);
    while let Ok(Ok(question)) = timeout(IDLE, read(&mut stream)).await {
        let message = match reply(&question, Asker::Tcp, &shared) {
            Reply::Now(message) => message,
            Reply::After(delay, message) => {
                tokio::time::sleep(delay).await;
                message
            }
            Reply::Never => continue,
            Reply::Unreadable => return,
        };
        if write(&mut stream, &message).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// Length and message leave in one packet.
async fn write(stream: &mut BufReader<TcpStream>, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    let mut framed = Vec::with_capacity(2 + message.len());
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(message);
    stream.write_all(&framed).await
}

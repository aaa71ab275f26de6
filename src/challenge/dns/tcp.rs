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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::challenge::listen::serve_all;
    use crate::challenge::options::ChallengeOptions;

    /// What comes back of `sent` until the server closes.
    async fn exchange(sent: &[u8]) -> Vec<u8> {
        let shared = Shared::new(&std::sync::Arc::default(), &ChallengeOptions::default());
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        let port = serve_all(any, move |stream| serve(stream, shared.clone())).expect("free");
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connects");
        client.write_all(sent).await.expect("sends");
        client.shutdown().await.expect("says that nothing more comes");
        let mut answers = Vec::new();
        client.read_to_end(&mut answers).await.expect("closes");
        answers
    }

    /// A question for the addresses of `a.example`, after its length.
    fn question(id: u8) -> Vec<u8> {
        let header = [0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        let message = [&header[..], b"\x01a\x07example\0\0\x01\0\x01"].concat();
        [&[0, message.len() as u8], &message[..]].concat()
    }

    #[tokio::test]
    async fn questions_in_one_packet_are_answered_in_their_order() {
        let one = exchange(&question(1)).await;
        let length = usize::from(u16::from_be_bytes([one[0], one[1]]));
        assert_eq!((one.len(), &one[2..4]), (2 + length, &[0, 1][..]));
        let three = exchange(&[1, 2, 3].map(question).concat()).await;
        let ids: Vec<&[u8]> = three.chunks(one.len()).map(|answer| &answer[2..4]).collect();
        assert_eq!(ids, [[0, 1], [0, 2], [0, 3]]);
    }

    #[tokio::test]
    async fn what_is_no_question_ends_the_connection() {
        for sent in [&[0, 0][..], &[0, 3, 1, 2, 3], &[0, 9, 1]] {
            assert_eq!(exchange(&[sent, &question(1)].concat()).await, [0; 0], "{sent:?}");
        }
    }
}

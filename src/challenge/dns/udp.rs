//! DNS over UDP.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;

use super::answer::{Asker, Reply, reply};
use super::datagram::{self, Peer};
use crate::challenge::listen::Shared;

/// No question is longer: it is one name, and options.
const QUESTION_MAX_BYTES: usize = 4096;
/// How long to wait when the socket fails, which none of its questions can cause.
const ERROR_PAUSE: Duration = Duration::from_millis(10);

pub(super) async fn serve(socket: UdpSocket, shared: Shared) {
    let socket = Arc::new(socket);
    let mut question = vec![0; QUESTION_MAX_BYTES];
    loop {
        match datagram::receive(&socket, &mut question).await {
            Ok((length, peer)) => answer(&socket, peer, &question[..length], &shared).await,
            Err(_) => tokio::time::sleep(ERROR_PAUSE).await,
        }
    }
}

async fn answer(socket: &Arc<UdpSocket>, peer: Peer, question: &[u8], shared: &Shared) {
    match reply(question, Asker::Udp, shared) {
        Reply::Now(message) => send(socket, &message, peer).await,
        Reply::After(delay, message) => {
            let socket = Arc::clone(socket);
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                send(&socket, &message, peer).await;
            });
        }
        Reply::Never | Reply::Unreadable => {}
    }
}

/// A lost answer is asked for again: nobody needs to know why it could not be sent.
async fn send(socket: &UdpSocket, message: &[u8], peer: Peer) {
    drop(datagram::send(socket, message, &peer).await);
}

//! Reaching a host: its addresses in turn, IPv6 first.

use std::{fmt::Display, net::SocketAddr, time::Duration};

use tokio::{net::TcpStream, time::timeout};

use super::Perspective;
use crate::ca::problem::{ErrorType, Problem};

/// One address, so that there is time left for the next when nobody answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection to `port` of `host`, which is a name or an IP address. Without a port there is none.
pub(super) async fn connect(
    perspective: &Perspective,
    host: &str,
    port: Option<u16>,
) -> Result<TcpStream, Problem> {
    let Some(port) = port else {
        return Err(connection_problem(format!("nothing is validated at this port of {host}")));
    };
    let mut failure = None;
    for ip in perspective.resolver.addresses(host).await? {
        let addr = SocketAddr::new(ip, port);
        let failed = |why: &dyn Display| {
            connection_problem(format!("connecting to {addr} for {host}: {why}"))
        };
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(addr)).await {
            Ok(Ok(stream)) => {
                // Small messages must not wait for acknowledgements. Failing costs only speed.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => failure = Some(failed(&error)),
            Err(_) => {
                failure = Some(failed(&format_args!("no answer within {CONNECT_TIMEOUT:?}")));
            }
        }
    }
    Err(failure.unwrap_or_else(|| connection_problem(format!("{host} has no address"))))
}

pub(super) fn connection_problem(detail: String) -> Problem {
    Problem::new(ErrorType::Connection, detail)
}

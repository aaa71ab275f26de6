//! Makes the handshake that a script asks for, and measures it.

use std::sync::Arc;

use rhai::Map;

use super::handshake_api::Handshake;
use super::options::Call;
use crate::attacker::context::{ChainContext, current};
use crate::attacker::fiber;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{ScriptResult, ended, throw};
use crate::net::dial::Link;
use crate::net::error::NetError;
use crate::net::handshake::{self, Wanted};
use crate::record::sample::RequestSample;
use crate::sink::exchange::Exchange;

const METHOD: &str = "TLS";

type Outcome = Result<handshake::Handshake, (NetError, Link)>;

pub(super) fn handshake(target: &str, options: Map) -> ScriptResult<Handshake> {
    let chain = current()?;
    let call = Call::read(target, options).map_err(throw)?;
    let wanted = wanted(&chain, &call).map_err(throw)?;
    let shard = &chain.shard;
    let shaking = async {
        chain.next_request().await;
        let _in_flight = shard.in_flight.enter();
        handshake::shake(&wanted, &shard.client_options.guard).await
    };
    let outcome = fiber::wait(shaking).map_err(ended)?;
    let wrong = match &outcome {
        Ok(_) => None,
        Err((error, _)) => Some(format!("{}: {}", call.endpoint, error.message)),
    };
    record(&chain, &call, &outcome, wrong.as_deref());
    if let Some(observer) = &shard.observer {
        observer(&exchange(&call, &outcome));
    }
    match outcome {
        Ok(made) => Ok(Handshake::new(made)),
        Err((error, _)) => Err(throw(HostError::new(error.kind, wrong.unwrap_or(error.message)))),
    }
}

fn wanted(chain: &ChainContext, call: &Call) -> Result<Wanted, HostError> {
    let shard = &chain.shard;
    let config = shard.tls.borrow_mut().get(&call.asked, &shard.client_options.trust);
    let mut config = config.map_err(|error| {
        let told = format!("option `ca` of tls::handshake: {error}");
        HostError::new(ErrorKind::Certificate, told)
    })?;
    if call.resume {
        let sessions = chain.attacker.sessions.borrow_mut().with(&call.target);
        Arc::make_mut(&mut config).resumption = sessions;
    }
    // The shard's requests are what is counted anyway; any even count spreads them.
    let source = call.source(shard.rows.get(), chain.source);
    Ok(Wanted {
        target: call.target.clone(),
        name: call.name.clone(),
        config,
        source,
        timeout: call.timeout,
    })
}

fn link(outcome: &Outcome) -> Link {
    match outcome {
        Ok(made) => made.link,
        Err((_, link)) => *link,
    }
}

fn record(chain: &ChainContext, call: &Call, outcome: &Outcome, error: Option<&str>) {
    let Link { timings, local, remote } = link(outcome);
    chain.measured(&RequestSample {
        endpoint: &call.endpoint,
        method: METHOD,
        status: 0,
        ok: error.is_none(),
        error,
        timings,
        bytes_out: 0,
        bytes_in: 0,
        local_port: local.map_or(0, |local| local.port()),
        remote,
        reused: false,
        tags: &call.tags,
    });
}

fn exchange(call: &Call, outcome: &Outcome) -> Exchange {
    let Link { timings, local, remote } = link(outcome);
    let made = outcome.as_ref().ok();
    Exchange {
        endpoint: call.endpoint.to_string(),
        method: METHOD.to_owned(),
        url: call.target.to_string(),
        reason: made.map(told).unwrap_or_default(),
        error: outcome.as_ref().err().map(|(error, _)| error.message.clone()),
        timings,
        local_port: local.map_or(0, |local| local.port()),
        remote,
        ..Exchange::default()
    }
}

/// `TLSv1.3 TLS_AES_256_GCM_SHA384 h2, session resumed`.
fn told(made: &handshake::Handshake) -> String {
    let mut told = format!("{} {}", made.protocol, made.cipher);
    if let Some(alpn) = &made.alpn {
        told = format!("{told} {}", String::from_utf8_lossy(alpn));
    }
    if made.resumed { told + ", session resumed" } else { told }
}

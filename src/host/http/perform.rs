//! Sends what a script asks for, measures it, and judges the answer.

use std::rc::Rc;

use crate::attacker::context::{ChainContext, InFlightGuard, current};
use crate::attacker::fiber;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{ScriptResult, ended, throw};
use crate::host::http::call::Call;
use crate::host::http::expect::Expect;
use crate::host::http::problem::{self, Problem, describe};
use crate::host::http::response::{Data, Response, proto};
use crate::net::client::{self, Client, Failed, Request};
use crate::net::error::NetError;
use crate::record::sample::{RequestSample, Timings};
use crate::sink::exchange::Exchange;

/// Sends one call and waits for its answer.
pub(super) fn perform(call: Call) -> ScriptResult<Response> {
    let chain = current()?;
    let answer = async {
        chain.next_request().await;
        follow(&chain, call).await
    };
    fiber::wait(answer).map_err(ended)?.map_err(throw)
}

/// Sends all calls at once and waits for all answers.
///
/// # Errors
/// The first failure, after all have ended and been measured.
pub(super) fn perform_all(calls: Vec<Call>) -> ScriptResult<Vec<Response>> {
    let chain = current()?;
    let all = async {
        chain.next_request().await;
        futures_util::future::join_all(calls.into_iter().map(|call| follow(&chain, call))).await
    };
    let answers = fiber::wait(all).map_err(ended)?;
    answers.into_iter().collect::<Result<_, _>>().map_err(throw)
}

async fn follow(chain: &Rc<ChainContext>, mut call: Call) -> Result<Response, HostError> {
    loop {
        let request = call.request(chain);
        let sent = Sent { size: client::request_size(&request), shown: shown(chain, &request) };
        let result = {
            let client = client_for(chain, &call)?;
            let unanswered = Unanswered::new(chain, &call, &sent);
            let result = client.send(request).await;
            unanswered.answered();
            result
        };
        let answer = match result {
            Ok(answer) => answer,
            Err(failed) => return Err(fail(chain, &call, &sent, &failed)),
        };
        let mut next = None;
        if call.options.redirects > 0 && answer.status.is_redirection() {
            next = call.redirected(&answer);
        }
        let verdict = match next {
            Some(_) => Verdict::Right,
            None => judge(&call, &answer),
        };
        let row = record(chain, &call, &sent, &answer, &verdict);
        if let Some(next) = next {
            call = next;
            continue;
        }
        return match verdict {
            Verdict::Right => Ok(response(call, sent.size, answer, row, None)),
            Verdict::Wrong { message, throws: true } => {
                let judged = problem::answer(answer.status.as_u16(), &answer.body);
                chain.unexpected.replace(Some(judged));
                Err(HostError::new(ErrorKind::UnexpectedStatus, message))
            }
            Verdict::Wrong { message, .. } => {
                Ok(response(call, sent.size, answer, row, Some(message)))
            }
        };
    }
}

/// What is known of a request before its answer comes.
struct Sent {
    size: u64,
    shown: Option<Request>,
}

fn shown(chain: &ChainContext, request: &Request) -> Option<Request> {
    chain.shard.observer.is_some().then(|| request.clone())
}

fn client_for(chain: &ChainContext, call: &Call) -> Result<Client, NetError> {
    match call.options.new_connection {
        true => Client::new(&chain.shard.client_options, chain.source),
        false => Ok(chain.client().clone()),
    }
}

/// A request in flight. One that is dropped without an answer was stopped with its chain: it is
/// counted apart, and shown to whoever watches.
struct Unanswered<'a> {
    chain: &'a ChainContext,
    call: &'a Call,
    sent: &'a Sent,
    answered: bool,
    _in_flight: InFlightGuard<'a>,
}

impl<'a> Unanswered<'a> {
    fn new(chain: &'a ChainContext, call: &'a Call, sent: &'a Sent) -> Self {
        let in_flight = chain.shard.in_flight.enter();
        Self { chain, call, sent, answered: false, _in_flight: in_flight }
    }

    fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let mut cut_off = self.chain.shard.cut_off.borrow_mut();
        *cut_off.entry(self.call.endpoint.clone()).or_default() += 1;
        let stopped = NetError::new(ErrorKind::Closed, "stopped before it was answered");
        show(self.chain, self.call, self.sent, Err((&stopped, Timings::default())));
    }
}

/// Whether the right thing happened.
enum Verdict {
    Right,
    Wrong { message: String, throws: bool },
}

fn judge(call: &Call, answer: &client::Response) -> Verdict {
    let options = &call.options;
    let status = answer.status.as_u16();
    if options.expect.admits(status, &answer.body) || is_tolerated(call, answer) {
        return Verdict::Right;
    }
    let (method, endpoint) = (&call.method, label_without_method(call));
    let told = describe(&answer.body);
    let wanted = options.expect.describe();
    let message = format!("{method} {endpoint}: expected status {wanted}, got {status}: {told}");
    Verdict::Wrong { message, throws: options.throws && options.expect != Expect::Unsaid }
}

fn is_tolerated(call: &Call, answer: &client::Response) -> bool {
    let kinds = &call.options.tolerate;
    if kinds.is_empty() || answer.status.as_u16() < 400 {
        return false;
    }
    Problem::parse(&answer.body)
        .is_some_and(|problem| kinds.iter().any(|kind| kind == problem.short_kind()))
}

/// A label made from the path has the method in it already.
fn label_without_method(call: &Call) -> &str {
    let label = call.endpoint.as_str();
    label.strip_prefix(call.method.as_str()).map_or(label, str::trim_start)
}

fn record(
    chain: &ChainContext,
    call: &Call,
    sent: &Sent,
    answer: &client::Response,
    verdict: &Verdict,
) -> u64 {
    let error = match verdict {
        Verdict::Right => None,
        Verdict::Wrong { message, .. } => Some(message.as_str()),
    };
    let sample = RequestSample {
        endpoint: &call.endpoint,
        method: call.method.as_str(),
        status: answer.status.as_u16(),
        ok: error.is_none(),
        error,
        timings: answer.timings,
        bytes_out: sent.size,
        bytes_in: answer.size_in,
        local_port: answer.local.map_or(0, |local| local.port()),
        remote: answer.remote,
        reused: answer.reused,
        tags: &call.options.tags,
    };
    let row = chain.measured(&sample);
    show(chain, call, sent, Ok(answer));
    row
}

fn show(chain: &ChainContext, call: &Call, sent: &Sent, outcome: Outcome<'_>) {
    if let (Some(observer), Some(request)) = (&chain.shard.observer, &sent.shown) {
        observer(&exchange(call, request, outcome));
    }
}

fn fail(chain: &ChainContext, call: &Call, sent: &Sent, failed: &Failed) -> HostError {
    let error = &failed.error;
    let message = format!("{} {}: {}", call.method, label_without_method(call), error.message);
    let sample = RequestSample {
        endpoint: &call.endpoint,
        method: call.method.as_str(),
        status: 0,
        ok: false,
        error: Some(&message),
        timings: failed.timings,
        bytes_out: if failed.was_sent() { sent.size } else { 0 },
        bytes_in: failed.size_in,
        local_port: 0,
        remote: None,
        reused: false,
        tags: &call.options.tags,
    };
    chain.measured(&sample);
    show(chain, call, sent, Err((error, failed.timings)));
    HostError::new(error.kind, message)
}

type Outcome<'a> = Result<&'a client::Response, (&'a NetError, Timings)>;

fn exchange(call: &Call, request: &Request, outcome: Outcome<'_>) -> Exchange {
    let answer = outcome.ok();
    Exchange {
        endpoint: call.endpoint.clone(),
        method: request.method.to_string(),
        url: request.url.to_string(),
        request_headers: header_list(&request.headers),
        request_body: request.body.to_vec(),
        status: answer.map(|answer| answer.status.as_u16()),
        reason: answer
            .and_then(|answer| answer.status.canonical_reason())
            .unwrap_or_default()
            .to_owned(),
        version: answer.map_or("", |answer| proto(answer.version)).to_owned(),
        response_headers: answer.map_or_else(Vec::new, |answer| header_list(&answer.headers)),
        response_body: answer.map_or_else(Vec::new, |answer| answer.body.to_vec()),
        error: outcome.err().map(|(error, _)| error.message.clone()),
        timings: match outcome {
            Ok(answer) => answer.timings,
            Err((_, timings)) => timings,
        },
        reused: answer.is_some_and(|answer| answer.reused),
        local_port: answer.and_then(|answer| answer.local).map_or(0, |local| local.port()),
        remote: answer.and_then(|answer| answer.remote),
    }
}

fn header_list(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn response(
    call: Call,
    size_out: u64,
    answer: client::Response,
    row: u64,
    wrong: Option<String>,
) -> Response {
    Response::new(Data {
        status: answer.status.as_u16(),
        proto: proto(answer.version),
        headers: answer.headers,
        body: answer.body,
        wrong,
        received: None,
        url: call.url.into(),
        local: answer.local,
        remote: answer.remote,
        reused: answer.reused,
        timings: answer.timings,
        size_in: answer.size_in,
        size_out,
        row,
    })
}

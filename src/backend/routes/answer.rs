//! Answering a request by the routes.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Response, StatusCode, request};
use http_body_util::Full;
use rand::Rng;

use super::access::{Access, basic};
use super::form::{Form, refusal};
use super::latency::Latency;
use super::pattern::Pattern;
use super::rate_limit::{Key, Meter};
use super::template::Filling;

type Reply = Response<Full<Bytes>>;

/// A request.
pub(in crate::backend) struct Asked<'a> {
    pub(in crate::backend) head: &'a request::Parts,
    pub(in crate::backend) ip: IpAddr,
    /// The backend that was asked.
    pub(in crate::backend) id: &'a str,
}

/// What a backend answers.
#[derive(Debug)]
pub struct Routes {
    pub(super) routes: Vec<Route>,
    /// These count the requests to all routes.
    pub(super) limits: Vec<RateLimit>,
}

/// What is answered to one kind of request.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: Pattern,
    pub(super) access: Access,
    pub(super) limits: Vec<RateLimit>,
    pub(super) latency: Latency,
    pub(super) error_share: f64,
    pub(super) form: Form,
    pub(super) answered: AtomicU64,
}

/// A limit and what is answered beyond it.
#[derive(Debug)]
pub(super) struct RateLimit {
    pub(super) key: Key,
    pub(super) meter: Meter,
    pub(super) form: Form,
}

impl Routes {
    /// The answer to one request, and how long it takes. What is not found, not allowed or too much is
    /// refused at once.
    pub(in crate::backend) fn answer(&self, asked: &Asked) -> (Reply, Duration) {
        match self.admit(asked) {
            Ok((route, segments)) => {
                let dice = &mut rand::rng();
                (route.answer(asked.id, &segments, dice), route.latency.next(dice))
            }
            Err(refused) => (*refused, Duration::ZERO),
        }
    }

    fn admit<'a>(&self, asked: &Asked<'a>) -> Result<(&Route, Vec<&'a str>), Box<Reply>> {
        let (route, segments) = self.find(&asked.head.method, asked.head.uri.path())?;
        if !route.access.admits(&asked.head.headers) {
            let mut reply = refusal(StatusCode::UNAUTHORIZED, "who are you?");
            reply.headers_mut().insert(WWW_AUTHENTICATE, route.access.challenge());
            return Err(Box::new(reply));
        }
        let filling = Filling { id: asked.id, n: route.count(), segments: &segments };
        let mut limits = self.limits.iter().chain(&route.limits);
        match limits.find_map(|limit| limit.refuse(asked, filling)) {
            Some(refused) => Err(Box::new(refused)),
            None => Ok((route, segments)),
        }
    }

    /// The first route for this request, with what the stars of its path stand for.
    fn find<'a>(
        &self,
        method: &Method,
        path: &'a str,
    ) -> Result<(&Route, Vec<&'a str>), Box<Reply>> {
        // What is answered to GET is answered to HEAD, without the body (RFC 9110 section 9.3.2).
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        let mut allowed: Vec<&str> = Vec::new();
        for route in &self.routes {
            let Some(segments) = route.path.matched(path) else { continue };
            if route.method == *wanted || route.method == *method {
                return Ok((route, segments));
            }
            allowed.push(route.method.as_str());
        }
        if allowed.is_empty() {
            return Err(Box::new(refusal(StatusCode::NOT_FOUND, &format!("no route for {path}"))));
        }
        let told = format!("no route for {method} {path}");
        let mut reply = refusal(StatusCode::METHOD_NOT_ALLOWED, &told);
        // Methods are letters, which any header can hold.
        if let Ok(value) = HeaderValue::from_str(&allowed.join(", ")) {
            reply.headers_mut().insert(ALLOW, value);
        }
        Err(Box::new(reply))
    }
}

impl Route {
    fn answer(&self, id: &str, segments: &[&str], dice: &mut impl Rng) -> Reply {
        if self.error_share > 0.0 && dice.random_bool(self.error_share) {
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, "this one fails on purpose");
        }
        let n = self.answered.fetch_add(1, Ordering::Relaxed) + 1;
        self.form.fill(Filling { id, n, segments })
    }

    /// How many answers it has given.
    fn count(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}

impl RateLimit {
    /// Counts a request, and says what is answered if it is one too many.
    fn refuse(&self, asked: &Asked, filling: Filling) -> Option<Reply> {
        let headers = &asked.head.headers;
        let client = match &self.key {
            Key::Ip => asked.ip.to_string(),
            Key::User => basic(headers).map(|(user, _)| user).unwrap_or_default(),
            Key::Header(name) => {
                let value = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
                String::from_utf8_lossy(value).into_owned()
            }
        };
        let wait = self.meter.admit(&client, Instant::now()).err()?;
        let mut reply = self.form.fill(filling);
        reply.headers_mut().insert(RETRY_AFTER, whole_seconds(wait).into());
        Some(reply)
    }
}

/// Rounded up: who waits for so long may ask again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

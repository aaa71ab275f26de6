//! Reading a routes file, with the files that it names.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use http::StatusCode;
use serde_json::json;

use super::access::{self, Access};
use super::answer::{RateLimit, Route, Routes};
use super::error::RoutesError;
use super::fields::{AuthFields, FileFields, LimitFields, RouteFields};
use super::form::Form;
use super::latency::Latency;
use super::rate_limit::Meter;

impl Routes {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it, or one that it names, cannot be read, or says what is not understood.
    pub fn load(path: &Path) -> Result<Self, RoutesError> {
        let text = read(path)?;
        let fields: FileFields =
            serde_json::from_str(&text).map_err(|error| RoutesError::json(path, &error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let everyone = access_of(fields.auth.as_ref(), folder)?;
        let shared = Shared { folder, access: everyone, latency: fields.latency };
        let wrong = |told| RoutesError::Meaning { path: path.to_owned(), told };
        if fields.routes.is_empty() {
            return Err(wrong("it has no routes".to_owned()));
        }
        let routes = fields.routes.iter().zip(1..).map(|(route, number)| {
            let told = |told| wrong(format!("route {number} ({}): {told}", route.path.text()));
            shared.route(route)?.map_err(told)
        });
        let routes = routes.collect::<Result<_, RoutesError>>()?;
        let limits = limits(&fields.rate_limits, 0).map_err(wrong)?;
        Ok(Self { routes, limits })
    }
}

/// What holds for routes that do not say otherwise.
struct Shared<'a> {
    folder: &'a Path,
    access: Access,
    latency: Option<Latency>,
}

impl Shared<'_> {
    /// The outer error is a file that cannot be read, the inner one what makes no sense.
    fn route(&self, fields: &RouteFields) -> Result<Result<Route, String>, RoutesError> {
        let access = match &fields.auth {
            Some(auth) => access_of(Some(auth), self.folder)?,
            None => self.access.clone(),
        };
        Ok(self.route_with(fields, access))
    }

    fn route_with(&self, fields: &RouteFields, access: Access) -> Result<Route, String> {
        let segments = fields.path.segments();
        Ok(Route {
            method: fields.method.clone(),
            path: fields.path.clone(),
            access,
            limits: limits(&fields.rate_limits, segments)?,
            latency: fields.latency.or(self.latency).unwrap_or(Latency::Fixed(0.0)),
            error_share: fields.error_share,
            form: Form::new(fields.status, &fields.headers, fields.body.as_ref(), segments)?,
            answered: AtomicU64::new(0),
        })
    }
}

fn limits(fields: &[LimitFields], segments: usize) -> Result<Vec<RateLimit>, String> {
    let read = |limit: &LimitFields| {
        let told = json!({ "error": "too many requests" });
        let body = limit.body.as_ref().unwrap_or(&told);
        let form = Form::new(StatusCode::TOO_MANY_REQUESTS, &limit.headers, Some(body), segments)?;
        Ok(RateLimit { key: limit.key.clone(), meter: Meter::new(limit.limit), form })
    };
    fields.iter().map(read).collect()
}

fn access_of(fields: Option<&AuthFields>, folder: &Path) -> Result<Access, RoutesError> {
    let Some(fields) = fields else { return Ok(Access::default()) };
    let read_users = |file: &PathBuf| -> Result<HashMap<_, _>, RoutesError> {
        let path = folder.join(file);
        access::users(&read(&path)?).map_err(|told| RoutesError::Meaning { path, told })
    };
    let users = fields.basic.as_ref().map(read_users).transpose()?;
    Ok(Access { bearer: fields.bearer.clone(), users })
}

fn read(path: &Path) -> Result<String, RoutesError> {
    let unreadable = |source| RoutesError::Unreadable { path: path.to_owned(), source };
    std::fs::read_to_string(path).map_err(unreadable)
}

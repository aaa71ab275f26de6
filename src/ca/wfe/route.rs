//! Which handler answers which path.

use std::sync::Arc;

use super::{authenticate::Signer, call::Call, payload::Payload, reply::Reply};
use crate::ca::{jose::PublicKey, model::Account, problem::Problem};

/// One resource, or all of one kind.
pub(super) struct Route {
    /// What faults, limits and users know it by: coyote's own name for its requests.
    pub(super) endpoint: &'static str,
    /// The resource's name in the directory, if it is listed there (RFC 8555 §7.1.1).
    pub(super) directory_name: Option<&'static str>,
    /// The path; each `*` stands for one segment that is not empty.
    pub(super) path: &'static str,
    pub(super) action: Action,
}

pub(super) type Outcome = Result<Reply, Problem>;

/// How a resource is asked for, and by whom.
pub(super) enum Action {
    /// GET or HEAD, by anybody.
    Get(fn(&Call<'_>) -> Outcome),
    /// The same, or POST-as-GET by an account: what RFC 8555 §6.3 demands of the two resources that a
    /// client needs before anything else.
    GetOrPostAsGet(fn(&Call<'_>) -> Outcome),
    /// POST signed with a key that comes along (`jwk`).
    ByKey(fn(&Call<'_>, PublicKey, &Payload) -> Outcome),
    /// POST signed by an account (`kid`).
    ByAccount(fn(&Call<'_>, &Arc<Account>, &Payload) -> Outcome),
    /// POST signed in either of these ways.
    ByKeyOrAccount(fn(&Call<'_>, Signer, &Payload) -> Outcome),
}

impl Action {
    /// The methods for an `Allow` header.
    pub(super) fn allow(&self) -> &'static str {
        match self {
            Self::Get(_) => "GET, HEAD",
            Self::GetOrPostAsGet(_) => "GET, HEAD, POST",
            Self::ByKey(_) | Self::ByAccount(_) | Self::ByKeyOrAccount(_) => "POST",
        }
    }
}

/// The segments that stand where a route's path has `*`.
pub(super) type Captures<'a> = [&'a str; 2];

/// The route among `routes` that `path` belongs to.
pub(super) fn find<'r, 'p>(
    routes: &'r [Route],
    path: &'p str,
) -> Option<(&'r Route, Captures<'p>)> {
    routes.iter().find_map(|route| Some((route, matches(route.path, path)?)))
}

/// What the `*` of `pattern` stand for in `path`, if they match.
pub(super) fn matches<'p>(pattern: &str, path: &'p str) -> Option<Captures<'p>> {
    let mut captures = [""; 2];
    let mut free = captures.iter_mut();
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        if wanted != "*" {
            if segment != wanted {
                return None;
            }
        } else if segment.is_empty() {
            return None;
        } else {
            *free.next()? = segment;
        }
    }
    segments.next().is_none().then_some(captures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::wfe::ROUTES;

    #[test]
    fn patterns_match_whole_paths() {
        assert_eq!(matches("/acme/order/*", "/acme/order/1"), Some(["1", ""]));
        assert_eq!(matches("/a/*/*", "/a/1/b"), Some(["1", "b"]));
        for path in ["/acme/order/", "/acme/order", "/acme/order/1/", "/acme/order/1/x", "", "/"] {
            assert_eq!(matches("/acme/order/*", path), None, "{path}");
        }
    }

    #[test]
    fn every_route_is_found_by_its_own_path() {
        for route in ROUTES {
            let (found, _) = find(ROUTES, &route.path.replace('*', "1")).expect(route.path);
            assert_eq!(found.path, route.path);
        }
    }
}

//! The names of endpoints, as options of faults and limits have them.

use indexmap::IndexSet;

use super::{
    ROUTES,
    route::{Action, Route},
    v1,
};
use crate::nearest::nearest;

/// The endpoint called `name`.
///
/// # Errors
/// A sentence that names the nearest one, or all.
pub(in crate::ca) fn endpoint(name: &str) -> Result<&'static str, String> {
    all().find(|endpoint| *endpoint == name).ok_or_else(|| {
        if let Some(near) = nearest(name, all()) {
            return format!("there is no endpoint `{name}`; did you mean `{near}`?");
        }
        let names: IndexSet<&str> = all().collect();
        let names: Vec<&str> = names.into_iter().collect();
        format!("there is no endpoint `{name}`; there are {}", names.join(", "))
    })
}

/// Whether requests to `endpoint` carry a nonce: those that must be signed do (RFC 8555 §6.5).
pub(in crate::ca) fn takes_nonces(endpoint: &str) -> bool {
    let is_signed =
        |route: &Route| !matches!(route.action, Action::Get(_) | Action::GetOrPostAsGet(_));
    let of_rfc_8555 = ROUTES.iter().any(|route| route.endpoint == endpoint && is_signed(route));
    of_rfc_8555 || v1::takes_nonces(endpoint)
}

fn all() -> impl Iterator<Item = &'static str> {
    let dialect = v1::ROUTES.iter().map(|route| route.endpoint);
    ROUTES.iter().map(|route| route.endpoint).chain(dialect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_of_requests() {
        for name in ["directory", "new-nonce", "new-account", "finalize", "certificate", "new-reg"]
        {
            assert_eq!(endpoint(name), Ok(name));
        }
        let error = endpoint("new-oder").expect_err("misspelt");
        assert!(error.contains("`new-order`"), "{error}");
        let error = endpoint("xyz").expect_err("unknown");
        assert!(error.contains("new-order, new-authz, revoke-cert"), "{error}");
    }
}

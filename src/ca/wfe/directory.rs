//! The directory (RFC 8555 §7.1.1).

use serde_json::{Map, Value, json};

use super::{ROUTES, call::Call, new_authz, reply::Reply, route::Outcome, terms};

pub(in crate::ca) const PATH: &str = "/directory";

/// What CAA records name this CA by (RFC 8659 §4.2); a name that nobody can own.
const CAA_IDENTITY: &str = "ca.coyote.test";

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let mut directory: Map<String, Value> = ROUTES
        .iter()
        .filter_map(|route| Some((route.directory_name?, route.path.trim_end_matches("/*"))))
        .filter(|(_, path)| call.ca.new_authz || *path != new_authz::PATH)
        .map(|(name, path)| (name.to_owned(), call.url(path).into()))
        .collect();
    let meta = json!({
        "termsOfService": call.url(terms::PATH),
        "website": call.base,
        "caaIdentities": [CAA_IDENTITY],
        "externalAccountRequired": call.ca.eab.required,
        "profiles": call.ca.profiles.describe(),
    });
    directory.insert("meta".to_owned(), meta);
    Ok(Reply::json(&directory))
}

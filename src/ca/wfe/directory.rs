//! The directory (RFC 8555 §7.1.1).

use serde_json::{Map, Value, json};

use super::{ROUTES, call::Call, new_authz, reply::Reply, route::Outcome, terms, v1};
use crate::ca::va::CAA_IDENTITY;

pub(in crate::ca) const PATH: &str = "/directory";

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let mut directory: Map<String, Value> = ROUTES
        .iter()
        .filter_map(|route| Some((route.directory_name?, route.path.trim_end_matches("/*"))))
        .filter(|(_, path)| call.ca.new_authz || *path != new_authz::PATH)
        .map(|(name, path)| (name.to_owned(), call.url(path).into()))
        .collect();
    if call.ca.v1.is_some() {
        directory.extend(
            v1::DIRECTORY.iter().map(|(name, path)| ((*name).to_owned(), call.url(path).into())),
        );
    }
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

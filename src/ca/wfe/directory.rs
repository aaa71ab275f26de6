//! The directory (RFC 8555 §7.1.1).

use serde_json::{Map, Value, json};

use super::{ROUTES, call::Call, reply::Reply, terms, v1};
use crate::ca::va::CAA_IDENTITY;

pub(in crate::ca) const PATH: &str = "/directory";

pub(super) fn get(call: &Call<'_>) -> Reply {
    let mut directory: Map<String, Value> = ROUTES
        .iter()
        .filter_map(|route| Some((route.directory_name?.to_owned(), call.url(route.path).into())))
        .collect();
    if call.ca.v1.is_some() {
        directory.extend(
            v1::DIRECTORY.iter().map(|(name, path)| ((*name).to_owned(), call.url(path).into())),
        );
    }
    let mut meta = json!({
        "termsOfService": call.url(terms::PATH),
        "website": call.base,
        "externalAccountRequired": false,
    });
    if call.ca.perspective.resolver.looks_up_addresses() {
        meta["caaIdentities"] = json!([CAA_IDENTITY]);
    }
    directory.insert("meta".to_owned(), meta);
    Reply::json(&directory)
}

//! A revocation list's members as scripts see them.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::{certificate_error, certificate_of};
use crate::host::convert::{ScriptResult, bytes_of, throw};
use crate::pki::crl;

/// A revocation list; copying it copies a pointer.
#[derive(Debug, Clone)]
pub struct Crl(Rc<crl::Crl>);

#[export_module]
mod api {
    use rhai::{Dynamic, ImmutableString};

    /// Who publishes it, as certificates name their issuer.
    #[rhai_fn(global, get = "issuer", pure)]
    pub fn issuer(list: &mut Crl) -> ImmutableString {
        list.0.issuer.as_str().into()
    }

    /// When it was made, in seconds since 1970.
    #[rhai_fn(global, get = "this_update", pure)]
    pub fn this_update(list: &mut Crl) -> i64 {
        list.0.this_update
    }

    /// When the next one will be there, in seconds since 1970, or `()`.
    #[rhai_fn(global, get = "next_update", pure)]
    pub fn next_update(list: &mut Crl) -> Dynamic {
        list.0.next_update.map_or(Dynamic::UNIT, Dynamic::from)
    }

    /// Its number in decimal digits, or `()`.
    #[rhai_fn(global, get = "number", pure)]
    pub fn number(list: &mut Crl) -> Dynamic {
        list.0.number.clone().map_or(Dynamic::UNIT, Dynamic::from)
    }

    /// How many certificates it names.
    #[rhai_fn(global, get = "count", pure)]
    pub fn count(list: &mut Crl) -> i64 {
        list.0.revoked.len() as i64
    }

    /// What it says of the certificate with this serial number (as its property `serial`): `()`, or a
    /// map of `at`, in seconds since 1970, and `reason`, a code of RFC 5280 section 5.3.1.
    ///
    /// # Example
    /// ```rhai
    /// let leaf = x509::parse(acme::issue(acme::account(), [rand::domain()]).pem);
    /// for url in leaf.crl_urls {
    ///     let list = x509::crl(http::get(url).bytes);
    ///     check::that("not revoked", list.revocation(leaf.serial) == ());
    /// }
    /// ```
    #[rhai_fn(global, pure)]
    pub fn revocation(list: &mut Crl, serial: &str) -> Dynamic {
        super::revocation(list, serial)
    }
}

/// Its example has every property.
const DOC: &[&str] = &[
    "/// A certificate revocation list, read.",
    "///",
    "/// # Example",
    "/// ```rhai",
    "/// let leaf = x509::parse(acme::issue(acme::account(), [rand::domain()]).pem);",
    "/// for url in leaf.crl_urls {",
    "///     let list = x509::crl(http::get(url).bytes);",
    "///     check::that(\"its issuer's\", list.issuer == leaf.issuer && list.count >= 0);",
    "///     check::that(\"there\", list.this_update <= time::now() && list.number != ());",
    "///     check::that(\"for a while\", list.next_update > list.this_update);",
    "/// }",
    "/// ```",
];

/// Adds the type and its members to the `x509` module.
pub(super) fn add_to(module: &mut Module) {
    module.set_custom_type_with_comments::<Crl>("Crl", DOC);
    rhai::combine_with_exported_module!(module, "crl", api);
}

pub(super) fn read(list: &Dynamic, issuer: Option<Dynamic>) -> ScriptResult<Crl> {
    let issuer = issuer.map(|issuer| certificate_of("x509::crl", issuer)).transpose()?;
    let bytes = bytes_of(list).map_err(throw)?;
    crl::Crl::read(&bytes, issuer.as_deref())
        .map(|list| Crl(Rc::new(list)))
        .map_err(|error| certificate_error(&error))
}

fn revocation(list: &Crl, serial: &str) -> Dynamic {
    let Some(found) = list.0.revoked.get(&serial.to_ascii_lowercase()) else {
        return Dynamic::UNIT;
    };
    let reason = i64::from(found.reason);
    Map::from([("at".into(), found.at.into()), ("reason".into(), reason.into())]).into()
}

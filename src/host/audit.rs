//! `audit`: what clients ask for and what is confirmed to them, for a comparison with the database.

use std::sync::Arc;

use aws_lc_rs::digest;
use rcgen::PublicKeyData;
use rhai::plugin::*;
use rhai::{Dynamic, ImmutableString, Map};

use crate::attacker::context::current;
use crate::attacker::fiber;
use crate::audit::entry::{KeyDigest, Leaf, Step};
use crate::audit::identifier::IdentifierDigest;
use crate::audit::names::Names;
use crate::audit::run_audit::RunAudit;
use crate::audit::serial::Serial;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{ScriptResult, at, ended, throw, throw_as};
use crate::host::x509::Certificate;
use crate::pki::key::PrivateKey;
use crate::record::audit_block::AuditBlock;

/// Notes for the audit (`--audit`), which compares after the run what the CA told its clients with what
/// its database holds.
///
/// The modules `acme` and `acme_v1` call these; a script that speaks to the CA without them does it
/// itself. What is asked for is noted before the request is sent: if no answer comes, either state of
/// the row is right. Without an audit, all of them do nothing.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use crate::host::x509::Certificate;
    use crate::pki::key::PrivateKey;
    use rhai::{Dynamic, Map};

    /// Whether this run makes notes for an audit.
    ///
    /// # Example
    /// ```rhai
    /// if audit::is_on() { log::info("what the CA confirms is noted"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn is_on(ctx: NativeCallContext) -> ScriptResult<bool> {
        super::at(&ctx, super::is_on())
    }

    /// The CA answered for the account at `url`, which has `key` and this `status`.
    ///
    /// # Example
    /// ```rhai
    /// let account = acme::account();
    /// audit::account(account.url, account.key, "valid");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn account(url: &str, key: PrivateKey, status: &str) -> ScriptResult<()> {
        super::note(|audit| audit.ledger.account(url, super::digest_of(&key), status))
    }

    /// A request is about to be sent that asks to deactivate the account at `url`.
    ///
    /// # Example
    /// ```rhai
    /// audit::deactivating(acme::register().url);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn deactivating(url: &str) -> ScriptResult<()> {
        super::note(|audit| audit.ledger.deactivating(url))
    }

    /// A request is about to be sent that asks for another key for the account at `url`.
    ///
    /// # Example
    /// ```rhai
    /// audit::changing_key(acme::register().url);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn changing_key(url: &str) -> ScriptResult<()> {
        super::note(|audit| audit.ledger.changing_key(url))
    }

    /// The CA confirmed that the account at `url` has `key` from now on.
    ///
    /// # Example
    /// ```rhai
    /// let account = acme::account();
    /// audit::key_changed(account.url, account.key);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn key_changed(url: &str, key: PrivateKey) -> ScriptResult<()> {
        super::note(|audit| audit.ledger.key_changed(url, super::digest_of(&key)))
    }

    /// The CA answered for the order at `url` of the account at `account_url`, which has this `status`.
    ///
    /// # Example
    /// ```rhai
    /// let account = acme::account();
    /// let order = acme::new_order(account, [rand::domain()]);
    /// audit::order(order.url, account.url, order.status);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn order(url: &str, account_url: &str, status: &str) -> ScriptResult<()> {
        super::note(|audit| audit.ledger.order(url, account_url, status))
    }

    /// A request is about to be sent that finalizes the order at `url`.
    ///
    /// # Example
    /// ```rhai
    /// audit::finalizing(acme::new_order(acme::account(), [rand::domain()]).url);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn finalizing(url: &str) -> ScriptResult<()> {
        super::note(|audit| audit.ledger.finalizing(url))
    }

    /// The CA answered for the authorization at `url` of the account at `account_url` with `authz`, the
    /// object that it sent. Only one that is valid, invalid or deactivated is noted.
    ///
    /// # Example
    /// ```rhai
    /// let account = acme::account();
    /// let url = acme::new_order(account, [rand::domain()]).authorizations[0];
    /// let authz = acme::authorize_one(account, url);
    /// audit::authz(authz, url, account.url);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn authz(authz: &mut Map, url: &str, account_url: &str) -> ScriptResult<()> {
        super::authz(authz, url, account_url)
    }

    /// A request is about to be sent that asks to deactivate the authorization at `url`.
    ///
    /// # Example
    /// ```rhai
    /// let order = acme::new_order(acme::account(), [rand::domain()]);
    /// audit::deactivating_authz(order.authorizations[0]);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn deactivating_authz(url: &str) -> ScriptResult<()> {
        super::note(|audit| audit.ledger.deactivating_authorization(url))
    }

    /// The account at `account_url` downloaded a certificate, as `x509::parse` returns it: that of the
    /// order at `order_url`, or of none, `()`.
    ///
    /// # Example
    /// ```rhai
    /// let account = acme::account();
    /// let issued = acme::issue(account, [rand::domain()]);
    /// audit::certificate(x509::parse(issued.pem), account.url, issued.url);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn certificate(
        leaf: Certificate,
        account_url: &str,
        order_url: Dynamic,
    ) -> ScriptResult<()> {
        super::certificate(&leaf, account_url, &order_url)
    }

    /// A request is about to be sent that asks to revoke a certificate, as `x509::parse` returns it, by
    /// the account at `account_url` or by its own key, `()`, for `reason` (a code of RFC 5280 section
    /// 5.3.1) or for none, `()`.
    ///
    /// Without these, the reason that the database has is not compared.
    ///
    /// # Example
    /// ```rhai
    /// let account = acme::account();
    /// let leaf = x509::parse(acme::issue(account, [rand::domain()]).pem);
    /// audit::revoking(leaf, account.url, 4);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn revoking(leaf: Certificate, account_url: Dynamic, reason: Dynamic) -> ScriptResult<()> {
        super::revoking(&leaf, &account_url, &reason)
    }

    /// See the overload with the reason.
    #[rhai_fn(name = "revoking", return_raw)]
    pub fn revoking_for_any(leaf: Certificate) -> ScriptResult<()> {
        super::revoking(&leaf, &Dynamic::UNIT, &Dynamic::UNIT)
    }

    /// The CA confirmed that it has revoked a certificate.
    ///
    /// # Example
    /// ```rhai
    /// let leaf = x509::parse(acme::issue(acme::account(), [rand::domain()]).pem);
    /// acme::revoke(acme::account(), leaf);
    /// audit::revoked(leaf);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn revoked(leaf: Certificate) -> ScriptResult<()> {
        super::revoked(&leaf, super::Step::Confirmed)
    }

    /// The CA said that it had revoked a certificate before (`alreadyRevoked`).
    ///
    /// # Example
    /// ```rhai
    /// let leaf = x509::parse(acme::issue(acme::account(), [rand::domain()]).pem);
    /// acme::revoke(acme::account(), leaf);
    /// audit::was_revoked(leaf);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn was_revoked(leaf: Certificate) -> ScriptResult<()> {
        super::revoked(&leaf, super::Step::WasSo)
    }

    /// Compares all that was noted so far with the database, and returns what the summary's `audit` has:
    /// `compared`, `lost`, `doubled`, `contradicting`, `notes`, `took_s`. Of what is lost and so on, `count`
    /// says how many rows, and `tables`, by name, `count`, `left_out` and `findings`: maps of `id`, `rows`,
    /// `confirmed`, `found`.
    ///
    /// Meant for `teardown()`: while chains run, answers are on their way. The run's summary has the last
    /// one.
    ///
    /// Errors: `no_database` when the run has none; `argument` when nothing was noted, because neither
    /// `--audit` was given nor a script calls `boulder::audit()` or this itself; `database` when it could
    /// not be made.
    ///
    /// # Example
    /// ```rhai
    /// if audit::is_on() { check::that("nothing lost", audit::make().lost.count == 0); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn make(ctx: NativeCallContext) -> ScriptResult<Map> {
        super::at(&ctx, super::make())
    }
}

/// Has `f` note something, if this run makes an audit.
fn note(f: impl FnOnce(&RunAudit)) -> ScriptResult<()> {
    if let Some(audit) = &current()?.shard.audit {
        f(audit);
    }
    Ok(())
}

fn is_on() -> ScriptResult<bool> {
    Ok(current()?.shard.audit.is_some())
}

/// What Boulder finds an account by.
fn digest_of(key: &PrivateKey) -> KeyDigest {
    sha256(&key.subject_public_key_info())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// What is noted of a certificate; one whose serial number is too long is passed over, as no CA may
/// issue it (RFC 5280 section 4.1.2.2).
fn leaf_of(certificate: &Certificate) -> Option<Leaf> {
    let mut digest = [0; 8];
    digest.copy_from_slice(&sha256(&certificate.der)[..8]);
    let serial = Serial::from_bytes(&certificate.serial)?;
    Some(Leaf { serial, names: Names::of(certificate.names.iter().map(String::as_str)), digest })
}

fn certificate(leaf: &Certificate, account_url: &str, order_url: &Dynamic) -> ScriptResult<()> {
    note(|audit| {
        let Some(leaf) = leaf_of(leaf) else { return };
        audit.ledger.certificate(&leaf, account_url, text(Some(order_url)).as_deref());
    })
}

/// Takes the map by reference: a copy would cost more than the note.
fn authz(authz: &Map, url: &str, account_url: &str) -> ScriptResult<()> {
    note(|audit| {
        let Some(status) = text(authz.get("status")) else { return };
        audit.ledger.authorization(url, account_url, identifier_of(authz), &status);
    })
}

/// What an authorization is for (RFC 8555 section 7.1.4).
fn identifier_of(authz: &Map) -> Option<IdentifierDigest> {
    let identifier = authz.get("identifier")?.read_lock::<Map>()?;
    let is_wildcard = authz.get("wildcard").is_some_and(|it| it.as_bool() == Ok(true));
    let (kind, value) = (text(identifier.get("type"))?, text(identifier.get("value"))?);
    Some(IdentifierDigest::of(&kind, &value, is_wildcard))
}

/// What a script gave, if it is text.
fn text(given: Option<&Dynamic>) -> Option<ImmutableString> {
    // Shared, not copied.
    given?.read_lock::<ImmutableString>().map(|text| text.clone())
}

fn revoking(leaf: &Certificate, account_url: &Dynamic, reason: &Dynamic) -> ScriptResult<()> {
    note(|audit| {
        if let Some(serial) = Serial::from_bytes(&leaf.serial) {
            let account_url = text(Some(account_url));
            audit.ledger.revoking(serial, account_url.as_deref(), reason.as_int().ok());
        }
    })
}

fn revoked(leaf: &Certificate, step: Step) -> ScriptResult<()> {
    note(|audit| {
        if let Some(leaf) = leaf_of(leaf) {
            audit.ledger.revoked(&leaf, step);
        }
    })
}

fn make() -> ScriptResult<Map> {
    let chain = current()?;
    let Some(audit) = chain.shard.audit.as_ref().map(Arc::clone) else {
        return Err(throw(match chain.shard.database {
            Some(_) => HostError::argument("audit::make: nothing was noted; give --audit"),
            None => HostError::new(
                ErrorKind::NoDatabase,
                "audit::make: this run has no database: give --mysql",
            ),
        }));
    };
    match fiber::wait(async move { audit.make().await }).map_err(ended)? {
        AuditBlock::Made(block) => {
            let map = rhai::serde::to_dynamic(block)?;
            Ok(map.cast::<Map>())
        }
        AuditBlock::Unmade(unmade) => {
            let told = format!("the audit could not be made: {}", unmade.error);
            Err(throw_as(ErrorKind::Database, &told))
        }
    }
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}

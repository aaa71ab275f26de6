//! Reading the tables back: what a CA must know to go on.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::value::RawValue;

use super::{
    StoreError, authz2,
    backend::Backend,
    cells::Cells,
    certificate_status, certificates,
    coyote_ca::{self, Kept},
    date,
    fault::DOUBLE,
    issued_names,
    orders::{self, OrderRow},
    registrations,
    tables::TABLES,
    value::Value,
};
use crate::ca::{
    clock::Moment,
    identifier::Identifier,
    issuer::{Issuer, Serial},
    model::{Account, Authz, Certificate, Order},
    profiles::Profiles,
};

/// What has not ended, by id.
pub(in crate::ca) struct Records {
    pub(in crate::ca) accounts: Vec<Account>,
    pub(in crate::ca) orders: Vec<Order>,
    pub(in crate::ca) authzs: Vec<Authz>,
    pub(in crate::ca) certificates: Vec<Certificate>,
    /// The lowest id that no client was ever told.
    pub(in crate::ca) next_id: u64,
}

/// What the CA's own table has.
#[derive(Default)]
pub(super) struct Own {
    /// As PEM; none in a new store.
    pub(super) issuer: Option<String>,
    /// The first id that is not reserved; 0 in a new store.
    reserved: u64,
    accounts: HashMap<u64, (Vec<String>, Option<Arc<RawValue>>)>,
    orders: HashMap<u64, (Option<Moment>, Option<Moment>)>,
}

impl Own {
    pub(super) fn read(backend: &mut dyn Backend) -> Result<Self, StoreError> {
        let mut own = Self::default();
        backend.each(&coyote_ca::TABLE, "id >= 0", &mut |row| {
            match coyote_ca::read(row)? {
                Kept::Issuer(pem) => own.issuer = Some(pem),
                Kept::Ids(end) => own.reserved = end,
                Kept::Account(id, contact, binding) => {
                    own.accounts.insert(id, (contact, binding));
                }
                Kept::Order(id, not_before, not_after) => {
                    own.orders.insert(id, (not_before, not_after));
                }
            }
            Ok(())
        })?;
        Ok(own)
    }
}

/// Everything that has not ended by `now`.
pub(super) fn records(
    backend: &mut dyn Backend,
    mut own: Own,
    issuer: &Issuer,
    profiles: &Profiles,
    now: Moment,
) -> Result<Records, StoreError> {
    let lasts = format!("> '{}'", date::write(now));
    let certificates = certificates_of(backend, &lasts)?;
    let mut rows = order_rows(backend, &lasts, issuer)?;
    // One that has ended counts as long as what it replaces.
    let live: HashSet<Serial> = certificates.iter().map(|it| it.serial).collect();
    rows.retain(|row| row.expires > now || row.replaces.is_some_and(|it| live.contains(&it)));
    let authzs = authzs_of(backend, &lasts, &rows, now)?;
    let names: HashMap<u64, &Identifier> =
        authzs.iter().map(|authz| (authz.id, &authz.identifier)).collect();
    let order = |row: OrderRow| {
        let (not_before, not_after) = own.orders.remove(&row.id).unwrap_or_default();
        let names = row.authzs.iter().filter_map(|id| names.get(id).copied());
        Order {
            id: row.id,
            account: row.account,
            created: row.created,
            expires: row.expires,
            identifiers: names.cloned().collect(),
            authzs: row.authzs,
            // One that is no longer offered is as the default one.
            profile: Arc::clone(profiles.find_or_default(&row.profile)),
            not_before,
            not_after,
            replaces: row.replaces,
            issuance: row.issuance,
        }
    };
    let orders = rows.into_iter().map(order).collect();
    let accounts = accounts(backend, &mut own)?;
    // Stores of before there were reserved ids have rows only.
    let next_id = own.reserved.max(last_id(backend)? + 1);
    Ok(Records { accounts, orders, authzs, certificates, next_id })
}

fn accounts(backend: &mut dyn Backend, own: &mut Own) -> Result<Vec<Account>, StoreError> {
    let mut accounts = Vec::new();
    backend.each(&registrations::TABLE, &no_double(), &mut |row| {
        let mut account = registrations::read(row)?;
        if let Some((contact, binding)) = own.accounts.remove(&account.id) {
            (account.contact, account.binding) = (contact, binding);
        }
        accounts.push(account);
        Ok(())
    })?;
    Ok(accounts)
}

fn order_rows(
    backend: &mut dyn Backend,
    lasts: &str,
    issuer: &Issuer,
) -> Result<Vec<OrderRow>, StoreError> {
    let mut rows = Vec::new();
    let condition = format!("{} AND (expires {lasts} OR replaces <> '')", no_double());
    backend.each(&orders::TABLE, &condition, &mut |row| {
        rows.push(orders::read(row, issuer)?);
        Ok(())
    })?;
    Ok(rows)
}

/// Those that last, and those that an order needs to say what it is of.
fn authzs_of(
    backend: &mut dyn Backend,
    lasts: &str,
    orders: &[OrderRow],
    now: Moment,
) -> Result<Vec<Authz>, StoreError> {
    let wanted: HashSet<u64> = orders.iter().flat_map(|order| &order.authzs).copied().collect();
    let first = wanted.iter().min().copied().unwrap_or(DOUBLE);
    let condition = format!("{} AND (expires {lasts} OR id >= {first})", no_double());
    let mut authzs = Vec::new();
    backend.each(&authz2::TABLE, &condition, &mut |row| {
        let authz = authz2::read(row)?;
        if authz.expires > now || wanted.contains(&authz.id) {
            authzs.push(authz);
        }
        Ok(())
    })?;
    Ok(authzs)
}

fn certificates_of(backend: &mut dyn Backend, lasts: &str) -> Result<Vec<Certificate>, StoreError> {
    let mut revocations = HashMap::new();
    let revoked = certificate_status::REVOKED;
    let condition = format!("status = '{revoked}' AND notAfter {lasts}");
    backend.each(&certificate_status::TABLE, &condition, &mut |row| {
        let (serial, revocation) = certificate_status::read_revoked(row)?;
        revocations.insert(serial, revocation);
        Ok(())
    })?;
    let mut certificates = Vec::new();
    let condition = format!("{} AND expires {lasts}", no_double());
    backend.each(&certificates::CERTIFICATES, &condition, &mut |row| {
        let mut certificate = certificates::read(row)?;
        certificate.revocation = revocations.remove(&certificate.serial);
        certificates.push(certificate);
        Ok(())
    })?;
    Ok(certificates)
}

/// Names have ids made of their certificate's.
fn last_id(backend: &mut dyn Backend) -> Result<u64, StoreError> {
    let mut last = 0;
    for table in TABLES.iter().filter(|table| table.name != issued_names::TABLE.name) {
        let (name, condition) = (table.name, no_double());
        let sql = format!("SELECT id FROM {name} WHERE {condition} ORDER BY id DESC LIMIT 1");
        let mut read = |row: &[Value]| Cells(row).id().map(|id| last = last.max(id));
        backend
            .read(&sql, &mut read)
            .map_err(|error| backend.unusable(error))?
            .map_err(|why| StoreError::BadRow { place: backend.place(), table: name, why })?;
    }
    Ok(last)
}

/// What was written twice on purpose counts once.
fn no_double() -> String {
    format!("id < {DOUBLE}")
}

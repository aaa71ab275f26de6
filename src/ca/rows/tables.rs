//! Which tables there are.

use super::{
    authz2, certificate_status, certificates, coyote_ca, issued_names, orders, registrations,
    revoked_certificates, table::Table,
};

/// Every table, in the order in which a batch of rows is written: none names what comes later.
pub(super) static TABLES: &[&Table] = &[
    &registrations::TABLE,
    &authz2::TABLE,
    &certificates::SERIALS,
    &certificates::PRECERTIFICATES,
    &certificates::CERTIFICATES,
    &certificate_status::TABLE,
    &issued_names::TABLE,
    &revoked_certificates::TABLE,
    &orders::TABLE,
    &coyote_ca::TABLE,
];

/// The table called `name`, whatever its case.
pub(super) fn find(name: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|table| table.name.eq_ignore_ascii_case(name))
}

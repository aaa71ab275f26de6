//! What must hold between the tables, whatever was asked of the CA.

use std::path::Path;

use rusqlite::Connection;

/// Queries that count what must not be.
pub(crate) const NEVER: [(&str, &str); 9] = [
    (
        "a certificate without a status",
        "SELECT COUNT(*) FROM certificates c WHERE NOT EXISTS \
         (SELECT 1 FROM certificateStatus s WHERE s.serial = c.serial)",
    ),
    (
        "a certificate without a serial",
        "SELECT COUNT(*) FROM certificates c WHERE NOT EXISTS \
         (SELECT 1 FROM serials s WHERE s.serial = c.serial)",
    ),
    (
        "a certificate without a precertificate",
        "SELECT COUNT(*) FROM certificates c WHERE NOT EXISTS \
         (SELECT 1 FROM precertificates p WHERE p.serial = c.serial)",
    ),
    (
        "a certificate without a name",
        "SELECT COUNT(*) FROM certificates c WHERE NOT EXISTS \
         (SELECT 1 FROM issuedNames n WHERE n.serial = c.serial)",
    ),
    (
        "a certificate of nobody",
        "SELECT COUNT(*) FROM certificates c WHERE NOT EXISTS \
         (SELECT 1 FROM registrations r WHERE r.id = c.registrationID)",
    ),
    (
        "a certificate twice",
        "SELECT COUNT(*) FROM (SELECT serial FROM certificates GROUP BY serial \
         HAVING COUNT(*) > 1) doubled",
    ),
    (
        "an order that leads nowhere",
        "SELECT COUNT(*) FROM orders o WHERE certificateSerial <> '' AND NOT EXISTS \
         (SELECT 1 FROM certificates c WHERE c.serial = o.certificateSerial)",
    ),
    (
        "a revocation in one table only",
        "SELECT (SELECT COUNT(*) FROM certificateStatus WHERE status = 'revoked') <> \
         (SELECT COUNT(*) FROM revokedCertificates)",
    ),
    (
        "a valid authorization that nothing was tried for",
        "SELECT COUNT(*) FROM authz2 WHERE status = 1 AND (attempted IS NULL OR attemptedAt IS NULL)",
    ),
];

/// Fails the test unless none of [`NEVER`] is there.
#[track_caller]
pub(crate) fn sound(count: impl Fn(&str) -> u32) {
    for (what, sql) in NEVER {
        assert_eq!(count(sql), 0, "{what}");
    }
}

/// The number that `sql` finds in the SQLite file.
#[track_caller]
pub(crate) fn count(file: &Path, sql: &str) -> u32 {
    let connection = Connection::open(file).expect("it is a database");
    connection.query_row(sql, [], |row| row.get(0)).expect(sql)
}

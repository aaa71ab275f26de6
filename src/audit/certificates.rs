//! Certificates, in the tables that know them by their serial number.

use std::collections::HashMap;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::findings::{Findings, Sort, Subject, Unmade};
use super::ledger::{Certificate, Ledger, Step};
use super::lookup::{Cell, IDS_PER_QUESTION, Lookup, rows_of};
use super::names::Names;
use super::scope::Scope;
use super::serial::Serial;
use super::unindexed::{NAMES, REVOKED, Unindexed};

const CERTIFICATES: &str = "certificates";
const STATUSES: &str = "certificateStatus";
/// Tables that only have to have one row for each.
const ONE_EACH: [&str; 2] = ["serials", "precertificates"];
/// All that a CA may do without.
pub const OPTIONAL: [&str; 4] = [ONE_EACH[0], ONE_EACH[1], NAMES, REVOKED];

type BySerial = HashMap<Serial, Vec<Vec<Cell>>>;

/// Compares the certificates with these serial numbers, which clients hold.
///
/// # Errors
/// When the database cannot be asked.
pub async fn compare(
    ledger: &Ledger,
    lookup: &impl Lookup,
    scope: &Scope,
    serials: &[Serial],
    findings: &mut Findings,
) -> Result<(), Unmade> {
    if serials.is_empty() {
        return Ok(());
    }
    let unindexed = Unindexed::read(ledger, lookup, scope, serials).await?;
    for serials in serials.chunks(IDS_PER_QUESTION) {
        let issued = by_serial(lookup, CERTIFICATES, ", registrationID, digest", serials).await?;
        let statuses = by_serial(lookup, STATUSES, ", status", serials).await?;
        let mut one_each = Vec::new();
        for table in ONE_EACH.into_iter().filter(|table| scope.has(table)) {
            one_each.push((table, by_serial(lookup, table, "", serials).await?));
        }
        for serial in serials {
            let Some(certificate) = ledger.certificates.get(*serial) else { continue };
            let mut judge = Judge { serial: *serial, certificate, findings };
            judge.issued(rows(&issued, *serial));
            judge.status(rows(&statuses, *serial));
            for (table, found) in &one_each {
                judge.one(table, rows(found, *serial).len());
            }
            // Of a certificate that an earlier run was issued, names may be where nobody looked.
            if let Some(names) = unindexed.names(*serial).filter(|_| certificate.account.is_some())
            {
                judge.names(names);
            }
            if let Some(count) = unindexed.revoked(*serial) {
                judge.revoked(count);
            }
        }
    }
    Ok(())
}

async fn by_serial(
    lookup: &impl Lookup,
    table: &'static str,
    further: &str,
    serials: &[Serial],
) -> Result<BySerial, Unmade> {
    let cells = serials.iter().map(|serial| Cell::Text(serial.to_string()));
    let mut found = BySerial::new();
    for row in rows_of(lookup, table, "serial", further, cells).await? {
        if let Some(serial) = Serial::from_hex(row[0].text()) {
            found.entry(serial).or_default().push(row);
        }
    }
    Ok(found)
}

fn rows(found: &BySerial, serial: Serial) -> &[Vec<Cell>] {
    found.get(&serial).map_or(&[], Vec::as_slice)
}

/// One certificate, while its rows are looked at.
struct Judge<'a> {
    serial: Serial,
    certificate: Certificate,
    findings: &'a mut Findings,
}

impl Judge<'_> {
    fn add(&mut self, sort: Sort, table: &str, confirmed: &str, found: impl Into<String>) {
        self.findings.add(sort, table, Subject::Certificate(self.serial), confirmed, found);
    }

    fn one(&mut self, table: &str, count: usize) -> bool {
        self.findings.expect_one(table, Subject::Certificate(self.serial), "issued", count)
    }

    fn issued(&mut self, rows: &[Vec<Cell>]) {
        self.one(CERTIFICATES, rows.len());
        for row in rows {
            if let (Some(account), Some(has)) = (self.certificate.account, row[1].id())
                && account != has
            {
                let confirmed = format!("issued to account {account}");
                let found = format!("of account {has}");
                self.add(Sort::Contradicting, CERTIFICATES, &confirmed, found);
            }
            let digest = row[2].text();
            let is_of_it = BASE64_URL_SAFE_NO_PAD
                .decode(digest)
                .is_ok_and(|bytes| bytes.starts_with(&self.certificate.digest));
            if !is_of_it {
                let found = format!("digest {digest}, which is another certificate's");
                self.add(Sort::Contradicting, CERTIFICATES, "issued", found);
            }
        }
    }

    fn status(&mut self, rows: &[Vec<Cell>]) {
        let is_revoked = self.certificate.revocation >= Step::WasSo;
        let confirmed = if is_revoked { "revoked" } else { "good" };
        self.one(STATUSES, rows.len());
        for row in rows {
            let status = row[1].text();
            let fits = match self.certificate.revocation {
                Step::NotAsked => status == "good",
                Step::Asked => matches!(status, "good" | "revoked"),
                Step::WasSo | Step::Confirmed => status == "revoked",
            };
            if !fits {
                self.add(Sort::Contradicting, STATUSES, confirmed, format!("status {status}"));
            }
        }
    }

    fn names(&mut self, found: Names) {
        let expected = self.certificate.names;
        let confirmed = format!("{} names", expected.count);
        let told = format!("{} rows", found.count);
        match found.count.cmp(&expected.count) {
            std::cmp::Ordering::Less => self.add(Sort::Lost, NAMES, &confirmed, told),
            std::cmp::Ordering::Greater => self.add(Sort::Doubled, NAMES, &confirmed, told),
            std::cmp::Ordering::Equal if found != expected => {
                self.add(Sort::Contradicting, NAMES, &confirmed, "as many, but others");
            }
            std::cmp::Ordering::Equal => {}
        }
    }

    fn revoked(&mut self, count: usize) {
        match (self.certificate.revocation, count) {
            // If it was revoked before the run, its row is not among those that were read.
            (Step::Confirmed, 0) => self.add(Sort::Lost, REVOKED, "revoked", "no row"),
            (Step::NotAsked, 1..) => self.add(Sort::Contradicting, REVOKED, "good", "a row"),
            (_, 2..) => self.add(Sort::Doubled, REVOKED, "revoked", format!("{count} rows")),
            _ => {}
        }
    }
}

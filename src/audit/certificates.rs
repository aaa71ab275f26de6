//! Certificates, in the tables that know them by their serial number.

use std::cmp::Ordering;
use std::collections::HashMap;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::entry::{Certificate, Step};
use super::findings::{Differences, Finding, Findings, Subject, Unmade};
use super::ledger::Ledger;
use super::lookup::{Cell, IDS_PER_QUESTION, Lookup, rows_of};
use super::names::Names;
use super::reasons::Reasons;
use super::scope::Scope;
use super::serial::Serial;
use super::unindexed::{NAMES, REVOKED, Unindexed};
use crate::sink::human::counted;

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
        let statuses = by_serial(lookup, STATUSES, ", status, revokedReason", serials).await?;
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
            if let Some(reasons) = unindexed.revoked(*serial) {
                judge.revoked(reasons);
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
    fn one(&mut self, table: &str, count: usize) {
        self.findings.expect_one(table, Subject::Certificate(self.serial), "issued", count);
    }

    fn differing(&mut self, table: &str, differences: &Differences) {
        self.findings.add_differences(table, Subject::Certificate(self.serial), differences);
    }

    fn issued(&mut self, rows: &[Vec<Cell>]) {
        self.one(CERTIFICATES, rows.len());
        for row in rows {
            let mut differences = Differences::default();
            if let (Some(account), Some(has)) = (self.certificate.account, row[1].id())
                && account != has
            {
                let confirmed = format!("issued to account {account}");
                differences.add(confirmed, format!("of account {has}"));
            }
            let digest = row[2].text();
            let is_of_it = BASE64_URL_SAFE_NO_PAD
                .decode(digest)
                .is_ok_and(|bytes| bytes.starts_with(&self.certificate.digest));
            if !is_of_it {
                let found = format!("digest {digest}, which is another certificate's");
                differences.add("issued", found);
            }
            self.differing(CERTIFICATES, &differences);
        }
    }

    fn status(&mut self, rows: &[Vec<Cell>]) {
        let is_revoked = self.certificate.revocation >= Step::WasSo;
        let confirmed = if is_revoked { "revoked" } else { "good" };
        self.one(STATUSES, rows.len());
        for row in rows {
            let mut differences = Differences::default();
            let status = row[1].text();
            let fits = match self.certificate.revocation {
                Step::NotAsked => status == "good",
                Step::Asked => matches!(status, "good" | "revoked"),
                Step::WasSo | Step::Confirmed => status == "revoked",
            };
            if !fits {
                differences.add(confirmed, format!("status {status}"));
            } else if status == "revoked" {
                self.reason(Reasons::of_cell(&row[2]), &mut differences);
            }
            self.differing(STATUSES, &differences);
        }
    }

    fn reason(&self, has: Reasons, differences: &mut Differences) {
        // Of one that was revoked before, somebody else gave the reason.
        if self.certificate.revocation != Step::Confirmed || self.certificate.reasons.allow(has) {
            return;
        }
        let confirmed = format!("revoked for reason {}", self.certificate.reasons);
        differences.add(confirmed, format!("reason {has}"));
    }

    fn names(&mut self, found: Names) {
        let expected = self.certificate.names;
        let finding = |rows: u32| Finding {
            table: NAMES,
            subject: Subject::Certificate(self.serial),
            rows: rows.into(),
            confirmed: counted(expected.count.into(), "name"),
            found: counted(found.count.into(), "row"),
        };
        match found.count.cmp(&expected.count) {
            Ordering::Less => self.findings.add_lost(finding(expected.count - found.count)),
            Ordering::Greater => self.findings.add_doubled(finding(found.count - expected.count)),
            // How many of them cannot be known.
            Ordering::Equal if found != expected => {
                let found = "as many, but others".to_owned();
                self.findings.add_contradicting(Finding { found, ..finding(1) });
            }
            Ordering::Equal => {}
        }
    }

    /// `rows` are the reasons that its rows have.
    fn revoked(&mut self, rows: &[Reasons]) {
        let finding = |rows: usize, confirmed: &str, found: String| Finding {
            table: REVOKED,
            subject: Subject::Certificate(self.serial),
            rows: rows as u64,
            confirmed: confirmed.to_owned(),
            found,
        };
        match (self.certificate.revocation, rows.len()) {
            // If it was revoked before the run, its row is not among those that were read.
            (Step::Confirmed, 0) => {
                self.findings.add_lost(finding(1, "revoked", "no row".to_owned()));
            }
            (Step::NotAsked, 1..) => {
                let found = format!("a row with reason {}", rows[0]);
                self.findings.add_contradicting(finding(rows.len(), "good", found));
            }
            (_, count @ 2..) => {
                self.findings.add_doubled(finding(count - 1, "revoked", format!("{count} rows")));
            }
            _ => {}
        }
        for has in rows {
            let mut differences = Differences::default();
            self.reason(*has, &mut differences);
            self.differing(REVOKED, &differences);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{ACCOUNT, Tables, compared, leaf, ledger, tables, wrong};

    #[test]
    fn each_column_counts() {
        for (change, told) in [
            (
                "certificates SET registrationID = 8",
                "certificates: issued to account 7; of account 8",
            ),
            (
                "certificates SET digest = 'AAAA'",
                "certificates: issued; digest AAAA, which is another certificate's",
            ),
            ("certificateStatus SET status = 'revoked'", "certificateStatus: good; status revoked"),
            (
                "issuedNames SET reversedName = 'com.c' WHERE id = 1",
                "issuedNames: 2 names; as many, but others",
            ),
        ] {
            let tables = tables();
            tables.run(&format!("UPDATE {change}"));
            assert_eq!(wrong(&ledger(), &tables), format!("contradicting {told}"), "{change}");
        }
        let tables = tables();
        tables.run("INSERT INTO revokedCertificates SELECT NULL, serial, 4 FROM serials");
        let told = "contradicting revokedCertificates: good; a row with reason 4";
        assert_eq!(wrong(&ledger(), &tables), told);
    }

    #[test]
    fn each_name_is_a_row() {
        let (few, many) = (tables(), tables());
        few.run("DELETE FROM issuedNames");
        assert_eq!(wrong(&ledger(), &few), "lost issuedNames: 2 names; 0 rows");
        assert_eq!(compared(&ledger(), &few).lost.count, 2);
        many.run("INSERT INTO issuedNames SELECT NULL, serial, reversedName FROM issuedNames");
        assert_eq!(wrong(&ledger(), &many), "doubled issuedNames: 2 names; 4 rows");
        assert_eq!(compared(&ledger(), &many).doubled.count, 2);
    }

    /// With a row for the certificate in both tables.
    fn revoked(reasons: [i64; 2]) -> Tables {
        let tables = tables();
        tables.run(&format!(
            "UPDATE certificateStatus SET status = 'revoked', revokedReason = {};
             INSERT INTO revokedCertificates SELECT NULL, serial, {} FROM serials",
            reasons[0], reasons[1]
        ));
        tables
    }

    #[test]
    fn a_revocation_must_be_in_both_tables() {
        let ledger = ledger();
        ledger.revoking(leaf().serial, Some(ACCOUNT), None);
        ledger.revoked(&leaf(), Step::Confirmed);
        assert_eq!(
            wrong(&ledger, &tables()),
            "lost revokedCertificates: revoked; no row\n\
             contradicting certificateStatus: revoked; status good"
        );
        let tables = revoked([0, 0]);
        assert_eq!(wrong(&ledger, &tables), "");
        assert_eq!(compared(&ledger, &tables).compared.revocations, 1);
        tables.run("INSERT INTO revokedCertificates SELECT NULL, serial, 0 FROM serials");
        assert_eq!(wrong(&ledger, &tables), "doubled revokedCertificates: revoked; 2 rows");
    }

    #[test]
    fn the_reason_that_was_given_must_be_in_both_tables() {
        let given = |reason| {
            let ledger = ledger();
            ledger.revoking(leaf().serial, Some(ACCOUNT), reason);
            ledger.revoked(&leaf(), Step::Confirmed);
            ledger
        };
        assert_eq!(wrong(&given(Some(4)), &revoked([4, 4])), "");
        assert_eq!(wrong(&given(None), &revoked([4, 3])), "", "none was given");
        for (reasons, table) in [([1, 4], "certificateStatus"), ([4, 1], "revokedCertificates")] {
            let told = format!("contradicting {table}: revoked for reason 4; reason 1");
            assert_eq!(wrong(&given(Some(4)), &revoked(reasons)), told);
        }
        let again = given(Some(4));
        again.revoking(leaf().serial, None, Some(1));
        again.revoked(&leaf(), Step::WasSo);
        assert_eq!(wrong(&again, &revoked([1, 4])), "", "either may have come first");
        let earlier = Ledger::default();
        earlier.revoking(leaf().serial, Some(ACCOUNT), Some(4));
        earlier.revoked(&leaf(), Step::WasSo);
        assert_eq!(wrong(&earlier, &revoked([3, 3])), "", "somebody else's reason");
    }

    #[test]
    fn a_certificate_of_an_earlier_run_needs_only_its_own_rows() {
        let ledger = Ledger::default();
        ledger.revoking(leaf().serial, Some(ACCOUNT), None);
        ledger.revoked(&leaf(), Step::WasSo);
        let tables = tables();
        tables.run("DELETE FROM issuedNames; UPDATE certificateStatus SET status = 'revoked'");
        assert_eq!(wrong(&ledger, &tables), "");
    }
}

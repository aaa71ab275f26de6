//! Tables that have no index of serial numbers: they are read through, from where the run began.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::entry::Step;
use super::findings::Unmade;
use super::ledger::Ledger;
use super::lookup::{Cell, Lookup, rows_between};
use super::names::Names;
use super::reasons::Reasons;
use super::scope::Scope;
use super::serial::Serial;

/// The names that certificates were issued for.
pub const NAMES: &str = "issuedNames";
/// The certificates that the lists of revoked ones name.
pub const REVOKED: &str = "revokedCertificates";

/// What these tables have about some certificates.
pub struct Unindexed {
    names: Option<HashMap<Serial, Names>>,
    /// The reason of each row.
    revoked: Option<HashMap<Serial, Vec<Reasons>>>,
}

impl Unindexed {
    /// Reads the rows of the run, and all others only if some are missing among these: not every CA
    /// gives later rows higher ids.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn read(
        ledger: &Ledger,
        lookup: &impl Lookup,
        scope: &Scope,
        serials: &[Serial],
    ) -> Result<Self, Unmade> {
        let mut unindexed = Self { names: None, revoked: None };
        let certificates = || {
            let known = |serial: &Serial| Some((*serial, ledger.certificates.get(*serial)?));
            serials.iter().filter_map(known)
        };
        if let Some(ids) = scope.ids_of_run(NAMES) {
            let mut names = HashMap::<Serial, Names>::new();
            let add = |row: &[Cell], serial| {
                names.entry(serial).or_default().add(row[2].text());
            };
            let part = Part { table: NAMES, further: ", serial, reversedName", serials };
            let earlier = part.read(lookup, ids, add).await?;
            let is_missing = certificates().any(|(serial, certificate)| {
                certificate.account.is_some()
                    && names.get(&serial).map_or(0, |names| names.count) < certificate.names.count
            });
            if is_missing {
                let add = |row: &[Cell], serial| {
                    names.entry(serial).or_default().add(row[2].text());
                };
                part.read(lookup, earlier, add).await?;
            }
            unindexed.names = Some(names);
        }
        if let Some(ids) = scope.ids_of_run(REVOKED) {
            let mut revoked = HashMap::<Serial, Vec<Reasons>>::new();
            let part = Part { table: REVOKED, further: ", serial, revokedReason", serials };
            let add = |row: &[Cell], serial| {
                revoked.entry(serial).or_default().push(Reasons::of_cell(&row[2]));
            };
            let earlier = part.read(lookup, ids, add).await?;
            let is_missing = certificates().any(|(serial, certificate)| {
                certificate.revocation == Step::Confirmed && !revoked.contains_key(&serial)
            });
            if is_missing {
                let add = |row: &[Cell], serial| {
                    revoked.entry(serial).or_default().push(Reasons::of_cell(&row[2]));
                };
                part.read(lookup, earlier, add).await?;
            }
            unindexed.revoked = Some(revoked);
        }
        Ok(unindexed)
    }

    /// The names of a certificate; `None` if the table cannot be asked.
    pub fn names(&self, serial: Serial) -> Option<Names> {
        Some(self.names.as_ref()?.get(&serial).copied().unwrap_or_default())
    }

    /// The reasons of the rows that say that a certificate is revoked; `None` if the table cannot be
    /// asked.
    pub fn revoked(&self, serial: Serial) -> Option<&[Reasons]> {
        Some(self.revoked.as_ref()?.get(&serial).map_or(&[], Vec::as_slice))
    }
}

/// One of these tables.
struct Part<'a> {
    table: &'static str,
    further: &'a str,
    /// In order.
    serials: &'a [Serial],
}

impl Part<'_> {
    /// Calls `each` with the rows about the certificates that are asked for, whose ids are in `ids`;
    /// returns the ids before these.
    async fn read(
        &self,
        lookup: &impl Lookup,
        ids: RangeInclusive<i64>,
        mut each: impl FnMut(&[Cell], Serial),
    ) -> Result<RangeInclusive<i64>, Unmade> {
        let earlier = 0..=ids.start() - 1;
        let wanted = |row: &[Cell]| {
            let serial = Serial::from_hex(row[1].text());
            if let Some(serial) = serial.filter(|it| self.serials.binary_search(it).is_ok()) {
                each(row, serial);
            }
        };
        rows_between(lookup, self.table, self.further, ids, wanted).await?;
        Ok(earlier)
    }
}

//! Which accounts, orders, authorizations and certificates to compare.

use super::entry::{Account, Authorization, Certificate, Order, Step};
use super::findings::{Findings, Subject, Unmade};
use super::ledger::Ledger;
use super::lookup::Lookup;
use super::scope::Scope;
use super::serial::Serial;
use super::{accounts, authorizations, certificates, orders};
use crate::record::audit_block::SubjectsBlock;

/// Their ids, in order.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    accounts: Vec<u64>,
    orders: Vec<u64>,
    authorizations: Vec<u64>,
    certificates: Vec<Serial>,
}

impl Subjects {
    /// All that the CA answered for, of those that can be compared.
    pub(super) fn all(ledger: &Ledger, scope: &Scope) -> Self {
        let authorizations = match scope.has(authorizations::TABLE) {
            true => ledger.authorizations.ids(Authorization::is_confirmed),
            false => Vec::new(),
        };
        Self {
            accounts: ledger.accounts.ids(|account: &Account| account.is_confirmed),
            orders: ledger.orders.ids(|order: &Order| order.is_confirmed),
            authorizations,
            certificates: ledger
                .certificates
                .ids(|certificate: &Certificate| certificate.is_confirmed),
        }
    }

    /// These.
    pub(super) fn of(subjects: &[Subject]) -> Self {
        let mut ids = Self::default();
        for subject in subjects {
            match subject {
                Subject::Account(id) => ids.accounts.push(*id),
                Subject::Order(id) => ids.orders.push(*id),
                Subject::Authorization(id) => ids.authorizations.push(*id),
                Subject::Certificate(serial) => ids.certificates.push(*serial),
            }
        }
        ids.accounts.sort_unstable();
        ids.orders.sort_unstable();
        ids.authorizations.sort_unstable();
        ids.certificates.sort_unstable();
        ids
    }

    /// How many there are.
    pub(super) fn count(&self, ledger: &Ledger) -> SubjectsBlock {
        let is_revoked = |serial: &&Serial| {
            let certificate = ledger.certificates.get(**serial);
            certificate.is_some_and(|certificate| certificate.revocation >= Step::WasSo)
        };
        SubjectsBlock {
            accounts: self.accounts.len() as u64,
            orders: self.orders.len() as u64,
            authorizations: self.authorizations.len() as u64,
            certificates: self.certificates.len() as u64,
            revocations: self.certificates.iter().filter(is_revoked).count() as u64,
        }
    }

    /// Compares them once.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(super) async fn compare(
        &self,
        ledger: &Ledger,
        lookup: &impl Lookup,
        scope: &Scope,
    ) -> Result<Findings, Unmade> {
        let mut findings = Findings::default();
        accounts::compare(ledger, lookup, &self.accounts, &mut findings).await?;
        orders::compare(ledger, lookup, scope, &self.orders, &mut findings).await?;
        authorizations::compare(ledger, lookup, scope, &self.authorizations, &mut findings).await?;
        certificates::compare(ledger, lookup, scope, &self.certificates, &mut findings).await?;
        Ok(findings)
    }
}

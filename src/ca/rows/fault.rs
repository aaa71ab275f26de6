//! A CA made to get its rows wrong, for tests of those who compare them with what it said:
//! `TABLE:WHAT:WHEN`.

use std::{collections::HashSet, fmt, str::FromStr};

use rand::Rng;

use super::{table::Table, tables, value::Value};
use crate::ca::faults::When;

/// Set in the id of a row's double, which no other id has.
pub(super) const DOUBLE: u64 = 1 << 62;

/// What goes wrong with a table's rows, and how often.
#[derive(Debug, Clone)]
pub struct StoreFault {
    table: &'static Table,
    what: What,
    when: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// The row is never written.
    Lose,
    /// It is there twice.
    Double,
    /// It says something else than clients were told.
    Contradict,
}

impl FromStr for StoreFault {
    type Err = String;

    /// Reads `certificates:lose:0.01`, `orders:double:next:3`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once(':')
            .and_then(|(table, rest)| rest.split_once(':').map(|(what, when)| (table, what, when)));
        let Some((table, what, when)) = parts else {
            return Err(format!(
                "`{text}` is no fault of a table; write TABLE:WHAT:WHEN, such as \
                 certificates:lose:0.01"
            ));
        };
        let table = tables::find(table).ok_or_else(|| {
            let known: Vec<&str> = tables::TABLES.iter().map(|table| table.name).collect();
            format!("there is no table `{table}`; there are {}", known.join(", "))
        })?;
        let what = match what {
            "lose" => What::Lose,
            "double" if table.is_unique() => {
                return Err(format!("{} has a unique key: no row can be there twice", table.name));
            }
            "double" => What::Double,
            "contradict" if table.contradict.is_none() => {
                return Err(format!("{} says nothing that could be contradicted", table.name));
            }
            "contradict" => What::Contradict,
            other => {
                return Err(format!("`{other}` is no fault; use lose, double or contradict"));
            }
        };
        Ok(Self { table, what, when: when.parse()? })
    }
}

/// The faults that are set, and the rows that met them: what is wrong once stays wrong.
pub(super) struct Faults(Vec<Active>);

struct Active {
    fault: StoreFault,
    struck: HashSet<u64>,
    spared: HashSet<u64>,
}

impl Faults {
    pub(super) fn new(faults: &[StoreFault]) -> Self {
        let active = |fault: &StoreFault| Active {
            fault: fault.clone(),
            struck: HashSet::new(),
            spared: HashSet::new(),
        };
        Self(faults.iter().map(active).collect())
    }

    /// The ids under which the row is to be written: none, its own, or one more.
    pub(super) fn strike(
        &mut self,
        table: &'static Table,
        id: u64,
        values: &mut [Value],
    ) -> [Option<u64>; 2] {
        let mut ids = [Some(id), None];
        for active in &mut self.0 {
            if !std::ptr::eq(active.fault.table, table) || !active.strikes(id) {
                continue;
            }
            match (active.fault.what, table.contradict) {
                (What::Lose, _) => return [None, None],
                (What::Double, _) => ids[1] = Some(id | DOUBLE),
                (What::Contradict, Some(contradict)) => contradict(values),
                (What::Contradict, None) => {}
            }
        }
        ids
    }
}

impl Active {
    /// Decides when a row comes for the first time. Only a CA with faults remembers its rows.
    fn strikes(&mut self, id: u64) -> bool {
        if self.struck.contains(&id) || self.spared.contains(&id) {
            return self.struck.contains(&id);
        }
        let strikes = match &mut self.fault.when {
            When::Share(share) => rand::rng().random_bool(share.clamp(0.0, 1.0)),
            When::Next(0) => false,
            When::Next(left) => {
                *left -= 1;
                true
            }
        };
        if strikes { &mut self.struck } else { &mut self.spared }.insert(id);
        strikes
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::Lose => "lose",
            What::Double => "double",
            What::Contradict => "contradict",
        };
        write!(f, "{}:{what}:{}", self.table.name, self.when)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> StoreFault {
        text.parse().expect(text)
    }

    #[test]
    fn survives_text() {
        for text in ["certificates:lose:0.01", "orders:double:next:3"] {
            assert_eq!(fault(text).to_string(), text);
        }
        assert_eq!(fault("CERTIFICATESTATUS:contradict:1").table.name, "certificateStatus");
    }

    #[test]
    fn refuses_what_cannot_happen() {
        for (text, told) in [
            ("certificates", "write TABLE:WHAT:WHEN"),
            ("certs:lose:1", "there is no table `certs`; there are registrations, authz2"),
            ("orders:drop:1", "`drop` is no fault"),
            ("registrations:double:1", "unique key"),
            ("issuedNames:contradict:1", "says nothing"),
            ("orders:lose:often", "often"),
        ] {
            let error = text.parse::<StoreFault>().expect_err(text);
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_wrong_stays_wrong() {
        let mut faults = Faults::new(&[fault("orders:lose:next:1"), fault("authz2:double:1")]);
        let mut strike = |name, id| {
            faults.strike(tables::find(name).expect("a table"), id, &mut []).map(|id| id)
        };
        assert_eq!(strike("orders", 5), [None, None]);
        assert_eq!(strike("orders", 6), [Some(6), None]);
        assert_eq!(strike("orders", 5), [None, None]);
        assert_eq!(strike("authz2", 5), [Some(5), Some(5 | DOUBLE)]);
    }
}

//! `issuedNames`: which names certificates were issued for, and when.

use std::time::Duration;

use super::{
    sheets::Sheets,
    table::{Index, Table},
    value::Value,
};
use crate::ca::{clock::Moment, identifier::Identifier, model::Certificate};

pub(super) static TABLE: Table = Table {
    name: "issuedNames",
    id: "bigint(20)",
    columns: &[
        ("reversedName", "varchar(640) NOT NULL"),
        ("notBefore", "datetime NOT NULL"),
        ("serial", "varchar(255) NOT NULL"),
        ("renewal", "tinyint(1) NOT NULL DEFAULT 0"),
    ],
    indexes: &[Index {
        name: "reversedName_notBefore_Idx",
        columns: "reversedName, notBefore",
        unique: false,
    }],
    contradict: None,
};

/// A certificate has at most a hundred names: its id and their place make ids of their own.
const PLACE_BITS: u32 = 7;
const DAY_S: u64 = 24 * 3600;

pub(super) fn put(sheets: &mut Sheets<'_>, certificate: &Certificate) {
    let start = certificate.dates.0;
    let into_day = Duration::from_secs(Moment::EPOCH.until(start).as_secs() % DAY_S);
    for (place, identifier) in (0..).zip(certificate.identifiers.iter()) {
        let values = [
            Value::text(reversed(identifier)),
            // To the day, as Boulder has it.
            Value::Time(start.before(into_day)),
            Value::text(certificate.serial.to_string()),
            Value::flag(false),
        ];
        sheets.put(&TABLE, certificate.id << PLACE_BITS | place, values);
    }
}

/// `com.example.www`; addresses stay as they are.
fn reversed(identifier: &Identifier) -> String {
    match identifier {
        Identifier::Dns(name) => name.rsplit('.').collect::<Vec<_>>().join("."),
        Identifier::Ip(_) => identifier.text().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_reversed_by_label() {
        let name = Identifier::Dns("*.www.example.com".to_owned());
        assert_eq!(reversed(&name), "com.example.www.*");
        assert_eq!(reversed(&Identifier::Ip([10, 0, 0, 1].into())), "10.0.0.1");
    }
}

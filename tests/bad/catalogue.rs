//! Every row of the catalogue has its cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::common::scratch::own_script;

/// The rows of the catalogue of malformed requests.
const ROWS: std::ops::RangeInclusive<u32> = 1..=132;

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(own_script("bad")).expect("scripts/bad is there");
    entries.map(|entry| entry.expect("it can be read").path()).collect()
}

/// The rows that a file's cases are about.
fn rows_of(text: &str) -> BTreeSet<u32> {
    let after = text.split(", row: ").skip(1);
    let digits = after.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or(""));
    digits.map(|digits| digits.parse().expect("a row is a number")).collect()
}

#[test]
fn every_row_has_a_case_in_one_file() {
    let mut seen = BTreeSet::new();
    for file in files() {
        let text = fs::read_to_string(&file).expect("scripts are text");
        let rows = rows_of(&text);
        let twice: Vec<_> = seen.intersection(&rows).collect();
        assert!(twice.is_empty(), "{}: rows of another file: {twice:?}", file.display());
        seen.extend(rows);
    }
    assert_eq!(seen, ROWS.collect());
}

/// Else a case that the CA accepts might be one that broke nothing, or one for which it rejects all.
#[test]
fn each_file_sends_what_it_breaks_unbroken() {
    for file in files() {
        let text = fs::read_to_string(&file).expect("scripts are text");
        let has_cases = text.contains("\nfn cases() ");
        assert!(!has_cases || text.contains("name: \"unbroken\""), "{}", file.display());
    }
}

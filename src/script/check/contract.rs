//! The functions that coyote itself calls in a script.

use super::problem::Finding;
use super::unit::Unit;
use crate::nearest::nearest;
use crate::script::source::function_position;
use rhai::Position;

/// Name, the numbers of parameters coyote can call it with, and how to write it.
const CONTRACT: &[(&str, &[usize], &str)] = &[
    ("options", &[0], "write `fn options()`"),
    ("ready", &[0], "write `fn ready()`"),
    ("setup", &[0], "write `fn setup()`"),
    ("chain", &[0, 1], "write `fn chain()` or `fn chain(data)`"),
    ("cases", &[0], "write `fn cases()`"),
    ("teardown", &[0, 1], "write `fn teardown()` or `fn teardown(data)`"),
];

/// What is wrong with the script as a whole.
pub(super) fn findings(unit: &Unit) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CONTRACT
        .iter()
        .flat_map(|&(name, allowed, how)| {
            let declared = unit.functions.params(name).into_iter();
            let wrong = declared.filter(|params| !allowed.contains(params));
            wrong.map(move |params| wrong_params(unit, name, params, how))
        })
        .collect();
    findings.extend(CONTRACT.iter().filter_map(|&(name, ..)| declared_twice(unit, name)));
    findings.extend(entry(unit));
    findings
}

/// `chain()` beside `chain(data)`: coyote calls one of them, and which is anybody's guess.
fn declared_twice(unit: &Unit, name: &str) -> Option<Finding> {
    if unit.functions.params(name).len() < 2 {
        return None;
    }
    let at = function_position(&unit.text, name).unwrap_or(Position::START);
    let message = format!("`{name}` is there more than once, with different parameters");
    Some(Finding::new(at, message).hint(Some("coyote calls one of them: remove the other")))
}

fn wrong_params(unit: &Unit, name: &str, params: usize, how: &str) -> Finding {
    let at = function_position(&unit.text, name).unwrap_or(Position::START);
    let plural = if params == 1 { "" } else { "s" };
    let message = format!("`{name}` cannot be called with {params} parameter{plural}");
    Finding::new(at, message).hint(Some(how))
}

/// A script has one entry: `chain` or `cases`.
fn entry(unit: &Unit) -> Option<Finding> {
    let defines = |name| unit.functions.contains(name) || unit.lost.iter().any(|lost| lost == name);
    match (defines("chain"), defines("cases")) {
        (true, false) | (false, true) => None,
        (true, true) => {
            let at = function_position(&unit.text, "cases").unwrap_or(Position::START);
            let message = "a script has either `chain` or `cases`, this one has both";
            Some(Finding::new(at, message))
        }
        (false, false) => {
            let finding = Finding::new(Position::START, "no function `chain`");
            let near =
                unit.functions.names().find(|name| nearest(name, ["chain", "cases"]).is_some());
            Some(match near {
                Some(near) => finding.hint(Some(format!("is `{near}` meant to be it?"))),
                None => finding.hint(Some("coyote runs `fn chain()`, or each of `fn cases()`")),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::script::fixture::check_script;

    #[test]
    fn an_entry_is_needed() {
        assert_eq!(
            check_script("fn helper() { 1 }"),
            ["1:1: no function `chain`; coyote runs `fn chain()`, or each of `fn cases()`"]
        );
        assert_eq!(
            check_script("fn chian() { 1 }"),
            ["1:1: no function `chain`; is `chian` meant to be it?"]
        );
        assert_eq!(
            check_script("fn chain() { 1 }\nfn cases() { [] }"),
            ["2:1: a script has either `chain` or `cases`, this one has both"]
        );
        assert_eq!(check_script("fn cases() { [] }"), [""; 0]);
        assert_eq!(check_script("fn chain(data) { data }"), [""; 0]);
    }

    #[test]
    fn a_function_that_coyote_calls_is_there_once() {
        assert_eq!(
            check_script("fn chain() { 1 }\nfn chain(data) { data }\nfn x() { 1 }\nfn x(a) { a }"),
            ["1:1: `chain` is there more than once, with different parameters; coyote calls one \
              of them: remove the other"]
        );
    }

    #[test]
    fn coyote_calls_with_fixed_parameters() {
        let text = "fn options(a) { a }\nfn ready(a) { a }\nfn setup(a) { a }\n\
                    fn chain(a, b) { a + b }\nfn teardown(a, b) { a + b }";
        assert_eq!(
            check_script(text),
            [
                "1:1: `options` cannot be called with 1 parameter; write `fn options()`",
                "2:1: `ready` cannot be called with 1 parameter; write `fn ready()`",
                "3:1: `setup` cannot be called with 1 parameter; write `fn setup()`",
                "4:1: `chain` cannot be called with 2 parameters; write `fn chain()` or \
                 `fn chain(data)`",
                "5:1: `teardown` cannot be called with 2 parameters; write `fn teardown()` or \
                 `fn teardown(data)`",
            ]
        );
        assert_eq!(
            check_script("fn cases(a) { a }"),
            ["1:1: `cases` cannot be called with 1 parameter; write `fn cases()`"]
        );
    }
}

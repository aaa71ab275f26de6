//! Functions of a script that what it imports would get instead of the engine's.
//!
//! Rhai looks for a bare name in the calling script before it looks among its own, so `fn sleep(s)` in
//! a script is what the stdlib's `sleep(1)` calls. A module's own functions have names of their own
//! (`own_names`), so only the engine's can be taken.

use std::collections::BTreeMap;
use std::rc::Rc;

use rhai::Position;

use super::checker::collect;
use super::problem::Finding;
use super::unit::Unit;
use crate::script::source;

/// A finding for each function of `unit` that a file it imports calls, meaning the engine's.
pub(super) fn findings(unit: &Unit) -> Vec<Finding> {
    let mut imported = BTreeMap::new();
    unit.imports.iter().for_each(|import| collect(import, &mut imported));
    let taken = |name: &str| {
        let params = unit.functions.params(name);
        let by = imported.values().find(|other| params.iter().any(|&n| calls(other, name, n)))?;
        let at = source::function_position(&unit.text, name).unwrap_or(Position::NONE);
        let message = format!("`{name}` of {} would call this function", by.file);
        Some(Finding::new(at, message).hint(Some("take another name")))
    };
    unit.functions.names().filter_map(taken).collect()
}

/// Whether `unit` calls a function of this name that is not its own.
fn calls(unit: &Rc<Unit>, name: &str, params: usize) -> bool {
    let Some(uses) = &unit.uses else { return false };
    let bare = |call: &super::uses::Call| call.target.path.is_empty() && call.target.name == name;
    let by_name = uses.calls.iter().any(|call| bare(call) && call.args == params);
    let as_method = uses.methods.iter().any(|call| call.name == name && call.args == params);
    !unit.functions.params(name).contains(&params) && (by_name || as_method)
}

#[cfg(test)]
mod tests {
    use crate::script::check::Checker;
    use crate::script::fixture;

    fn problems(functions: &str) -> Vec<String> {
        let client = "private fn send(n) { n }\n\
                      fn poll(list) { sleep(1); send(1); list.len() }";
        let stdlib = [("client".to_owned(), client.to_owned())].into();
        let mut checker = Checker::new(fixture::engine(), stdlib, fixture::OPTION_KEYS);
        let text =
            format!("import \"client\" as client;\n{functions}\nfn chain() {{ client::poll([]) }}");
        let problems = checker.script("x.rhai".as_ref(), &text);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_an_import_would_call_is_told() {
        let told = "`sleep` of client would call this function; take another name";
        assert_eq!(problems("fn sleep(s) { s }"), [format!("x.rhai:2:1: {told}")]);
        assert_eq!(problems("fn len() { this }").len(), 1);
    }

    #[test]
    fn other_numbers_of_parameters_and_names_of_modules_are_free() {
        let fine =
            "fn sleep(a, b) { a + b }\nfn send(n) { n }\nfn poll(list) { list }\nfn len(a) { a }";
        assert_eq!(problems(fine), [""; 0]);
    }
}

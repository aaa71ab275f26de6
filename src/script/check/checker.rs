//! The order of the rules, and what of their findings is told.

use super::contract;
use super::known::Registered;
use super::metrics;
use super::modules::Context;
use super::problem::{Finding, Problem};
use super::taken;
use super::unit::{Loader, Unit};
use super::uses::Uses;
use crate::record::threshold::MetricNames;
use crate::script::api::metadata::Metadata;
use crate::script::resolve::StdlibSources;
use rhai::{Engine, ParseError, ParseErrorType};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

/// The options of host functions that take some: `("http::get", &["headers", ..])`.
pub type OptionKeys<'a> = &'a [(&'a str, &'a [&'a str])];

/// Checks scripts against an engine and a stdlib. Files that several scripts import are read once.
pub struct Checker<'a> {
    loader: Loader,
    registered: Registered,
    option_keys: OptionKeys<'a>,
}

impl<'a> Checker<'a> {
    /// A checker for scripts that `engine` would run. It takes the engine because it has to parse
    /// without strict variables and optimisation, which it sets itself.
    pub fn new(engine: Engine, stdlib: StdlibSources, option_keys: OptionKeys<'a>) -> Self {
        let registered = Registered::of(&Metadata::of(&engine, true));
        Self { loader: Loader::new(engine, stdlib), registered, option_keys }
    }

    /// Every problem of the script `text`, which is (or will be) at `path`, and of the local files
    /// it imports, by position; the script's own come first.
    pub fn script(&mut self, path: &Path, text: &str) -> Vec<Problem> {
        let main = self.loader.script(path, text);
        let mut units = BTreeMap::new();
        collect(&main, &mut units);
        let closures: BTreeSet<&str> =
            units.values().filter_map(|unit| unit.uses.as_ref()).flat_map(words).collect();
        let mut problems = Vec::new();
        for unit in units.values().filter(|unit| unit.local) {
            let mut findings = self.findings(unit, Some(&closures));
            if unit.file == main.file && unit.uses.is_some() {
                findings.extend(contract::findings(unit));
            }
            problems.extend(self.told(unit, findings));
        }
        problems.sort_by_key(|problem| (problem.file != main.file, problem.clone()));
        problems.dedup();
        problems
    }

    /// Every problem of a module of the stdlib or of a file that others import: no `chain` is asked
    /// for, and methods are not judged, since what maps hold is up to the importer.
    pub fn module(&mut self, path: &Path, text: &str) -> Vec<Problem> {
        let unit = self.loader.script(path, text);
        let findings = self.findings(&unit, None);
        let mut problems = self.told(&unit, findings);
        problems.sort();
        problems.dedup();
        problems
    }

    /// The modules that the script `text` and all it imports call or import by name; without
    /// those that only its `ready()` calls unless that `is_asked`.
    pub fn modules(&mut self, path: &Path, text: &str, is_asked: bool) -> BTreeSet<String> {
        let mut units = BTreeMap::new();
        collect(&self.loader.script(path, text), &mut units);
        let stdlib = units.values().filter(|unit| !unit.local).map(|unit| unit.file.clone());
        let calls =
            units.values().filter_map(|unit| unit.uses.as_ref()).flat_map(|uses| &uses.calls);
        let calls = calls.filter(|call| is_asked || !call.in_ready);
        let called = calls.filter_map(|call| call.target.path.first().cloned());
        stdlib.chain(called).collect()
    }

    /// The metrics that the script `text` and all it imports make themselves.
    pub fn metrics(&mut self, path: &Path, text: &str) -> MetricNames {
        let mut units = BTreeMap::new();
        collect(&self.loader.script(path, text), &mut units);
        metrics::made_by(units.values().filter_map(|unit| unit.uses.as_ref()))
    }

    /// What the rules say about one file.
    fn findings(&self, unit: &Unit, closures: Option<&BTreeSet<&str>>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = unit.errors.iter().map(parse_error).collect();
        let Some(uses) = &unit.uses else { return findings };
        let context = Context { unit, registered: &self.registered, stdlib: &self.loader.stdlib };
        findings.extend(unit.findings.iter().cloned());
        findings.extend(taken::findings(unit));
        findings.extend(uses.calls.iter().flat_map(|call| context.call(call, self.option_keys)));
        findings.extend(uses.variables.iter().filter_map(|v| context.variable(v, uses)));
        for (name, at) in &uses.pointers {
            findings.extend(context.pointer(name).map(|message| Finding::new(*at, message)));
        }
        if let Some(closures) = closures {
            let methods = uses.methods.iter();
            findings.extend(methods.filter_map(|method| context.method(method, closures)));
        }
        findings
    }

    /// The findings as problems. When there are none, the parser has the last word, so that nothing
    /// passes that will not load.
    fn told(&mut self, unit: &Unit, mut findings: Vec<Finding>) -> Vec<Problem> {
        if findings.is_empty() {
            findings.extend(self.loader.strict_error(&unit.text).as_ref().map(parse_error));
        }
        findings.into_iter().map(|finding| finding.within(&unit.file)).collect()
    }
}

/// `unit` and all it imports, by file.
pub(super) fn collect(unit: &Rc<Unit>, into: &mut BTreeMap<String, Rc<Unit>>) {
    if into.insert(unit.file.clone(), Rc::clone(unit)).is_none() {
        unit.imports.iter().for_each(|import| collect(import, into));
    }
}

fn words(uses: &Uses) -> impl Iterator<Item = &str> {
    uses.words.iter().map(String::as_str)
}

fn parse_error(error: &ParseError) -> Finding {
    let hint = match error.err_type() {
        ParseErrorType::Reserved(word) => Some(match word.as_str() {
            "null" | "nil" => "Rhai's null is `()`",
            _ => "take another name; a map key can be written in quotes",
        }),
        _ => None,
    };
    Finding::new(error.position(), error.err_type().to_string()).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::fixture::{self, check_chain, check_script};

    #[test]
    fn a_valid_script_has_no_problems() {
        let text = include_str!("../../../tests/check/valid.rhai");
        assert_eq!(check_script(text), [""; 0]);
        let ast = fixture::engine().compile(text);
        assert!(ast.is_ok(), "and the engine loads it: {ast:?}");
    }

    #[test]
    fn parse_errors_do_not_hide_each_other_or_the_rest() {
        let text = "fn a() {\n  let = 1;\n}\nfn b() {\n  1 +;\n}\nfn chain() {\n  a(1);\n  \
                    http::gett(1);\n}\n";
        assert_eq!(
            check_script(text),
            [
                "2:7: Expecting name of a variable",
                "5:6: Unexpected ';'",
                "9:9: no function `gett` in module `http`; did you mean `get`?",
            ]
        );
    }

    #[test]
    fn reserved_words() {
        assert_eq!(
            check_chain("let m = #{ default: null };"),
            ["3:12: 'default' is a reserved keyword; take another name; a map key can be \
                 written in quotes"]
        );
        assert_eq!(check_chain("null"), ["3:1: 'null' is a reserved keyword; Rhai's null is `()`"]);
    }

    #[test]
    fn what_only_the_strict_parser_sees_is_told_too() {
        // A pointer to a function that is defined only later.
        let text = "fn chain() { let f = later; f.call() }\nfn later() { 1 }";
        assert_eq!(check_script(text), ["1:22: Undefined variable: later"]);
    }

    #[test]
    fn imports() {
        assert_eq!(
            check_script("import \"acmee\" as acme;\nfn chain() { acme::whatever() }"),
            ["1:8: cannot import \"acmee\": no stdlib module has that name and there is no file \
                 acmee.rhai; did you mean `acme`?"]
        );
        assert_eq!(
            check_script("fn chain(data) { import data.name as any; any::whatever() }"),
            [""; 0]
        );
        let two = "fn a() { import \"acme\" as m; m::account() }\n\
                   fn chain() { import \"retry\" as m; m::times(1, || 2) }";
        assert_eq!(check_script(two), [""; 0]);
    }

    #[test]
    fn local_imports_are_checked_too() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("a file in it");
        };
        write("helpers.rhai", "fn help(a) {\n  a.pusk(1);\n  xyzzy();\n}\n");
        write("broken.rhai", "fn f( {\n}\n");
        write("loop.rhai", "import \"loop\" as again;\nfn f() { 1 }");
        let text = "import \"helpers\" as h;\nimport \"broken\" as b;\nimport \"loop\" as l;\n\
                    fn chain() { h::help(); b::g(); l::f(); }";
        let main = folder.path().join("x.rhai");
        let mut checker = Checker::new(fixture::engine(), fixture::stdlib(), fixture::OPTION_KEYS);
        let problems = checker.script(&main, text);
        let prefix = format!("{}/", folder.path().display());
        let told: Vec<_> = problems.iter().map(|p| p.to_string().replace(&prefix, "")).collect();
        assert_eq!(
            told,
            [
                "x.rhai:4:17: `h::help` takes 1 argument, 0 given",
                "broken.rhai:1:7: Expecting ')' to close the parameters list of function 'f'",
                "helpers.rhai:2:5: no method `pusk`; did you mean `push`?",
                "helpers.rhai:3:3: no function `xyzzy`",
                "loop.rhai:1:8: import \"loop\" leads back to this file",
            ]
        );
    }

    #[test]
    fn modules_need_no_chain_and_methods_are_the_importers_affair() {
        let mut checker = Checker::new(fixture::engine(), fixture::stdlib(), fixture::OPTION_KEYS);
        for (name, text) in fixture::stdlib() {
            assert_eq!(checker.module(name.as_ref(), &text), []);
        }
        let problems = checker.module("m.rhai".as_ref(), "fn f(m) { m.handler(1); xyzzy() }");
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].to_string(), "m.rhai:1:25: no function `xyzzy`");
    }

    #[test]
    fn problems_are_told_once_and_in_order() {
        let text = "switch 1 {\n  1 | 2 => xyzzy(),\n  _ => zilch()\n}\n`${qwerty()}`;";
        assert_eq!(
            check_chain(text),
            ["4:12: no function `xyzzy`", "5:8: no function `zilch`", "7:4: no function `qwerty`"]
        );
    }
}

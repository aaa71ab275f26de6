//! Calls: does the function exist, does it take that many arguments, does it know these options?

use super::checker::OptionKeys;
use super::known::{Functions, Library, takes_any_number};
use super::modules::Context;
use super::problem::Finding;
use super::uses::{Call, Method};
use crate::nearest::nearest;
use std::collections::BTreeSet;
use std::rc::Rc;

impl Context<'_> {
    /// What is wrong with `name(..)` or `module::name(..)`.
    pub(super) fn call(&self, call: &Call, option_keys: OptionKeys) -> Vec<Finding> {
        let target = &call.target;
        if target.path.is_empty() {
            return self.bare_call(call).into_iter().collect();
        }
        if target.path[0] == "global" {
            return Vec::new();
        }
        match self.modules(target) {
            Err(finding) => vec![finding],
            // Nothing is known of the module.
            Ok(modules) if modules.is_empty() => Vec::new(),
            Ok(modules) => qualified_call(call, &modules, option_keys),
        }
    }

    fn bare_call(&self, call: &Call) -> Option<Finding> {
        let name = call.target.name.as_str();
        if takes_any_number(name) || self.unit.lost.iter().any(|lost| lost == name) {
            return None;
        }
        let (own, global) = (&self.unit.functions, &self.registered.global);
        let params: BTreeSet<usize> = &own.params(name) | &global.params(name);
        if params.is_empty() {
            return Some(self.no_function(call));
        }
        (!params.contains(&call.args)).then(|| {
            Finding::new(call.target.at, takes(&format!("`{name}`"), &params, call.args))
                .did_you_mean(self.in_a_module(call).as_deref())
        })
    }

    /// `module::name` for a bare call that fits a function of a host module.
    fn in_a_module(&self, call: &Call) -> Option<String> {
        let name = call.target.name.as_str();
        let mut modules = self.registered.modules.iter();
        let fits = |library: &Library| library.functions.params(name).contains(&call.args);
        modules.find_map(|(module, library)| fits(library).then(|| format!("{module}::{name}")))
    }

    fn no_function(&self, call: &Call) -> Finding {
        let name = call.target.name.as_str();
        let finding = Finding::new(call.target.at, format!("no function `{name}`"));
        let declared = self.unit.uses.as_ref().is_some_and(|uses| uses.declared.contains(name));
        if declared {
            return finding.hint(Some(format!("a closure is called as `{name}.call(..)`")));
        }
        match self.in_a_module(call) {
            Some(qualified) => finding.did_you_mean(Some(&qualified)),
            None => finding.did_you_mean(nearest(name, self.bare_names())),
        }
    }

    fn bare_names(&self) -> impl Iterator<Item = &str> {
        let global = self.registered.global.names().filter(|name| rhai::is_valid_identifier(name));
        self.unit.functions.names().chain(global)
    }

    /// What is wrong with `Fn("name")`.
    pub(super) fn pointer(&self, name: &str) -> Option<String> {
        let lost = self.unit.lost.iter().any(|lost| lost == name);
        let known = self.unit.functions.contains(name) || self.registered.global.contains(name);
        (!lost && !known).then(|| format!("no function `{name}`"))
    }

    /// What is wrong with `value.name(..)`.
    ///
    /// The value's type is unknown, so this is wrong only if no type has such a method: no
    /// registered function takes the value and these arguments, no function of the script takes
    /// these arguments with the value as `this`. `closures` are all names under which a map may
    /// hold a closure, in this script or in what it imports: those are never wrong.
    pub(super) fn method(&self, method: &Method, closures: &BTreeSet<&str>) -> Option<Finding> {
        let name = method.name.as_str();
        let lost = self.unit.lost.iter().any(|lost| lost == name);
        if takes_any_number(name) || lost || closures.contains(name) {
            return None;
        }
        let mut args: BTreeSet<usize> = self.unit.functions.params(name);
        for import in &self.unit.imports {
            args.extend(import.library.typed_methods.params(name));
        }
        let with_value = self.registered.global.params(name);
        args.extend(with_value.into_iter().filter_map(|params| params.checked_sub(1)));
        if args.is_empty() {
            let finding = Finding::new(method.at, format!("no method `{name}`"));
            return Some(finding.did_you_mean(nearest(name, self.bare_names())));
        }
        (!args.contains(&method.args)).then(|| {
            Finding::new(method.at, takes(&format!("method `{name}`"), &args, method.args))
        })
    }
}

fn qualified_call(call: &Call, modules: &[Rc<Library>], option_keys: OptionKeys) -> Vec<Finding> {
    let name = call.target.name.as_str();
    let full = format!("{}::{name}", call.target.path.join("::"));
    let mut functions = Functions::default();
    for module in modules {
        functions.extend(&module.functions);
    }
    let params = functions.params(name);
    if params.is_empty() {
        let message = format!("no function `{name}` in module `{}`", call.target.path.join("::"));
        let near = nearest(name, functions.names().filter(|name| rhai::is_valid_identifier(name)));
        return vec![Finding::new(call.target.at, message).did_you_mean(near)];
    }
    if !params.contains(&call.args) {
        return vec![Finding::new(call.target.at, takes(&format!("`{full}`"), &params, call.args))];
    }
    // A literal map in last place is options only where the function takes nothing else there.
    let is_options = functions.overloads(name).any(|o| o.params == call.args && o.options);
    match option_keys.iter().find(|(function, _)| *function == full) {
        Some((_, known)) if is_options => unknown_options(call, &full, known),
        _ => Vec::new(),
    }
}

fn unknown_options(call: &Call, full: &str, known: &[&str]) -> Vec<Finding> {
    let unknown = call.option_keys.iter().filter(|(key, _)| !known.contains(&key.as_str()));
    unknown
        .map(|(key, at)| {
            Finding::new(*at, format!("unknown option `{key}` of {full}"))
                .did_you_mean(nearest(key, known.iter().copied()))
        })
        .collect()
}

/// "`http::get` takes 1 or 2 arguments, 3 given"
fn takes(what: &str, params: &BTreeSet<usize>, given: usize) -> String {
    let counts: Vec<String> = params.iter().map(ToString::to_string).collect();
    let counts = match counts.as_slice() {
        [only] if only == "0" => "no".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
        [] => unreachable!("callers check that there is an overload"),
    };
    let plural = if counts == "1" { "" } else { "s" };
    format!("{what} takes {counts} argument{plural}, {given} given")
}

#[cfg(test)]
mod tests {
    use super::takes;
    use crate::script::fixture::{check_chain, check_script};

    #[test]
    fn counts_read_well() {
        let text = |params: &[usize]| takes("`f`", &params.iter().copied().collect(), 9);
        assert_eq!(text(&[0]), "`f` takes no arguments, 9 given");
        assert_eq!(text(&[1]), "`f` takes 1 argument, 9 given");
        assert_eq!(text(&[1, 2]), "`f` takes 1 or 2 arguments, 9 given");
        assert_eq!(text(&[0, 2, 3]), "`f` takes 0, 2 or 3 arguments, 9 given");
    }

    #[test]
    fn modules() {
        assert_eq!(
            check_chain("  htp::get(\"u\");\n  retry::times(1, || 2);\n  acme::nope::f();"),
            [
                "3:3: no module `htp`; did you mean `http`?",
                "4:3: no module `retry`; write `import \"retry\" as retry;` at the top",
                "5:3: no module `nope` in `acme`",
            ]
        );
    }

    #[test]
    fn host_functions() {
        assert_eq!(
            check_chain("  http::gett(\"u\");\n  http::get(1, 2, 3);\n  rand::domain(1);"),
            [
                "3:9: no function `gett` in module `http`; did you mean `get`?",
                "4:9: `http::get` takes 1 or 2 arguments, 3 given",
                "5:9: `rand::domain` takes no arguments, 1 given",
            ]
        );
    }

    #[test]
    fn stdlib_functions() {
        assert_eq!(
            check_chain("acme::acount();\nacme::new_order(1);\nacme::secret();"),
            [
                "3:7: no function `acount` in module `acme`; did you mean `account`?",
                "4:7: `acme::new_order` takes 2 or 3 arguments, 1 given",
                "5:7: no function `secret` in module `acme`",
            ]
        );
        assert_eq!(check_chain("acme::retry::times(1, || 2);"), [""; 0]);
    }

    #[test]
    fn bare_functions() {
        let text = "fn helper(a) { a }\nfn chain() {\nhelper();\nhelpr(1);\nsleep();\n\
                    get(\"u\");\nlet f = || 1; f();\nprint(1, 2);\nthat(1, 2);\n}";
        assert_eq!(
            check_script(text),
            [
                "3:1: `helper` takes 1 argument, 0 given",
                "4:1: no function `helpr`; did you mean `helper`?",
                "5:1: `sleep` takes 1 argument, 0 given",
                "6:1: `get` takes 2 arguments, 1 given; did you mean `http::get`?",
                "7:15: no function `f`; a closure is called as `f.call(..)`",
                "8:1: `print` takes 0 or 1 arguments, 2 given",
                "9:1: no function `that`; did you mean `check::that`?",
            ]
        );
    }

    #[test]
    fn calls_inside_strings() {
        assert_eq!(
            check_chain("let s = `a ${http::gett(\"u\")} b`;"),
            ["3:20: no function `gett` in module `http`; did you mean `get`?"]
        );
    }

    #[test]
    fn pointers_by_name() {
        assert_eq!(
            check_script("fn f() { 1 }\nfn chain() { Fn(\"f\").call(); Fn(\"g\").call(1); }"),
            ["2:33: no function `g`"]
        );
    }

    #[test]
    fn methods() {
        assert_eq!(
            check_chain("let res = http::get(\"u\");\nres.jsn();\nres.json(1);\n[].pusk(1);"),
            [
                "4:5: no method `jsn`; did you mean `json`?",
                "5:5: method `json` takes no arguments, 1 given",
                "6:4: no method `pusk`; did you mean `push`?",
            ]
        );
    }

    #[test]
    fn methods_that_may_be_closures_in_maps() {
        let text = "let m = #{ zap: |x| x };\nm.zap(1);\nm.zop = |x| x;\nm.zop(1);\n\
                    m[\"zip\"] = || 1;\nm.zip();\nacme::account().sign(1);";
        assert_eq!(check_chain(text), [""; 0]);
    }

    #[test]
    fn methods_of_the_script_take_the_value_as_this() {
        let text = "fn twice(n) { this * n }\nfn chain() { let x = 1; x.twice(2); x.twice() }";
        assert_eq!(check_script(text), ["2:39: method `twice` takes 1 argument, 0 given"]);
    }

    #[test]
    fn option_keys() {
        assert_eq!(
            check_chain("http::get(\"u\", #{\n  expect: 200,\n  timout_ms: 5\n});"),
            ["5:3: unknown option `timout_ms` of http::get; did you mean `timeout_ms`?"]
        );
        assert_eq!(check_chain("http::post(\"u\", #{ timout_ms: 5 });"), [""; 0], "a body");
        assert_eq!(check_chain("let o = #{ x: 5 }; http::get(\"u\", o);"), [""; 0]);
    }
}

//! Variables: does anything define them?

use super::modules::Context;
use super::problem::Finding;
use super::uses::{Target, Uses};
use crate::nearest::nearest;

impl Context<'_> {
    /// What is wrong with `name` or `module::name` as a value.
    pub(super) fn variable(&self, variable: &Target, uses: &Uses) -> Option<Finding> {
        match variable.path.first().map(String::as_str) {
            None => self.bare_variable(variable, uses),
            Some("global") if uses.constants.contains(&variable.name) => None,
            Some("global") => {
                let message = format!("no top-level constant `{}`", variable.name);
                let near = nearest(&variable.name, uses.constants.iter().map(String::as_str));
                Some(Finding::new(variable.at, message).did_you_mean(near))
            }
            Some(_) => self.qualified_variable(variable),
        }
    }

    fn bare_variable(&self, variable: &Target, uses: &Uses) -> Option<Finding> {
        let name = variable.name.as_str();
        // A function's bare name is a pointer to it.
        if self.unit.functions.contains(name) || self.unit.lost.iter().any(|lost| lost == name) {
            return None;
        }
        let finding = Finding::new(variable.at, format!("variable `{name}` is not defined"));
        if uses.constants.contains(name) {
            return Some(finding.hint(Some(format!("in functions it is `global::{name}`"))));
        }
        if uses.top_level.contains(name) {
            let hint = "functions do not see top-level variables; make it a `const` and write";
            return Some(finding.hint(Some(format!("{hint} `global::{name}`"))));
        }
        let module = self.registered.modules.contains_key(name);
        if module || self.unit.aliases.contains_key(name) {
            let hint = format!("`{name}` is a module: its functions are called as `{name}::..`");
            return Some(finding.hint(Some(hint)));
        }
        // A closure that captures `name` seems to declare it.
        let declared = uses.declared.iter().map(String::as_str).filter(|&other| other != name);
        Some(finding.did_you_mean(nearest(name, declared)))
    }

    fn qualified_variable(&self, variable: &Target) -> Option<Finding> {
        let modules = match self.modules(variable) {
            Ok(modules) if modules.is_empty() => return None,
            Ok(modules) => modules,
            Err(finding) => return Some(finding),
        };
        let name = variable.name.as_str();
        if modules.iter().any(|module| module.constants.contains(name)) {
            return None;
        }
        let path = variable.path.join("::");
        let finding = Finding::new(variable.at, format!("no constant `{name}` in module `{path}`"));
        if modules.iter().any(|module| module.functions.contains(name)) {
            return Some(finding.hint(Some(format!("a function is called: `{path}::{name}(..)`"))));
        }
        let constants = modules.iter().flat_map(|module| &module.constants);
        Some(finding.did_you_mean(nearest(name, constants.map(String::as_str))))
    }
}

#[cfg(test)]
mod tests {
    use crate::script::fixture::{check_chain, check_script};

    #[test]
    fn undefined() {
        assert_eq!(
            check_chain("let account = 1;\nacount + 1;\n|x| x + zebra;"),
            [
                "4:1: variable `acount` is not defined; did you mean `account`?",
                "5:9: variable `zebra` is not defined",
            ]
        );
    }

    #[test]
    fn top_level_variables_are_out_of_reach() {
        let text = "const N = 1;\nlet m = 2;\nfn chain() {\n  N + m + global::N + global::M\n}";
        assert_eq!(
            check_script(text),
            [
                "4:3: variable `N` is not defined; in functions it is `global::N`",
                "4:7: variable `m` is not defined; functions do not see top-level variables; make \
                 it a `const` and write `global::m`",
                "4:31: no top-level constant `M`",
            ]
        );
    }

    #[test]
    fn modules_are_no_values() {
        assert_eq!(
            check_chain("http.get(\"u\");"),
            ["3:1: variable `http` is not defined; `http` is a module: its functions are called \
                 as `http::..`",]
        );
    }

    #[test]
    fn constants_of_modules() {
        assert_eq!(check_chain("http::TIMEOUT_MS + acme::DIRECTORY;"), [""; 0]);
        assert_eq!(
            check_chain("http::TIMEOUT;\nacme::DIRECTRY;\nhttp::get;\nhtp::X;"),
            [
                "3:7: no constant `TIMEOUT` in module `http`; did you mean `TIMEOUT_MS`?",
                "4:7: no constant `DIRECTRY` in module `acme`; did you mean `DIRECTORY`?",
                "5:7: no constant `get` in module `http`; a function is called: `http::get(..)`",
                "6:1: no module `htp`; did you mean `http`?",
            ]
        );
    }

    #[test]
    fn bare_function_names_are_pointers() {
        assert_eq!(check_script("fn f() { 1 }\nfn chain() { let g = f; g.call() }"), [""; 0]);
    }
}

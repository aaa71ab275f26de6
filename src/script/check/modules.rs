//! Which modules `a::b::` means in a script.

use super::known::{Library, Registered};
use super::problem::Finding;
use super::unit::Unit;
use super::uses::Target;
use crate::nearest::nearest;
use crate::script::resolve::StdlibSources;
use std::rc::Rc;

/// What a rule sees.
pub(super) struct Context<'a> {
    pub(super) unit: &'a Unit,
    pub(super) registered: &'a Registered,
    pub(super) stdlib: &'a StdlibSources,
}

impl Context<'_> {
    /// The modules `target`'s path can mean: more than one when an alias is used twice. Empty when
    /// that cannot be told without a run.
    pub(super) fn modules(&self, target: &Target) -> Result<Vec<Rc<Library>>, Finding> {
        let Some((root, inner)) = target.path.split_first() else { return Ok(Vec::new()) };
        let mut modules = match self.unit.aliases.get(root) {
            Some(aliased) => aliased.clone(),
            None => match self.registered.modules.get(root) {
                Some(registered) => vec![Rc::clone(registered)],
                None => return Err(self.no_module(target, root)),
            },
        };
        for name in inner {
            if modules.iter().any(|module| module.opaque) {
                return Ok(Vec::new());
            }
            modules = modules.iter().filter_map(|m| m.modules.get(name).cloned()).collect();
            if modules.is_empty() {
                return Err(Finding::new(target.start, format!("no module `{name}` in `{root}`")));
            }
        }
        let opaque = modules.iter().any(|module| module.opaque);
        Ok(if opaque { Vec::new() } else { modules })
    }

    fn no_module(&self, target: &Target, root: &str) -> Finding {
        let finding = Finding::new(target.start, format!("no module `{root}`"));
        if self.stdlib.contains_key(root) {
            return finding.hint(Some(format!("write `import \"{root}\" as {root};` at the top")));
        }
        let aliases = self.unit.aliases.keys().map(String::as_str).filter(|name| !name.is_empty());
        let registered = self.registered.modules.keys().map(String::as_str);
        let stdlib = self.stdlib.keys().map(String::as_str);
        finding.did_you_mean(nearest(root, aliases.chain(registered).chain(stdlib)))
    }
}

//! What a script may call: the engine's functions, modules, and functions of other scripts.

use super::uses::{Uses, is_closure};
use crate::script::api::metadata::{Function, Metadata, Namespace};
use rhai::{AST, FnAccess};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One overload's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Overload {
    pub(super) params: usize,
    /// Whether the last one takes a map and nothing else: options.
    pub(super) options: bool,
}

/// Functions by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Functions(BTreeMap<String, BTreeSet<Overload>>);

impl Functions {
    pub(super) fn add(&mut self, name: &str, overload: Overload) {
        self.0.entry(name.to_owned()).or_default().insert(overload);
    }

    pub(super) fn add_params(&mut self, name: &str, params: usize) {
        self.add(name, Overload { params, options: false });
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for (name, overloads) in &other.0 {
            self.0.entry(name.clone()).or_default().extend(overloads);
        }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn overloads(&self, name: &str) -> impl Iterator<Item = Overload> {
        self.0.get(name).into_iter().flatten().copied()
    }

    /// The numbers of parameters that `name` takes; empty when there is no such function.
    pub(super) fn params(&self, name: &str) -> BTreeSet<usize> {
        self.overloads(name).map(|overload| overload.params).collect()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// What `module::` offers.
#[derive(Debug, Clone, Default)]
pub(super) struct Library {
    pub(super) functions: Functions,
    pub(super) constants: BTreeSet<String>,
    /// A module's own imports: `module::inner::name`.
    pub(super) modules: BTreeMap<String, Rc<Library>>,
    /// `fn string.name()`: callable on any value once the module is imported.
    pub(super) typed_methods: Functions,
    /// Nothing is known of it (its name is computed, or it does not parse): anything may be in it.
    pub(super) opaque: bool,
}

impl Library {
    /// A module about which nothing is known.
    pub(super) fn opaque() -> Self {
        Self { opaque: true, ..Self::default() }
    }

    /// A module registered in Rust.
    fn registered(metadata: &Metadata) -> Self {
        let mut functions = Functions::default();
        metadata.functions.iter().for_each(|function| add(&mut functions, function));
        let modules = metadata.modules.iter();
        Self {
            functions,
            constants: metadata.constants.clone(),
            modules: modules
                .map(|(name, m)| (name.clone(), Rc::new(Self::registered(m))))
                .collect(),
            ..Self::default()
        }
    }

    /// What importers of a script see. `modules` are its own imports.
    pub(super) fn script(ast: &AST, uses: &Uses, modules: BTreeMap<String, Rc<Library>>) -> Self {
        let constants = uses.exports.clone();
        let mut library = Self { constants, modules, ..Self::default() };
        for function in ast.iter_functions().filter(|f| !is_closure(f.name)) {
            if function.this_type.is_some() {
                library.typed_methods.add_params(function.name, function.params.len());
            } else if function.access == FnAccess::Public {
                library.functions.add_params(function.name, function.params.len());
            }
        }
        library
    }
}

/// What every script of an engine may call.
#[derive(Debug)]
pub(super) struct Registered {
    /// Callable bare; as methods with the value as their first parameter.
    pub(super) global: Functions,
    /// Static modules.
    pub(super) modules: BTreeMap<String, Rc<Library>>,
}

impl Registered {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let mut global = Functions::default();
        metadata.functions.iter().for_each(|function| add(&mut global, function));
        add_global(&mut global, metadata);
        for (name, params) in KEYWORDS {
            global.add_params(name, *params);
        }
        Self { global, modules: Library::registered(metadata).modules }
    }
}

/// Functions that are part of the language and in no function table. `call` and `curry` take any
/// number of arguments; see [`takes_any_number`].
const KEYWORDS: &[(&str, usize)] = &[
    ("print", 1),
    ("debug", 1),
    ("type_of", 1),
    ("eval", 1),
    ("Fn", 1),
    ("is_shared", 1),
    ("is_def_var", 1),
    ("is_def_fn", 2),
    ("is_def_fn", 3),
    // What `in` becomes; types of Rust may have no `contains` and still define it for `in`.
    ("contains", 2),
    ("call", 1),
    ("curry", 1),
];

/// Whether `name` belongs to function pointers, whose arguments are those of what they point to.
pub(super) fn takes_any_number(name: &str) -> bool {
    matches!(name, "call" | "curry")
}

fn add(functions: &mut Functions, function: &Function) {
    let last = function.params.last().and_then(|param| param.rust_type.as_deref());
    let options = last.is_some_and(|rust_type| rust_type.rsplit("::").next() == Some("Map"));
    functions.add(&function.name, Overload { params: function.num_params, options });
}

/// Adds what modules make visible everywhere.
fn add_global(global: &mut Functions, metadata: &Metadata) {
    for module in metadata.modules.values() {
        let visible = module.functions.iter().filter(|f| f.namespace == Namespace::Global);
        visible.for_each(|function| add(global, function));
        add_global(global, module);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::fixture;

    #[test]
    fn knows_the_engine() {
        let known = Registered::of(&Metadata::of(&fixture::engine(), true));
        let http = &known.modules["http"];
        assert_eq!(http.functions.params("get"), BTreeSet::from([1, 2]));
        let get: Vec<_> = http.functions.overloads("get").map(|o| o.options).collect();
        assert_eq!(get, [false, true]);
        let post: Vec<_> = http.functions.overloads("post").map(|o| o.options).collect();
        assert_eq!(post, [false], "a body may be a map too, but is no options");
        assert!(http.constants.contains("TIMEOUT_MS"));
        assert!(known.global.contains("sleep"), "registered bare");
        assert!(known.global.contains("json"), "a method of a module's type");
        assert!(known.global.contains("filter"), "a standard package");
        assert!(!known.global.contains("get_plain") && !known.global.contains("head"));
    }
}

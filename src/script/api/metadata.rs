//! What the engine says about its registered functions, read from the JSON that Rhai generates.
//!
//! Rhai keeps its function tables private; this JSON is the only public view that has parameter
//! names, type names and doc comments together.

use rhai::Engine;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The functions of one namespace: the global one at the top, modules inside it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Modules by name.
    pub modules: BTreeMap<String, Metadata>,
    /// Types that Rust registered here.
    pub custom_types: Vec<CustomType>,
    /// Functions, in order of name and number of parameters.
    pub functions: Vec<Function>,
    /// Names of constants.
    #[serde(skip)]
    pub constants: BTreeSet<String>,
    /// The module's doc comment.
    pub doc: String,
}

/// A type that scripts can hold but not make themselves.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomType {
    /// The Rust path.
    pub type_name: String,
    /// What scripts see in `type_of`.
    pub display_name: String,
    /// Doc comments, each with its `///`.
    #[serde(default)]
    pub doc_comments: Vec<String>,
}

/// One overload.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// Whether bare calls and method calls reach it, or only `module::name`.
    pub namespace: Namespace,
    /// The name; `get$x` and `set$x` for properties, an operator for operators.
    pub name: String,
    /// Parameters, a method's object included.
    pub num_params: usize,
    /// Names and types, where known.
    #[serde(default)]
    pub params: Vec<Param>,
    /// The Rust type, empty for `()`.
    #[serde(default)]
    pub return_type: String,
    /// Doc comments, each with its `///`.
    #[serde(default)]
    pub doc_comments: Vec<String>,
}

/// One parameter.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Param {
    /// The name, absent where Rust has `_`.
    pub name: Option<String>,
    /// The Rust type.
    #[serde(rename = "type")]
    pub rust_type: Option<String>,
}

/// How far a function is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Namespace {
    /// Only as `module::name`.
    Internal,
    /// Everywhere: bare and as a method.
    Global,
}

impl Metadata {
    /// Everything `engine` has registered, with or without Rhai's standard packages.
    ///
    /// # Panics
    /// If Rhai's JSON has another shape than 1.27's; the unit test here notices first.
    pub fn of(engine: &Engine, standard_packages: bool) -> Self {
        let json = engine.gen_fn_metadata_to_json(standard_packages);
        let json = json.expect("Rhai's own data becomes JSON");
        let mut metadata: Self =
            serde_json::from_str(&json).expect("Rhai 1.27's metadata has these fields");
        // The JSON leaves constants out; the definition files have them.
        for (name, definition) in engine.definitions().modules() {
            if let Some(module) = metadata.modules.get_mut(&name) {
                module.constants.extend(constants_in(&definition).map(str::to_owned));
            }
        }
        metadata
    }
}

/// The names in `const NAME: type;` lines of a Rhai definition file.
fn constants_in(definition: &str) -> impl Iterator<Item = &str> {
    definition
        .lines()
        .filter_map(|line| line.trim().strip_prefix("const ")?.split_once(':'))
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::fixture;

    #[test]
    fn reads_what_rhai_says() {
        let metadata = Metadata::of(&fixture::engine(), true);
        let http = &metadata.modules["http"];
        assert_eq!(http.doc, "/// Requests over HTTP.");
        assert_eq!(http.constants, BTreeSet::from(["TIMEOUT_MS".to_owned()]));
        assert_eq!(http.custom_types[0].display_name, "Response");
        assert_eq!(http.custom_types[0].doc_comments, ["/// One answer."]);
        let get = http.functions.iter().find(|f| f.num_params == 2 && f.name == "get");
        let get = get.expect("it is registered");
        assert_eq!(get.namespace, Namespace::Internal);
        assert_eq!(get.params[1].name.as_deref(), Some("options"));
        assert_eq!(get.params[1].rust_type.as_deref(), Some("Map"));
        assert_eq!(get.return_type, "Result<Response, Box<EvalAltResult>>");
        assert!(get.doc_comments[0].starts_with("/// Gets `url`.\n///\n/// Throws"));
        assert!(metadata.functions.iter().any(|f| f.name == "sleep"));
        assert!(metadata.functions.iter().any(|f| f.name == "filter"), "standard packages");
        let ours = Metadata::of(&fixture::engine(), false);
        assert_eq!(ours.functions.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["sleep"]);
    }
}

//! Builds the API's model from an engine and the stdlib's sources.

use super::docs;
use super::metadata::{CustomType, Function, Metadata, Namespace, Param};
use super::model::{
    Api, ApiFunction, ApiModule, ApiParam, ApiProperty, ApiType, Origin, Signature,
};
use super::types::TypeNames;
use crate::script::resolve::StdlibSources;
use rhai::{AST, Engine, FnAccess, ParseError, ScriptFnMetadata};
use std::collections::BTreeMap;

/// A stdlib module that cannot be described.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("stdlib module {name}: {error}")]
pub struct ApiError {
    /// The module.
    pub name: String,
    /// What the parser says.
    pub error: ParseError,
}

impl Api {
    /// The API of `engine`'s own functions (Rhai's standard packages left out) and of the stdlib.
    pub fn new(engine: &Engine, stdlib: &StdlibSources) -> Result<Self, ApiError> {
        let metadata = Metadata::of(engine, false);
        let types = TypeNames::of(&metadata);
        let mut modules = Vec::new();
        if !metadata.functions.is_empty() {
            modules.push(rust_module("", Origin::Bare, &metadata, &types));
        }
        let host = metadata.modules.iter();
        modules.extend(host.map(|(name, module)| rust_module(name, Origin::Host, module, &types)));
        for (name, text) in stdlib {
            let error = |error| ApiError { name: name.clone(), error };
            modules.push(script_module(name, &engine.compile(text).map_err(error)?));
        }
        Ok(Self { modules })
    }
}

fn rust_module(name: &str, origin: Origin, module: &Metadata, types: &TypeNames) -> ApiModule {
    let mut functions = Overloads::default();
    let mut members: BTreeMap<String, Members> = BTreeMap::new();
    for custom in &module.custom_types {
        members.entry(custom.display_name.clone()).or_default();
    }
    for function in &module.functions {
        match owner(function, types) {
            Some(owner) => members.entry(owner).or_default().add(function, types),
            None if is_public(&function.name) => {
                functions.add(
                    &function.name,
                    signature(&function.params, function, types),
                    function,
                );
            }
            None => {}
        }
    }
    let described = |name: String, members: Members| {
        let custom = module.custom_types.iter().find(|custom| custom.display_name == name);
        members.into_type(name, custom)
    };
    let types = members.into_iter().map(|(name, members)| described(name, members));
    ApiModule {
        name: name.to_owned(),
        origin,
        // Bare functions come from several Rust modules; their comments make no text together.
        doc: if origin == Origin::Bare { String::new() } else { docs::text([&module.doc]) },
        constants: module.constants.iter().cloned().collect(),
        functions: functions.into_functions(),
        // A type whose only functions are operators says nothing to a reader.
        types: types
            .filter(|t| !t.doc.is_empty() || !t.methods.is_empty() || !t.properties.is_empty())
            .collect(),
    }
}

/// The type a function is a property or method of: that of its first parameter, when it is visible
/// without the module's name.
fn owner(function: &Function, types: &TypeNames) -> Option<String> {
    let first = function.params.first()?.rust_type.as_deref()?;
    let member = function.namespace == Namespace::Global && first.starts_with("&mut ");
    member.then(|| types.readable(first))
}

/// Operators, indexers and what `print` calls are no functions to a reader.
fn is_public(name: &str) -> bool {
    rhai::is_valid_identifier(name) && !matches!(name, "to_string" | "to_debug")
}

fn signature(params: &[Param], function: &Function, types: &TypeNames) -> Signature {
    let param = |param: &Param| ApiParam {
        name: param.name.clone().unwrap_or_else(|| "_".to_owned()),
        type_name: param.rust_type.as_deref().map(|rust_type| types.readable(rust_type)),
    };
    let returns = Some(types.readable(&function.return_type)).filter(|name| !name.is_empty());
    Signature { params: params.iter().map(param).collect(), returns }
}

/// Overloads by name.
#[derive(Default)]
struct Overloads(BTreeMap<String, ApiFunction>);

impl Overloads {
    fn add(&mut self, name: &str, signature: Signature, function: &Function) {
        self.add_documented(name, signature, docs::text(&function.doc_comments));
    }

    /// Keeps the longest documentation: the other overloads point at it.
    fn add_documented(&mut self, name: &str, signature: Signature, doc: String) {
        let function = self.0.entry(name.to_owned()).or_insert_with(|| ApiFunction {
            name: name.to_owned(),
            signatures: Vec::new(),
            doc: String::new(),
        });
        function.signatures.push(signature);
        if !docs::is_reference(&doc) && doc.len() > function.doc.len() {
            function.doc = doc;
        }
    }

    fn into_functions(self) -> Vec<ApiFunction> {
        let mut functions: Vec<ApiFunction> = self.0.into_values().collect();
        for function in &mut functions {
            // By text too: Rhai's function tables have no order of their own.
            function.signatures.sort_by_key(|s| (s.params.len(), s.to_string()));
        }
        functions
    }
}

/// A type's properties and methods.
#[derive(Default)]
struct Members {
    properties: BTreeMap<String, ApiProperty>,
    setters: Vec<String>,
    methods: Overloads,
}

impl Members {
    fn add(&mut self, function: &Function, types: &TypeNames) {
        if let Some(name) = function.name.strip_prefix("get$") {
            let property = ApiProperty {
                name: name.to_owned(),
                type_name: types.readable(&function.return_type),
                writable: false,
                doc: docs::text(&function.doc_comments),
            };
            self.properties.insert(name.to_owned(), property);
        } else if let Some(name) = function.name.strip_prefix("set$") {
            self.setters.push(name.to_owned());
        } else if is_public(&function.name) {
            let signature = signature(&function.params[1..], function, types);
            self.methods.add(&function.name, signature, function);
        }
    }

    fn into_type(self, name: String, custom: Option<&CustomType>) -> ApiType {
        let mut properties = self.properties;
        for setter in self.setters {
            if let Some(property) = properties.get_mut(&setter) {
                property.writable = true;
            }
        }
        ApiType {
            name,
            doc: custom.map(|custom| docs::text(&custom.doc_comments)).unwrap_or_default(),
            properties: properties.into_values().collect(),
            methods: self.methods.into_functions(),
        }
    }
}

fn script_module(name: &str, ast: &AST) -> ApiModule {
    let mut functions = Overloads::default();
    let public = |f: &ScriptFnMetadata| {
        f.access == FnAccess::Public && rhai::is_valid_identifier(f.name) && f.this_type.is_none()
    };
    for function in ast.iter_functions().filter(public) {
        let param = |name: &&str| ApiParam { name: (*name).to_owned(), type_name: None };
        let params = function.params.iter().map(param).collect();
        let signature = Signature { params, returns: None };
        functions.add_documented(function.name, signature, docs::text(&function.comments));
    }
    ApiModule {
        name: name.to_owned(),
        origin: Origin::Stdlib,
        doc: docs::text([ast.doc()]),
        constants: exported_constants(ast),
        functions: functions.into_functions(),
        types: Vec::new(),
    }
}

fn exported_constants(ast: &AST) -> Vec<String> {
    let exported = |stmt: &rhai::Stmt| match stmt {
        rhai::Stmt::Var(var, flags, _) if flags.contains(rhai::ASTFlags::EXPORTED) => {
            Some(var.0.name.to_string())
        }
        _ => None,
    };
    ast.statements().iter().filter_map(exported).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::fixture;

    fn api() -> Api {
        Api::new(&fixture::engine(), &fixture::stdlib()).expect("the fixture's stdlib parses")
    }

    #[test]
    fn modules_in_order() {
        let names: Vec<_> = api().modules.into_iter().map(|m| (m.name, m.origin)).collect();
        let expected = [
            ("", Origin::Bare),
            ("check", Origin::Host),
            ("http", Origin::Host),
            ("rand", Origin::Host),
            ("acme", Origin::Stdlib),
            ("retry", Origin::Stdlib),
        ];
        assert_eq!(names, expected.map(|(name, origin)| (name.to_owned(), origin)));
    }

    #[test]
    fn overloads_share_the_fullest_documentation() {
        let api = api();
        let http = api.modules.iter().find(|m| m.name == "http").expect("it is there");
        assert_eq!(http.doc, "Requests over HTTP.");
        assert_eq!(http.constants, ["TIMEOUT_MS"]);
        let names: Vec<_> = http.functions.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["get", "head", "post"]);
        let get = &http.functions[0];
        let signatures: Vec<_> = get.signatures.iter().map(ToString::to_string).collect();
        assert_eq!(
            signatures,
            ["(url: string) -> Response", "(url: string, options: map) -> Response"]
        );
        assert!(get.doc.starts_with("Gets `url`.\n\nThrows kind `timeout`"));
        let post = &http.functions[2].signatures[0];
        assert_eq!(post.to_string(), "(url: string, body: any) -> Response");
    }

    #[test]
    fn types_have_properties_and_methods() {
        let api = api();
        let http = api.modules.iter().find(|m| m.name == "http").expect("it is there");
        let [response] = &http.types[..] else { panic!("one type: {:?}", http.types) };
        assert_eq!((response.name.as_str(), response.doc.as_str()), ("Response", "One answer."));
        let property = &response.properties[0];
        assert_eq!((property.name.as_str(), property.type_name.as_str()), ("status", "int"));
        assert!(!property.writable);
        let methods: Vec<_> =
            response.methods.iter().map(|m| format!("{}{}", m.name, m.signatures[0])).collect();
        assert_eq!(methods, ["json() -> any", "note(key: string, value: any)"]);
    }

    #[test]
    fn the_stdlib_is_read_from_its_comments() {
        let api = api();
        let acme = api.modules.iter().find(|m| m.name == "acme").expect("it is there");
        assert_eq!(acme.doc, "An ACME client.");
        assert_eq!(acme.constants, ["DIRECTORY"]);
        let names: Vec<_> = acme.functions.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["account", "new_order"], "private ones are left out");
        assert!(acme.functions[0].doc.starts_with("This attacker's account.\n\n# Example"));
        let signatures: Vec<_> =
            acme.functions[1].signatures.iter().map(ToString::to_string).collect();
        assert_eq!(signatures, ["(account, names)", "(account, names, options)"]);
    }

    #[test]
    fn a_broken_stdlib_is_named() {
        let stdlib = StdlibSources::from([("bad".to_owned(), "fn (".to_owned())]);
        let error = Api::new(&fixture::engine(), &stdlib).expect_err("it does not parse");
        assert!(error.to_string().starts_with("stdlib module bad: "), "{error}");
    }
}

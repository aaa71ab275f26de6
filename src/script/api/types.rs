//! Rust's type names as script writers know them.

use super::metadata::Metadata;
use std::collections::BTreeMap;

/// Display names of custom types by the last part of their Rust path.
#[derive(Debug, Default)]
pub(super) struct TypeNames(BTreeMap<String, String>);

impl TypeNames {
    /// Those that `metadata` and the modules in it declare.
    pub(super) fn of(metadata: &Metadata) -> Self {
        let mut names = Self::default();
        names.add(metadata);
        names
    }

    fn add(&mut self, metadata: &Metadata) {
        for custom in &metadata.custom_types {
            self.0.insert(last_part(&custom.type_name).to_owned(), custom.display_name.clone());
        }
        for module in metadata.modules.values() {
            self.add(module);
        }
    }

    /// `Result<Map, Box<EvalAltResult>>` is `map`, `&mut Response` is `Response`. Empty for `()`.
    pub(super) fn readable(&self, rust_type: &str) -> String {
        let rust_type: String = rust_type.trim().trim_start_matches("&mut ").replace(' ', "");
        let rust_type = rust_type.trim_start_matches('&');
        if let Some(ok) = ok_type(rust_type) {
            return self.readable(ok);
        }
        let name = last_part(rust_type);
        if let Some(display) = self.0.get(name) {
            return display.clone();
        }
        match name {
            "()" => "",
            "str" | "String" | "ImmutableString" => "string",
            "i64" | "INT" => "int",
            "f64" | "FLOAT" => "float",
            "Dynamic" | "RhaiResult" => "any",
            "Map" => "map",
            "Blob" | "Vec<u8>" => "blob",
            "Array" => "array",
            vec if vec.starts_with("Vec<") => "array",
            "FnPtr" => "function",
            "Instant" => "timestamp",
            "Range<i64>" | "RangeInclusive<i64>" => "range",
            // `bool`, `char` and types that no module names.
            other => other,
        }
        .to_owned()
    }
}

/// `T` of `Result<T, Box<EvalAltResult>>`, or of an alias such as `ScriptResult<T>`.
fn ok_type(rust_type: &str) -> Option<&str> {
    let (name, inner) = rust_type.strip_suffix('>')?.split_once('<')?;
    let inner = inner.strip_suffix(",Box<EvalAltResult>").unwrap_or(inner);
    name.ends_with("Result").then_some(inner)
}

/// What stands after the last `::` that is not inside `<>`.
fn last_part(path: &str) -> &str {
    let generics = path.find('<').unwrap_or(path.len());
    path[..generics].rfind("::").map_or(path, |colons| &path[colons + 2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_types() {
        let names = TypeNames(BTreeMap::from([("Answer".to_owned(), "Response".to_owned())]));
        for (rust, script) in [
            ("()", ""),
            ("&str", "string"),
            ("ImmutableString", "string"),
            ("rhai::INT", "int"),
            ("f64", "float"),
            ("bool", "bool"),
            ("Dynamic", "any"),
            ("rhai::Map", "map"),
            ("Vec<rhai::Dynamic>", "array"),
            ("Vec<u8>", "blob"),
            ("crate::ScriptResult<Map>", "map"),
            ("ScriptResult<()>", ""),
            ("Array", "array"),
            ("Blob", "blob"),
            ("FnPtr", "function"),
            ("Result<Map, Box<EvalAltResult>>", "map"),
            ("Result<(), Box<EvalAltResult>>", ""),
            ("Result<crate::net::Answer, Box<EvalAltResult>>", "Response"),
            ("&mut Answer", "Response"),
            ("&mut net::Other", "Other"),
        ] {
            assert_eq!(names.readable(rust), script, "{rust}");
        }
    }
}

//! The API as a Rhai definition file, for editors and for reading beside a script.

use super::model::{Api, ApiFunction, ApiModule};
use std::fmt::Write as _;

impl Api {
    /// `module http { /// doc`, `fn get(url: string, options: map) -> Response; }`.
    pub fn definitions(&self) -> String {
        let mut text = String::from("module static;\n");
        for module in &self.modules {
            push_module(&mut text, module);
        }
        text
    }
}

// Writing to a `String` cannot fail, so these leave the results of `write!` alone.

fn push_module(text: &mut String, module: &ApiModule) {
    let indent = if module.name.is_empty() { "" } else { "    " };
    text.push('\n');
    if !module.name.is_empty() {
        push_doc(text, "", &module.doc);
        let _ = writeln!(text, "module {} {{", module.name);
    }
    for constant in &module.constants {
        let _ = writeln!(text, "{indent}const {constant};");
    }
    for function in &module.functions {
        push_function(text, indent, None, function);
    }
    for t in &module.types {
        for p in &t.properties {
            push_doc(text, indent, &p.doc);
            let _ =
                writeln!(text, "{indent}fn get {}(this: {}) -> {};", p.name, t.name, p.type_name);
            if p.writable {
                let _ = writeln!(
                    text,
                    "{indent}fn set {}(this: {}, value: {});",
                    p.name, t.name, p.type_name
                );
            }
        }
        for method in &t.methods {
            push_function(text, indent, Some(&t.name), method);
        }
    }
    if !module.name.is_empty() {
        text.push_str("}\n");
    }
}

fn push_function(text: &mut String, indent: &str, this: Option<&str>, function: &ApiFunction) {
    push_doc(text, indent, &function.doc);
    for signature in &function.signatures {
        let signature = signature.to_string();
        let signature = match this {
            None => signature,
            Some(this) if signature.starts_with("()") => {
                format!("(this: {this}{}", &signature[1..])
            }
            Some(this) => format!("(this: {this}, {}", &signature[1..]),
        };
        let _ = writeln!(text, "{indent}fn {}{signature};", function.name);
    }
}

fn push_doc(text: &mut String, indent: &str, doc: &str) {
    for line in doc.lines() {
        let _ = writeln!(text, "{}", format!("{indent}/// {line}").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::fixture;

    #[test]
    fn declares_everything() {
        let api = Api::new(&fixture::engine(), &fixture::stdlib()).expect("it parses");
        let text = api.definitions();
        for expected in [
            "module static;\n\n/// Waits.\nfn sleep(seconds: float);\n",
            "/// Requests over HTTP.\nmodule http {\n    const TIMEOUT_MS;\n    /// Gets `url`.\n    ///\n",
            "    fn get(url: string) -> Response;\n    fn get(url: string, options: map) -> Response;\n",
            "    /// The status code.\n    fn get status(this: Response) -> int;\n",
            "    fn json(this: Response) -> any;\n",
            "    fn note(this: Response, key: string, value: any);\n",
            "/// An ACME client.\nmodule acme {\n    const DIRECTORY;\n",
            "    fn new_order(account, names);\n    fn new_order(account, names, options);\n}\n",
        ] {
            assert!(text.contains(expected), "{expected}\nis not in\n{text}");
        }
    }

    #[test]
    fn json_has_the_model() {
        let api = Api::new(&fixture::engine(), &fixture::stdlib()).expect("it parses");
        let json: serde_json::Value = serde_json::from_str(&api.json()).expect("it is JSON");
        let http = &json["modules"][2];
        assert_eq!((&http["name"], &http["origin"]), (&"http".into(), &"host".into()));
        let params = &http["functions"][0]["signatures"][1]["params"];
        assert_eq!(params[1], serde_json::json!({ "name": "options", "type": "map" }));
        assert_eq!(http["types"][0]["properties"][0]["type"], "int");
    }
}

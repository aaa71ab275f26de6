//! The examples in the documentation, for the test that runs them, and what lacks documentation.

use super::docs;
use super::model::{Api, ApiFunction, ApiModule, Origin};

/// A ```` ```rhai ```` block of a doc comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The module, empty for bare functions.
    pub module: String,
    /// The function; `Type.name` for methods and properties; empty for the module's own comment.
    pub function: String,
    /// Statements, to run inside a chain.
    pub code: String,
}

impl Api {
    /// Every example.
    pub fn examples(&self) -> Vec<Example> {
        let of_module = |module: &ApiModule| {
            let items = items(module);
            items
                .into_iter()
                .flat_map(|item| {
                    let example = |code| Example {
                        module: module.name.clone(),
                        function: item.name.clone(),
                        code,
                    };
                    docs::examples(item.doc).into_iter().map(example).collect::<Vec<_>>()
                })
                .collect::<Vec<_>>()
        };
        self.modules.iter().flat_map(of_module).collect()
    }

    /// What lacks a doc comment, and which functions and methods lack an example. One line each.
    pub fn undocumented(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for module in &self.modules {
            for item in items(module) {
                // Bare functions have no module to document.
                let bare_module = item.name.is_empty() && module.origin == Origin::Bare;
                if item.doc.is_empty() && !bare_module {
                    missing.push(format!("{}: no doc comment", item.full_name(module)));
                } else if item.needs_example && docs::examples(item.doc).is_empty() {
                    missing.push(format!("{}: no example", item.full_name(module)));
                }
            }
        }
        missing
    }
}

/// Something with a doc comment.
struct Item<'a> {
    name: String,
    doc: &'a str,
    needs_example: bool,
}

impl Item<'_> {
    fn full_name(&self, module: &ApiModule) -> String {
        match (module.name.as_str(), self.name.as_str()) {
            ("", name) | (name, "") => name.to_owned(),
            (module, name) => format!("{module}::{name}"),
        }
    }
}

fn items(module: &ApiModule) -> Vec<Item<'_>> {
    let plain = |name: String, doc| Item { name, doc, needs_example: false };
    let function = |prefix: &str, function: &'_ ApiFunction| Item {
        name: format!("{prefix}{}", function.name),
        doc: "",
        needs_example: true,
    };
    let mut items = vec![plain(String::new(), module.doc.as_str())];
    items.extend(module.functions.iter().map(|f| Item { doc: &f.doc, ..function("", f) }));
    for t in &module.types {
        items.push(plain(t.name.clone(), &t.doc));
        let prefix = format!("{}.", t.name);
        let properties = t.properties.iter();
        items.extend(properties.map(|p| plain(format!("{prefix}{}", p.name), &p.doc)));
        items.extend(t.methods.iter().map(|m| Item { doc: &m.doc, ..function(&prefix, m) }));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::fixture;

    fn api() -> Api {
        Api::new(&fixture::engine(), &fixture::stdlib()).expect("the fixture's stdlib parses")
    }

    #[test]
    fn examples_know_where_they_are_from() {
        let examples = api().examples();
        let names: Vec<_> =
            examples.iter().map(|e| (e.module.as_str(), e.function.as_str())).collect();
        assert_eq!(names, [("http", "get"), ("http", "Response.json"), ("acme", "account")]);
        assert_eq!(
            examples[0].code,
            "let res = http::get(\"http://127.0.0.1/\", #{ expect: 200 });\n"
        );
    }

    #[test]
    fn what_is_missing() {
        assert_eq!(
            api().undocumented(),
            [
                "sleep: no example",
                "check::all: no example",
                "check::that: no example",
                "http::head: no doc comment",
                "http::post: no example",
                "http::Response.note: no example",
                "rand::domain: no example",
                "acme::new_order: no doc comment",
                "retry: no doc comment",
                "retry::times: no doc comment",
            ]
        );
    }
}

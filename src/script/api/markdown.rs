//! The API as Markdown.

use super::model::{Api, ApiFunction, ApiModule, ApiType, Origin};
use std::fmt::Write as _;

impl Api {
    /// One chapter for each module.
    pub fn markdown(&self) -> String {
        let mut text = String::from("# The script API\n\n");
        let named = self.modules.iter().filter(|module| !module.name.is_empty());
        let links: Vec<String> = named.map(|m| format!("[`{0}`](#{0})", m.name)).collect();
        text.push_str(&links.join(" "));
        text.push('\n');
        for module in &self.modules {
            push_module(&mut text, module);
        }
        text
    }
}

// Writing to a `String` cannot fail, so these leave the results of `write!` alone.

fn push_module(text: &mut String, module: &ApiModule) {
    let _ = match module.origin {
        Origin::Bare => write!(text, "\n## Functions without a module\n"),
        Origin::Host => write!(text, "\n## {}\n", module.name),
        Origin::Stdlib => {
            write!(text, "\n## {0}\n\n`import \"{0}\" as {0};`\n", module.name)
        }
    };
    push_doc(text, &module.doc);
    let prefix = if module.name.is_empty() { String::new() } else { format!("{}::", module.name) };
    for constant in &module.constants {
        let _ = write!(text, "\n### `{prefix}{constant}`\n");
    }
    for function in &module.functions {
        push_function(text, "###", &prefix, function);
    }
    for t in &module.types {
        push_type(text, t);
    }
}

fn push_type(text: &mut String, t: &ApiType) {
    let _ = write!(text, "\n### Type `{}`\n", t.name);
    push_doc(text, &t.doc);
    for p in &t.properties {
        let writable = if p.writable { ", can be set" } else { "" };
        let _ = write!(text, "\n#### `{}.{}`: {}{writable}\n", t.name, p.name, p.type_name);
        push_doc(text, &p.doc);
    }
    for method in &t.methods {
        push_function(text, "####", &format!("{}.", t.name), method);
    }
}

fn push_function(text: &mut String, level: &str, prefix: &str, function: &ApiFunction) {
    let _ = write!(text, "\n{level} `{prefix}{}`\n\n```rhai\n", function.name);
    for signature in &function.signatures {
        let _ = writeln!(text, "{prefix}{}{signature}", function.name);
    }
    text.push_str("```\n");
    push_doc(text, &function.doc);
}

/// A doc comment below a heading of ours: its own headings become bold lines.
fn push_doc(text: &mut String, doc: &str) {
    if doc.is_empty() {
        return;
    }
    text.push('\n');
    let mut in_code = false;
    for line in doc.lines() {
        in_code ^= line.trim_start().starts_with("```");
        let heading = line.strip_prefix('#').filter(|_| !in_code);
        let _ = match heading {
            Some(heading) => writeln!(text, "**{}**", heading.trim_start_matches('#').trim()),
            None => writeln!(text, "{line}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::fixture;

    #[test]
    fn reads_well() {
        let api = Api::new(&fixture::engine(), &fixture::stdlib()).expect("it parses");
        let text = api.markdown();
        assert!(
            text.starts_with("# The script API\n\n[`check`](#check) [`http`](#http) "),
            "{text}"
        );
        let get = "### `http::get`\n\n```rhai\nhttp::get(url: string) -> Response\n\
                   http::get(url: string, options: map) -> Response\n```\n\nGets `url`.\n\nThrows \
                   kind `timeout` after `timeout_ms`.\n\n**Example**\n```rhai\nlet res = ";
        assert!(text.contains(get), "{text}");
        let property = "\n### Type `Response`\n\nOne answer.\n\n#### `Response.status`: int\n\nThe \
                        status code.\n";
        assert!(text.contains(property), "{text}");
        assert!(
            text.contains("#### `Response.json`\n\n```rhai\nResponse.json() -> any\n"),
            "{text}"
        );
        assert!(
            text.contains("## acme\n\n`import \"acme\" as acme;`\n\nAn ACME client.\n"),
            "{text}"
        );
        assert!(text.contains("\n## Functions without a module\n\n### `sleep`\n"), "{text}");
        // Only headings of ours: `# Example` would end the module's chapter.
        assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 1);
    }
}

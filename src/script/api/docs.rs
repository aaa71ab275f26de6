//! Doc comments as plain Markdown.

/// The text of doc comments as Rhai keeps them: each may be several `///` or `//!` lines, or one
/// `/** */` block.
pub(super) fn text<S: AsRef<str>>(comments: impl IntoIterator<Item = S>) -> String {
    let lines: Vec<String> = comments
        .into_iter()
        .flat_map(|comment| comment.as_ref().lines().map(line).collect::<Vec<_>>())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// One line without its comment marks and the space after them.
fn line(line: &str) -> String {
    let line = line.trim_start();
    let marks = ["///", "//!", "/**", "/*!", "*/", "*"];
    let text = marks.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    let text = text.strip_suffix("*/").unwrap_or(text);
    text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned()
}

/// Whether a shorter overload only points at the documented one.
pub(super) fn is_reference(doc: &str) -> bool {
    doc.starts_with("See the overload")
}

/// The code of each ```` ```rhai ```` block.
pub(super) fn examples(doc: &str) -> Vec<String> {
    let mut examples = Vec::new();
    let mut current: Option<String> = None;
    for line in doc.lines() {
        match &mut current {
            None if line.trim() == "```rhai" => current = Some(String::new()),
            None => {}
            Some(_) if line.trim() == "```" => examples.extend(current.take()),
            Some(code) => {
                code.push_str(line);
                code.push('\n');
            }
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comment_marks_go() {
        assert_eq!(
            text(["/// One.\n///\n///   indented\n", "/// Two."]),
            "One.\n\n  indented\nTwo."
        );
        assert_eq!(text(["//! A module.\n//! More."]), "A module.\nMore.");
        assert_eq!(text(["/** A block.\n * More. */"]), "A block.\nMore.");
        assert_eq!(text([""; 0]), "");
    }

    #[test]
    fn finds_examples() {
        let doc =
            "Text.\n\n# Example\n```rhai\nlet a = 1;\n  a\n```\n```json\n{}\n```\n```rhai\nb\n```";
        assert_eq!(examples(doc), ["let a = 1;\n  a\n", "b\n"]);
        assert_eq!(examples("```rhai\nnever closed"), [""; 0]);
    }

    #[test]
    fn references_are_no_documentation() {
        assert!(is_reference("See the overload with options."));
        assert!(!is_reference("Gets a page. See the overload."));
    }
}

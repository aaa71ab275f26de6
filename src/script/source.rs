//! Parsing that goes on after an error, so that `check` can report the errors of every function.

use rhai::{AST, Engine, ParseError, ParseErrorType, Position};
use std::ops::Range;

/// What could be made of a script's text.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The script without the functions that do not parse; `None` when the top level does not.
    pub(super) ast: Option<AST>,
    /// One for each function that does not parse, or one for the top level.
    pub(super) errors: Vec<ParseError>,
    /// Names of the functions that do not parse.
    pub(super) lost: Vec<String>,
}

/// Parses `text`. Rhai stops at the first error; here the function it is in is then blanked out
/// (its lines stay, so that positions do) and the rest is parsed again.
///
/// A function is found by its layout: from a line that starts with `fn` or `private fn` to the next
/// that starts with `}`. Scripts laid out otherwise get one error at a time, as Rhai gives it.
pub(super) fn parse(engine: &Engine, text: &str) -> Parsed {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut functions = functions(&lines);
    let mut parsed = Parsed { ast: None, errors: Vec::new(), lost: Vec::new() };
    loop {
        let error = match engine.compile(lines.join("\n")) {
            Ok(ast) => return Parsed { ast: Some(ast), ..parsed },
            Err(error) => error,
        };
        let Some(culprit) = culprit(&functions, &error, lines.len()) else {
            // With earlier errors this one may be their echo.
            if parsed.errors.is_empty() {
                parsed.errors.push(error);
            }
            return parsed;
        };
        let function = functions.swap_remove(culprit);
        lines[function.lines.clone()].fill("");
        parsed.lost.push(function.name.to_owned());
        parsed.errors.push(error);
    }
}

/// The place of `fn name` in `text`, or `None` when it is written in an unusual way.
pub(super) fn function_position(text: &str, name: &str) -> Option<Position> {
    text.lines().zip(1..).find_map(|(line, number)| {
        let rest = line.trim_start();
        let column = line.len() - rest.len() + 1;
        let named = function_name(rest) == Some(name);
        named.then(|| Position::new(number, u16::try_from(column).unwrap_or(u16::MAX)))
    })
}

/// Where `key: "value"` stands in `text`; `None` when it is not written out, or more than once.
pub fn member_position(text: &str, key: &str, value: &str) -> Option<(usize, usize)> {
    let literal = format!("{key}: \"{value}\"");
    let mut found = text.lines().zip(1..).filter_map(|(line, number)| {
        let before = &line[..line.find(&literal)?];
        Some((number, before.chars().count() + 1))
    });
    found.next().filter(|_| found.next().is_none())
}

struct Function<'a> {
    name: &'a str,
    /// From its `fn` to its `}`, from 0.
    lines: Range<usize>,
}

fn functions<'a>(lines: &[&'a str]) -> Vec<Function<'a>> {
    let starts: Vec<(usize, &str)> = lines
        .iter()
        .enumerate()
        .filter_map(|(number, line)| Some((number, function_name(line)?)))
        .collect();
    let after = starts.iter().skip(1).map(|(number, _)| *number).chain([lines.len()]);
    let function = |(&(start, name), after): (&(usize, &'a str), usize)| {
        let closing = (start..after).find(|&number| lines[number].starts_with('}'));
        // A one-liner closes on its own line.
        let one_line = lines[start].trim_end().ends_with('}');
        let end = if one_line { start + 1 } else { closing.map_or(after, |number| number + 1) };
        Function { name, lines: start..end }
    };
    starts.iter().zip(after).map(function).collect()
}

/// `name` when the line starts with `fn name` or `private fn name`.
pub(super) fn function_name(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("private").map_or(line, str::trim_start);
    let rest = rest.strip_prefix("fn ")?.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    (end > 0).then_some(&rest[..end])
}

/// The index of the function to blame for `error`.
fn culprit(functions: &[Function], error: &ParseError, last_line: usize) -> Option<usize> {
    let line = error.position().line().map_or(last_line, |line| line) - 1;
    // `fn` where no function may start: the one before it is not closed.
    if matches!(error.err_type(), ParseErrorType::WrongFnDefinition) {
        let before = functions.iter().enumerate().filter(|(_, f)| f.lines.start < line);
        return before.max_by_key(|(_, f)| f.lines.start).map(|(index, _)| index);
    }
    functions.iter().position(|f| f.lines.contains(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> (Vec<String>, bool) {
        let parsed = parse(&Engine::new(), text);
        (parsed.errors.iter().map(ToString::to_string).collect(), parsed.ast.is_some())
    }

    #[test]
    fn one_error_for_each_function() {
        let text = "const X = 1;\nfn a() {\n  let = 1;\n}\nfn b() { 1 }\nfn c() {\n  2 +;\n}\n";
        let parsed = parse(&Engine::new(), text);
        let at: Vec<_> = parsed.errors.iter().map(ParseError::position).collect();
        assert_eq!(at, [Position::new(3, 7), Position::new(7, 6)]);
        assert_eq!(parsed.lost, ["a", "c"]);
        let rest = parsed.ast.expect("the rest parses");
        assert_eq!(rest.iter_functions().map(|f| f.name).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn a_missing_brace_blames_the_function_that_lacks_it() {
        let text = "fn a() {\n  if true {\n}\n\nfn b() { 1 }\nfn c() { 2 }\n";
        let parsed = parse(&Engine::new(), text);
        assert_eq!(parsed.lost, ["a"]);
        assert_eq!(parsed.errors.len(), 1);
        assert!(parsed.ast.is_some());
    }

    #[test]
    fn an_error_at_the_top_level_ends_it() {
        let (errors, rest) = errors("let = 1;\nfn a() {\n  let = 1;\n}\n");
        assert_eq!((errors.len(), rest), (1, false));
        assert!(errors[0].contains("line 1"), "{errors:?}");
    }

    #[test]
    fn finds_functions_by_name() {
        let text = "// fn a\n  private  fn a(x) {}\nfn ab() {}";
        assert_eq!(function_position(text, "a"), Some(Position::new(2, 3)));
        assert_eq!(function_position(text, "ab"), Some(Position::new(3, 1)));
        assert_eq!(function_position(text, "b"), None);
    }
}

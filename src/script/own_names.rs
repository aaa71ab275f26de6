//! Names by which the functions of a module call each other, so that none is taken for another's.
//!
//! Rhai (1.27) keeps one cache of the functions that were found, by name and number of parameters, for
//! a script and everything it imports: once a script called its own `send` twice, a module that calls
//! *its* `send` gets the script's. So a module is parsed with each of its functions, and each call of
//! one, named `function__module`. The plain names are kept beside them: by those a script calls a
//! module, and function pointers and methods find theirs.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use rhai::{AST, Engine, ParseError, Position, ScriptFuncDef, Token};

use crate::script::source;

/// Renames the functions of a module while the engine parses it; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct OwnNames {
    /// `None` while nothing, or a script of the user's, is parsed.
    module: Rc<RefCell<Option<Module>>>,
}

/// The module that is being parsed.
struct Module {
    /// `__acme`
    suffix: String,
    lines: Vec<Vec<char>>,
    functions: HashSet<String>,
}

impl OwnNames {
    /// Has `engine` ask for each word that it parses.
    #[allow(deprecated, reason = "Rhai marks what may change, and says that it is not deprecated")]
    pub(super) fn watch(&self, engine: &mut Engine) {
        let module = Rc::clone(&self.module);
        engine.on_parse_token(move |token, position, _| match (token, &*module.borrow()) {
            (Token::Identifier(name), Some(module)) if module.renames(&name, position) => {
                Token::Identifier(Box::new(format!("{name}{}", module.suffix).into()))
            }
            (token, _) => token,
        });
    }

    /// Parses the module `name`, whose functions then have both names.
    ///
    /// # Errors
    /// When it does not parse.
    pub(super) fn compile(
        &self,
        engine: &Engine,
        name: &str,
        text: &str,
    ) -> Result<AST, ParseError> {
        let module = Module::new(name, text);
        let suffix = module.suffix.clone();
        self.module.replace(Some(module));
        let parsed = engine.compile(text);
        self.module.replace(None);
        parsed.map(|ast| with_plain_names(&ast, &suffix))
    }
}

impl Module {
    fn new(name: &str, text: &str) -> Self {
        let functions = text.lines().map(str::trim_start).filter_map(source::function_name);
        Self {
            suffix: format!("__{}", as_identifier(name)),
            lines: text.lines().map(|line| line.chars().collect()).collect(),
            functions: functions.map(str::to_owned).collect(),
        }
    }

    /// Whether the word at `position` is the name of one of the module's functions where that is
    /// called or defined. `x.name()` is not: that may as well be a method of the host's.
    fn renames(&self, name: &str, position: Position) -> bool {
        self.functions.contains(name) && self.is_call(name, position).unwrap_or(false)
    }

    fn is_call(&self, name: &str, position: Position) -> Option<bool> {
        let line = self.lines.get(position.line()? - 1)?;
        let (before, after) = line.split_at_checked(position.position()? - 1)?;
        let mut after = after.iter().skip(name.chars().count()).skip_while(|c| c.is_whitespace());
        let mut before = before.iter().rev().skip_while(|c| c.is_whitespace());
        let of_something = match (before.next(), before.next()) {
            (Some('.'), second) => second != Some(&'.'),
            (Some(':'), second) => second == Some(&':'),
            _ => false,
        };
        Some(after.next() == Some(&'(') && !of_something)
    }
}

/// `lib_2f_a` for `lib/a`: no two names become one.
fn as_identifier(name: &str) -> String {
    let spelled = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_string(),
        c => format!("_{:x}_", u32::from(c)),
    };
    name.chars().map(spelled).collect()
}

fn with_plain_names(ast: &AST, suffix: &str) -> AST {
    let mut functions = ast.shared_lib().as_ref().clone();
    for function in ast.iter_fn_def() {
        if let Some(plain) = function.name.strip_suffix(suffix) {
            functions.set_script_fn(ScriptFuncDef { name: plain.into(), ..(**function).clone() });
        }
    }
    AST::new(ast.statements().iter().cloned(), functions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::resolve::Resolver;

    const MODULE: &str = r#"
        private fn send(n) { n + 1 }
        fn twice(n) { send(send (n)) }
        fn told(n) { `sent ${send(n)}, up to ${0..send(n)}` }
        fn by_pointer(n) { Fn("send").call(n) }
        fn by_closure(n) { [n].map(|x| send(x))[0] }
        fn by_method(n) { let list = [n]; list.push(9); list }
        fn push(list, n) { throw "not this" }
        fn more(n) { this + n }
        fn by_this(n) { let x = n; x.more(1) }
        fn down(n) { if n == 0 { 0 } else { down(n - 1) } }
    "#;

    /// What a script gives that imports two modules whose functions have the same names.
    fn run(script: &str) -> String {
        let other = "fn send(n) { n * 10 } fn twice(n) { send(send(n)) }".replace("} ", "}\n");
        let modules = [("one", MODULE.to_owned()), ("two", other)];
        let stdlib = modules.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        let mut engine = Engine::new();
        Rc::new(Resolver::new(stdlib)).serve(&mut engine);
        let script = format!("import \"one\" as one; import \"two\" as two; {script}");
        let value = engine.eval::<rhai::Dynamic>(&script);
        value.map_or_else(|error| format!("error: {error}"), |value| value.to_string())
    }

    #[test]
    fn nothing_of_another_file_is_called() {
        let own =
            "fn send(n) { \"mine\" } fn down(n) { \"mine\" } for i in 0..3 { send(1); down(1); }";
        assert_eq!(
            run(&format!("{own} [one::twice(1), two::twice(1), one::down(2)]")),
            "[3, 100, 0]"
        );
        assert_eq!(
            run("[two::twice(1), two::twice(1), one::twice(1), one::twice(1)]"),
            "[100, 100, 3, 3]"
        );
        assert_eq!(run(&format!("{own} one::twice(1); one::twice(1); send(1)")), "mine");
    }

    #[test]
    fn strings_pointers_closures_and_methods_find_theirs() {
        assert_eq!(run("one::told(1)"), "sent 2, up to 0..2");
        assert_eq!(run("[one::by_pointer(1), one::by_closure(1)]"), "[2, 2]");
        assert_eq!(run("[one::by_method(1), one::by_this(1)]"), "[[1, 9], 2]");
    }

    #[test]
    fn what_is_private_stays_so() {
        let error = run("one::send(1)");
        assert!(error.contains("Function not found: one::send"), "{error}");
    }
}

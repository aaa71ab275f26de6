//! What a script uses, as flat lists: the syntax tree is walked once, the rules then look at data.

use rhai::{AST, ASTFlags, ASTNode, Expr, FnCallExpr, Namespace, Position, Stmt};
use std::collections::BTreeSet;

/// What says whether a script can run.
const READY: &str = "ready";

/// `name` or `module::name`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    /// The modules before `::`, outermost first; empty for a bare name.
    pub(super) path: Vec<String>,
    /// Where the first of them stands, or the bare name.
    pub(super) start: Position,
    pub(super) name: String,
    pub(super) at: Position,
}

/// `name(..)`, `module::name(..)`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) target: Target,
    pub(super) args: usize,
    /// The first argument when that is a literal string.
    pub(super) first_text: Option<String>,
    /// The keys of the last argument when that is a literal map.
    pub(super) option_keys: Vec<(String, Position)>,
    /// Whether it is in `ready()`, which a lone script is not asked.
    pub(super) in_ready: bool,
}

/// `value.name(..)`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) at: Position,
    /// Arguments without the value itself.
    pub(super) args: usize,
}

/// `import "name" as alias`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Import {
    /// `None` when the name is computed.
    pub(super) name: Option<String>,
    /// Empty without `as`.
    pub(super) alias: String,
    /// Where the name stands.
    pub(super) at: Position,
}

/// Everything the rules look at.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) calls: Vec<Call>,
    pub(super) methods: Vec<Method>,
    /// Qualified ones, and bare ones that no `let`, `for`, `catch` or parameter in reach defines.
    pub(super) variables: Vec<Target>,
    pub(super) imports: Vec<Import>,
    /// Names in `Fn("name")`.
    pub(super) pointers: Vec<(String, Position)>,
    /// Names under which a map may hold a closure: map keys, properties, string literals.
    pub(super) words: BTreeSet<String>,
    /// Names of variables and parameters, for "did you mean".
    pub(super) declared: BTreeSet<String>,
    /// Names of top-level variables, constants among them.
    pub(super) top_level: BTreeSet<String>,
    /// Names of top-level constants, which functions read as `global::NAME`.
    pub(super) constants: BTreeSet<String>,
    /// Names that importers see as `module::NAME`.
    pub(super) exports: BTreeSet<String>,
}

impl Uses {
    /// Walks `ast`, which must be compiled without optimisation (else unused code is missing) and
    /// without strict variables (else the parser stops at the first undefined one).
    pub(super) fn of(ast: &AST) -> Self {
        let mut uses = Self::default();
        for function in ast.iter_functions() {
            uses.declared.extend(function.params.iter().map(|&name| name.to_owned()));
        }
        // Not `clone_functions_only_filtered`: into an empty library, Rhai 1.27 copies everything.
        let mut named = ast.clone_functions_only();
        named.retain_functions(|_, _, name, _| !is_closure(name) && name != READY);
        let mut ready = ast.clone_functions_only();
        ready.retain_functions(|_, _, name, _| name == READY);
        let mut closures = ast.clone_functions_only();
        closures.retain_functions(|_, _, name, _| is_closure(name));
        ast.clone_statements_only().walk(&mut |path| uses.node(path, Place::Top));
        named.walk(&mut |path| uses.node(path, Place::Function));
        closures.walk(&mut |path| uses.node(path, Place::Closure));
        let others = uses.calls.len();
        ready.walk(&mut |path| uses.node(path, Place::Function));
        for call in &mut uses.calls[others..] {
            call.in_ready = true;
        }
        uses
    }

    /// Notes one node. Always `true`: Rhai's walker stops at `false`.
    fn node(&mut self, path: &[ASTNode], place: Place) -> bool {
        let top_level = place == Place::Top && path.len() == 1;
        match path.last() {
            Some(ASTNode::Stmt(stmt)) => self.stmt(stmt, top_level, place),
            Some(ASTNode::Expr(expr)) => self.expr(expr, place),
            _ => {}
        }
        true
    }

    fn stmt(&mut self, stmt: &Stmt, top_level: bool, place: Place) {
        match stmt {
            Stmt::FnCall(call, at) => self.call(call, *at),
            Stmt::Import(import, _) => self.import(&import.0, &import.1.name),
            Stmt::Var(var, flags, _) => self.var(&var.0.name, *flags, top_level),
            Stmt::Export(names, _) => {
                let (name, alias) = (&names.0.name, &names.1.name);
                self.exports.insert(if alias.is_empty() { name } else { alias }.to_string());
            }
            Stmt::For(x, _) => {
                self.declared.insert(x.0.name.to_string());
                self.declared.extend(x.1.iter().map(|counter| counter.name.to_string()));
            }
            Stmt::TryCatch(x, _) => {
                if let Expr::Variable(variable, ..) = &x.expr {
                    self.declared.insert(variable.1.to_string());
                }
            }
            // Rhai's walker leaves the value of `break` out.
            Stmt::BreakLoop(Some(value), ..) => {
                let mut node = |path: &[ASTNode]| self.node(path, place);
                value.walk(&mut Vec::new(), &mut node);
            }
            _ => {}
        }
    }

    fn var(&mut self, name: &str, flags: ASTFlags, top_level: bool) {
        self.declared.insert(name.to_owned());
        if top_level {
            self.top_level.insert(name.to_owned());
        }
        if top_level && flags.contains(ASTFlags::CONSTANT) {
            self.constants.insert(name.to_owned());
        }
        if flags.contains(ASTFlags::EXPORTED) {
            self.exports.insert(name.to_owned());
        }
    }

    fn import(&mut self, name: &Expr, alias: &str) {
        let literal = match name {
            Expr::StringConstant(name, _) => Some(name.to_string()),
            _ => None,
        };
        let at = name.start_position();
        self.imports.push(Import { name: literal, alias: alias.to_owned(), at });
    }

    fn expr(&mut self, expr: &Expr, place: Place) {
        match expr {
            Expr::FnCall(call, at) => self.call(call, *at),
            Expr::MethodCall(call, at) => {
                let name = call.name.to_string();
                self.methods.push(Method { name, at: *at, args: call.args.len() });
            }
            Expr::Variable(variable, _, at) => {
                let (index, name, namespace, _) = &**variable;
                let known = index.is_some() || place == Place::Closure;
                // What a closure does not define itself becomes a captured parameter of it; if
                // nobody defines it, it shows up as an argument where the closure is made.
                if !namespace.is_empty() || !known {
                    self.variables.push(Target::new(namespace, name, *at));
                }
            }
            Expr::Map(map, _) => {
                self.words.extend(map.0.iter().map(|(key, _)| key.name.to_string()));
            }
            Expr::Property(property, _) => {
                self.words.insert(property.2.to_string());
            }
            Expr::StringConstant(text, _) => {
                self.words.insert(text.to_string());
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &FnCallExpr, at: Position) {
        // Operators are calls too; whether they fit depends on types that only a run knows.
        if call.is_operator_call() || !rhai::is_valid_identifier(&call.name) {
            return;
        }
        if let ("Fn", [Expr::StringConstant(name, at)]) = (call.name.as_str(), &call.args[..]) {
            self.pointers.push((name.to_string(), *at));
        }
        let option_keys = match call.args.last() {
            Some(Expr::Map(map, _)) => {
                map.0.iter().map(|(key, _)| (key.name.to_string(), key.pos)).collect()
            }
            _ => Vec::new(),
        };
        let first_text = match call.args.first() {
            Some(Expr::StringConstant(text, _)) => Some(text.to_string()),
            _ => None,
        };
        let target = Target::new(&call.namespace, &call.name, at);
        let args = call.args.len();
        self.calls.push(Call { target, args, first_text, option_keys, in_ready: false });
    }
}

impl Target {
    fn new(namespace: &Namespace, name: &str, at: Position) -> Self {
        Self {
            path: namespace.path.iter().map(|ident| ident.name.to_string()).collect(),
            start: namespace.path.first().map_or(at, |ident| ident.pos),
            name: name.to_owned(),
            at,
        }
    }
}

/// Whose statements are being walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Function,
    Closure,
}

/// Whether Rhai made up the name, for `|x| ..`.
pub(super) fn is_closure(name: &str) -> bool {
    name.starts_with("anon$")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rhai::{Engine, OptimizationLevel};

    fn uses(text: &str) -> Uses {
        let mut engine = Engine::new();
        engine.set_optimization_level(OptimizationLevel::None).set_max_expr_depths(64, 64);
        Uses::of(&engine.compile(text).expect("the test's script parses"))
    }

    #[test]
    fn what_only_ready_calls_is_told_apart() {
        let uses = uses("fn ready() { a::b() || c::d() }\nfn chain() { e::f(); }");
        let of = |asked| {
            uses.calls.iter().filter(move |c| c.in_ready == asked).map(|c| &c.target.path[0])
        };
        assert_eq!(of(true).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(of(false).collect::<Vec<_>>(), ["e"]);
    }

    fn undefined(text: &str) -> Vec<String> {
        uses(text).variables.into_iter().map(|v| format!("{} {:?}", v.name, v.at)).collect()
    }

    #[test]
    fn calls_have_paths_positions_and_option_keys() {
        let uses = uses("fn f() {\n  a::b::c(1, #{ x: 1, \"y z\": g() });\n}");
        assert_eq!(
            uses.calls[0],
            Call {
                target: Target {
                    path: vec!["a".into(), "b".into()],
                    start: Position::new(2, 3),
                    name: "c".into(),
                    at: Position::new(2, 9),
                },
                args: 2,
                first_text: None,
                option_keys: vec![
                    ("x".into(), Position::new(2, 17)),
                    ("y z".into(), Position::new(2, 23))
                ],
                in_ready: false,
            }
        );
        assert_eq!((uses.calls[1].target.name.as_str(), uses.calls[1].args), ("g", 0));
    }

    #[test]
    fn calls_are_found_everywhere() {
        let text = r"
            const X = a1();
            fn f(p) {
                if a2() { a3() } else if a4() { a5() } else { a6() }
                switch a7() { 1 if a8() => a9(), 2 | 3 => b1(), 4..9 => b2(), _ => b3() }
                while b4() { do { b5() } until b6(); }
                for i in b7() { let x = loop { break b8() }; }
                try { throw b9() } catch (e) { return c1(e); }
                let s = `text ${c2()} ${`deep ${c3()}`}`;
                let m = #{ k: c4(), l: [c5(), || c6(|y| c7(y))] };
                p.x[c8()].z += d1(); p.y(c9());
                p?.q(d2()) ?? d3();
                (d4() && d5()) || !d6() && -d7() in d8()..d9()
            }";
        let names: BTreeSet<String> = uses(text).calls.into_iter().map(|c| c.target.name).collect();
        for row in ["a", "b", "c", "d"] {
            for column in 1..=9 {
                assert!(names.contains(&format!("{row}{column}")), "{row}{column} in {names:?}");
            }
        }
    }

    #[test]
    fn variables_that_nothing_defines() {
        assert_eq!(
            undefined("fn f(a) { let b = a; for c in b { c } try {} catch(d) { d } }"),
            [""; 0]
        );
        assert_eq!(undefined("fn f() { x + `${y}`; z = 1; }"), ["x 1:10", "y 1:17", "z 1:22"]);
        assert_eq!(undefined("let top = 1; fn f() { top }"), ["top 1:23"]);
        assert_eq!(undefined("fn f() { { let a = 1; } a }"), ["a 1:25"]);
    }

    #[test]
    fn closures_capture() {
        assert_eq!(undefined("fn f(a) { let b = 1; |c| |d| a + b + c + d }"), [""; 0]);
        assert_eq!(undefined("fn f(a) { |c| a + nope }"), ["nope 1:19"]);
        assert_eq!(undefined("fn f(a) { |c| |d| nope + a }"), ["nope 1:19"]);
    }
}

//! Read-only views of what `setup()` returned and of files: indexing and iterating copy nothing else.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, ImmutableString, Map};

use crate::error::HostError;
use crate::host::convert::{ScriptResult, throw};
use crate::script::data::Plain;
use crate::store::table::Table;

/// An array or a map that cannot be changed; copying it copies a pointer.
#[derive(Debug, Clone)]
pub struct View(Rc<Items>);

#[derive(Debug)]
enum Items {
    List(Vec<Dynamic>),
    Object(BTreeMap<ImmutableString, Dynamic>),
    /// A file's lines; the file is that of all threads.
    Lines(Arc<Table>),
    /// A file's rows, of which each is seen as a view of its own.
    Table(Arc<Table>),
    /// One of them: a map if its columns have names, else a list.
    Row(Arc<Table>, usize),
}

impl View {
    /// The data as a script of this thread sees it: arrays and maps as views, the rest as it is.
    pub fn of(data: &Plain) -> Dynamic {
        match data {
            Plain::Nothing => Dynamic::UNIT,
            Plain::Bool(value) => (*value).into(),
            Plain::Int(value) => (*value).into(),
            Plain::Float(value) => (*value).into(),
            Plain::Text(text) => text.as_str().into(),
            Plain::Bytes(bytes) => Dynamic::from_blob(bytes.clone()),
            Plain::List(items) => {
                Dynamic::from(Self(Rc::new(Items::List(items.iter().map(Self::of).collect()))))
            }
            Plain::Object(members) => {
                let member = |(key, value): (&String, &Plain)| (key.into(), Self::of(value));
                Dynamic::from(Self(Rc::new(Items::Object(members.iter().map(member).collect()))))
            }
        }
    }

    /// A file's lines, as a list.
    pub fn of_lines(table: Arc<Table>) -> Self {
        Self(Rc::new(Items::Lines(table)))
    }

    /// A file's rows, as a list of maps or lists.
    pub fn of_table(table: Arc<Table>) -> Self {
        Self(Rc::new(Items::Table(table)))
    }

    /// How many elements or members there are.
    pub fn len(&self) -> usize {
        match &*self.0 {
            Items::List(items) => items.len(),
            Items::Object(members) => members.len(),
            Items::Lines(table) | Items::Table(table) => table.rows(),
            Items::Row(table, _) => table.columns(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn is_map(&self) -> bool {
        match &*self.0 {
            Items::Object(_) => true,
            Items::Row(table, _) => !table.header().is_empty(),
            Items::List(_) | Items::Lines(_) | Items::Table(_) => false,
        }
    }

    /// The element number `place` of a list, the value of the member number `place` of a map.
    fn get(&self, place: usize) -> Option<Dynamic> {
        match &*self.0 {
            Items::List(items) => items.get(place).cloned(),
            Items::Object(members) => members.values().nth(place).cloned(),
            Items::Lines(table) => table.cell(place, 0).map(Into::into),
            Items::Row(table, row) => table.cell(*row, place).map(Into::into),
            Items::Table(table) => (place < table.rows())
                .then(|| Dynamic::from(Self(Rc::new(Items::Row(Arc::clone(table), place))))),
        }
    }

    /// The name of the member number `place` of a map.
    fn key(&self, place: usize) -> Option<ImmutableString> {
        match &*self.0 {
            Items::Object(members) => members.keys().nth(place).cloned(),
            Items::Row(table, _) => table.header().get(place).map(Into::into),
            Items::List(_) | Items::Lines(_) | Items::Table(_) => None,
        }
    }

    /// An element by its number.
    ///
    /// # Errors
    /// When there is none of that number, or this is a map.
    pub fn at(&self, index: i64) -> ScriptResult<Dynamic> {
        if self.is_map() {
            return Err(throw(HostError::argument(format!("a map has no element {index}"))));
        }
        // As in Rhai's arrays, negative numbers count from the end.
        let place = if index < 0 { index + self.len() as i64 } else { index };
        usize::try_from(place).ok().and_then(|place| self.get(place)).ok_or_else(|| {
            let message = format!("no element {index} in a list of {}", self.len());
            throw(HostError::argument(message))
        })
    }

    fn member(&self, key: &str) -> Dynamic {
        match &*self.0 {
            Items::Object(members) => members.get(key).cloned().unwrap_or_default(),
            Items::Row(table, row) => table.named(*row, key).map(Into::into).unwrap_or_default(),
            Items::List(_) | Items::Lines(_) | Items::Table(_) => Dynamic::UNIT,
        }
    }

    fn keys(&self) -> Array {
        (0..self.len()).map_while(|place| self.key(place).map(Into::into)).collect()
    }

    fn contains(&self, wanted: &str) -> bool {
        let is_it = |item: &Dynamic| {
            item.as_immutable_string_ref().is_ok_and(|text| text.as_str() == wanted)
        };
        match &*self.0 {
            Items::Object(members) => members.contains_key(wanted),
            Items::List(items) => items.iter().any(is_it),
            Items::Row(table, _) if self.is_map() => table.header().iter().any(|k| k == wanted),
            Items::Row(table, row) => {
                (0..table.columns()).any(|column| table.cell(*row, column) == Some(wanted))
            }
            Items::Lines(table) => (0..table.rows()).any(|row| table.cell(row, 0) == Some(wanted)),
            Items::Table(_) => false,
        }
    }

    /// A copy that a script may change.
    pub fn copy(&self) -> Dynamic {
        let own = |item: Dynamic| match item.read_lock::<Self>() {
            Some(view) => view.copy(),
            None => item.clone(),
        };
        let items = (0..self.len()).map_while(|place| self.get(place).map(own));
        match &*self.0 {
            // Walked once: its members have no numbers by which they are found quickly.
            Items::Object(members) => {
                let member = |(key, item): (&ImmutableString, &Dynamic)| {
                    (key.as_str().into(), own(item.clone()))
                };
                members.iter().map(member).collect::<Map>().into()
            }
            Items::Row(table, _) if self.is_map() => table
                .header()
                .iter()
                .map(|key| key.as_str().into())
                .zip(items)
                .collect::<Map>()
                .into(),
            _ => items.collect::<Array>().into(),
        }
    }

    fn text(&self) -> String {
        self.copy().to_string()
    }
}

impl IntoIterator for View {
    type Item = Dynamic;
    type IntoIter = ViewIter;

    fn into_iter(self) -> ViewIter {
        ViewIter { view: self, next: 0 }
    }
}

/// The elements of a list, or the keys of a map.
pub struct ViewIter {
    view: View,
    next: usize,
}

impl Iterator for ViewIter {
    type Item = Dynamic;

    fn next(&mut self) -> Option<Dynamic> {
        let found = match self.view.is_map() {
            true => self.view.key(self.next).map(Into::into),
            false => self.view.get(self.next),
        };
        self.next += 1;
        found
    }
}

/// What `setup()` returned, as `chain(data)` and `teardown(data)` see it, and what `file::lines`,
/// `file::csv` and `file::json` read. Arrays and maps in it can be
/// read like Rhai's own (`data.names[0]`, `for name in data.names`, `"k" in data`) but not changed.
#[export_module]
mod api {
    use super::View;
    use crate::host::convert::ScriptResult;
    use rhai::{Array, Dynamic};

    /// How many elements or members there are.
    ///
    /// # Example
    /// ```rhai
    /// // data is what setup() returned: #{ names: ["a.example", "b.example"] }
    /// check::that("two", data.names.len() == 2);
    /// ```
    #[rhai_fn(global, name = "len", pure)]
    pub fn len(view: &mut View) -> i64 {
        view.len() as i64
    }

    /// The names of a map's members; empty for a list.
    ///
    /// # Example
    /// ```rhai
    /// check::that("one member", data.keys() == ["names"]);
    /// ```
    #[rhai_fn(global, pure)]
    pub fn keys(view: &mut View) -> Array {
        view.keys()
    }

    /// Whether a map has that member, or a list that string; also as `"k" in data`.
    ///
    /// # Example
    /// ```rhai
    /// check::that("listed", data.names.contains("a.example") && "names" in data);
    /// ```
    #[rhai_fn(global, pure)]
    pub fn contains(view: &mut View, wanted: &str) -> bool {
        view.contains(wanted)
    }

    /// A copy of it all that may be changed.
    ///
    /// # Example
    /// ```rhai
    /// let names = data.names.copy();
    /// names.push("one more");
    /// check::that("only the copy", names.len() == 3 && data.names.len() == 2);
    /// ```
    #[rhai_fn(global, pure)]
    pub fn copy(view: &mut View) -> Dynamic {
        view.copy()
    }

    /// An element by its number; negative ones count from the end. Errors: `argument`.
    #[rhai_fn(global, index_get, pure, return_raw)]
    pub fn at(view: &mut View, index: i64) -> ScriptResult<Dynamic> {
        view.at(index)
    }

    /// A member by its name, or `()`; also as `data.name`.
    #[rhai_fn(global, index_get, pure)]
    pub fn member(view: &mut View, key: &str) -> Dynamic {
        view.member(key)
    }

    /// The value as text.
    ///
    /// # Example
    /// ```rhai
    /// log::info(`the run goes on with ${data.names}`);
    /// ```
    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn text(view: &mut View) -> String {
        view.text()
    }
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    let mut module = rhai::exported_module!(api);
    let doc = "/// An array or a map that cannot be changed, such as what `setup()` or `file::json` returned.";
    module.set_custom_type_with_comments::<View>("View", &[doc]);
    module.set_iterable::<View>();
    module
}

#[cfg(test)]
mod tests {
    use rhai::{Engine, Scope};

    use super::*;

    fn eval<T: Clone + 'static>(script: &str) -> T {
        let mut engine = Engine::new();
        engine.register_global_module(module().into());
        let source: Dynamic = engine
            .eval(r#"#{ names: ["a", "b"], deep: #{ n: 1, list: [#{ x: 2 }] } }"#)
            .expect("data");
        let mut scope = Scope::new();
        scope.push_constant("data", View::of(&Plain::copy(&source, "data").expect("plain")));
        engine.eval_with_scope(&mut scope, script).expect("a value")
    }

    #[test]
    fn views_read_like_arrays_and_maps() {
        assert_eq!(eval::<i64>("data.deep.list[0].x + data[\"deep\"].n"), 3);
        assert_eq!(eval::<String>("let s = \"\"; for n in data.names { s += n; } s"), "ab");
        assert_eq!(eval::<String>("data.names[-1]"), "b");
        assert!(eval::<bool>("\"deep\" in data && data.names.contains(\"a\")"));
        assert!(eval::<bool>("data.nothing == () && data.names.len() == 2"));
    }

    #[test]
    fn a_copy_may_be_changed() {
        assert_eq!(eval::<i64>("let c = data.copy(); c.names.push(\"c\"); c.names.len()"), 3);
    }
}

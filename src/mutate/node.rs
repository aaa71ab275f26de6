//! JSON as it is written: members in order, repeats and all, and parts that are no JSON.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::jose::json_object::push_string;

/// A JSON value that can be wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Object(Vec<Member>),
    Array(Vec<Node>),
    /// A string, not yet escaped.
    Text(String),
    /// Anything, as it is written.
    Raw(Vec<u8>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    /// As it is written, with its quotes.
    pub(super) name: Vec<u8>,
    pub(super) value: Node,
}

impl Member {
    pub(super) fn new(name: &str, value: Node) -> Self {
        let mut quoted = Vec::with_capacity(name.len() + 2);
        push_string(&mut quoted, name);
        Self { name: quoted, value }
    }

    /// The name without its quotes, for people.
    pub(super) fn label(&self) -> String {
        String::from_utf8_lossy(&self.name).trim_matches('"').to_owned()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""))
            == Some(name.as_bytes())
    }
}

impl Node {
    /// The value that is `text`, if it is JSON.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    pub(super) fn raw(text: impl AsRef<[u8]>) -> Self {
        Self::Raw(text.as_ref().to_vec())
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// As it goes out.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => push_string(out, text),
            Self::Raw(text) => out.extend_from_slice(text),
            Self::Array(items) => list(out, b"[]", items, |out, item| item.write(out)),
            Self::Object(members) => list(out, b"{}", members, |out, member| {
                out.extend_from_slice(&member.name);
                out.push(b':');
                member.value.write(out);
            }),
        }
    }

    /// The value of the first member `name` of this object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|member| member.is(name)).map(|member| &member.value)
    }

    /// As `get`, to be changed.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Self::Object(members) = self else { return None };
        members.iter_mut().find(|member| member.is(name)).map(|member| &mut member.value)
    }

    /// Gives this object the member `name`, in place of the one that it has.
    pub(super) fn set(&mut self, name: &str, value: Self) {
        if let Some(old) = self.get_mut(name) {
            *old = value;
        } else if let Self::Object(members) = self {
            members.push(Member::new(name, value));
        }
    }

    /// The string that the member `name` is, to be changed.
    pub(super) fn text_mut(&mut self, name: &str) -> Option<&mut String> {
        match self.get_mut(name) {
            Some(Self::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Everything below this value, each after what holds it, with what to call it.
    pub(super) fn slots(&self) -> Vec<(String, &Self)> {
        let mut slots = Vec::new();
        self.push_slots("", &mut slots);
        slots
    }

    fn push_slots<'a>(&'a self, path: &str, slots: &mut Vec<(String, &'a Self)>) {
        let mut push = |label: String, value: &'a Self| {
            let path = if path.is_empty() { label } else { format!("{path}.{label}") };
            slots.push((path.clone(), value));
            value.push_slots(&path, slots);
        };
        match self {
            Self::Object(members) => {
                members.iter().for_each(|member| push(member.label(), &member.value));
            }
            Self::Array(items) => items.iter().for_each(|item| push("[]".to_owned(), item)),
            Self::Text(_) | Self::Raw(_) => {}
        }
    }

    /// The value at `index` of `slots`.
    pub(super) fn slot_mut(&mut self, index: usize) -> Option<&mut Self> {
        self.find_mut(&mut { index + 1 }, |_| true)
    }

    /// The objects in this value, itself included, in the order of `slots`.
    pub(super) fn objects(&self) -> Vec<&[Member]> {
        let all = std::iter::once(self).chain(self.slots().into_iter().map(|(_, value)| value));
        all.filter_map(|node| match node {
            Self::Object(members) => Some(members.as_slice()),
            _ => None,
        })
        .collect()
    }

    /// The object at `index` of `objects`.
    pub(super) fn object_mut(&mut self, mut index: usize) -> Option<&mut Vec<Member>> {
        match self.find_mut(&mut index, |node| matches!(node, Self::Object(_)))? {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The value that has `left` wanted ones before it.
    fn find_mut(&mut self, left: &mut usize, wanted: fn(&Self) -> bool) -> Option<&mut Self> {
        if wanted(self) {
            if *left == 0 {
                return Some(self);
            }
            *left -= 1;
        }
        match self {
            Self::Object(members) => {
                members.iter_mut().find_map(|member| member.value.find_mut(left, wanted))
            }
            Self::Array(items) => items.iter_mut().find_map(|item| item.find_mut(left, wanted)),
            Self::Text(_) | Self::Raw(_) => None,
        }
    }
}

/// Writes `items` between `brackets`, with commas.
fn list<T>(out: &mut Vec<u8>, brackets: &[u8; 2], items: &[T], write: fn(&mut Vec<u8>, &T)) {
    out.push(brackets[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(brackets[1]);
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::raw(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::raw(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::raw(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::raw(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::text(value))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::raw("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Node>()? {
            members.push(Member::new(&name, value));
        }
        Ok(Node::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = br#"{"b":[1,{"c":null}],"a":"x\"","b":{"d":true}}"#;

    #[test]
    fn what_is_read_is_written_again() {
        assert_eq!(Node::parse(TEXT).expect("JSON").written(), TEXT);
        assert_eq!(Node::parse(b"{"), None);
    }

    #[test]
    fn slots_are_found_again() {
        let mut node = Node::parse(TEXT).expect("JSON");
        let slots: Vec<_> =
            node.slots().into_iter().map(|(label, slot)| (label, slot.clone())).collect();
        let labels: Vec<_> = slots.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["b", "b.[]", "b.[]", "b.[].c", "a", "b", "b.d"]);
        for (index, (_, slot)) in slots.iter().enumerate() {
            assert_eq!(node.slot_mut(index), Some(&mut slot.clone()));
        }
        assert_eq!(node.slot_mut(slots.len()), None);
    }

    #[test]
    fn objects_are_found_again() {
        let mut node = Node::parse(TEXT).expect("JSON");
        let sizes: Vec<_> = node.objects().iter().map(|members| members.len()).collect();
        assert_eq!(sizes, [3, 1, 1]);
        assert!(node.object_mut(1).expect("the second")[0].is("c"));
        assert!(node.object_mut(2).expect("the third")[0].is("d"));
        assert_eq!(node.object_mut(3), None);
    }

    #[test]
    fn members_are_replaced_or_added() {
        let mut node = Node::parse(br#"{"a":1}"#).expect("JSON");
        node.set("a", Node::text("x"));
        node.set("b", Node::raw("2"));
        assert_eq!(node.written(), br#"{"a":"x","b":2}"#);
    }
}

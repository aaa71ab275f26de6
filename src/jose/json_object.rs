//! A JSON object written member by member, so that order and repeats are the caller's to choose.

/// An object being written. Nothing checks that names differ or that raw values are JSON: wrong
/// objects are what this tool sends on purpose.
pub struct JsonObject(Vec<u8>);

impl JsonObject {
    /// An object without members, in a buffer of `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut text = Vec::with_capacity(capacity);
        text.push(b'{');
        Self(text)
    }

    /// Adds a member whose value is the string `text`.
    pub fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        push_string(&mut self.0, text);
    }

    /// Adds a member whose value is `json`, as it is.
    pub fn raw(&mut self, name: &str, json: &[u8]) {
        self.name(name);
        self.0.extend_from_slice(json);
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        push_string(&mut self.0, name);
        self.0.push(b':');
    }

    /// The text of the object.
    pub fn finish(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}

/// Appends `text` as a JSON string, quoted and escaped (RFC 8259 section 7).
pub fn push_string(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("a string always serializes into memory");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_order_and_repeat() {
        let mut object = JsonObject::with_capacity(0);
        object.text("b", "x\"\n\u{1}");
        object.raw("a", b"[1]");
        object.text("b", "");
        assert_eq!(object.finish(), br#"{"b":"x\"\n\u0001","a":[1],"b":""}"#);
        assert_eq!(JsonObject::with_capacity(0).finish(), b"{}");
    }
}

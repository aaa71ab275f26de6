//! The verified payload of a request.

use serde::Deserialize;

use crate::ca::{json, problem::Problem};

pub(super) struct Payload(pub(super) Vec<u8>);

impl Payload {
    /// Whether this is a POST-as-GET (RFC 8555 §6.3).
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses anything but a POST-as-GET.
    pub(super) fn require_empty(&self) -> Result<(), Problem> {
        if self.is_empty() {
            return Ok(());
        }
        Err(Problem::malformed("this resource is only read, by POST-as-GET with an empty payload"))
    }

    /// The payload as the JSON object `T`.
    pub(super) fn object<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Problem> {
        json::object(&self.0)
            .map_err(|error| Problem::malformed(format!("the payload cannot be read: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn tells_post_as_get_from_an_object() {
        let (empty, object) = (Payload(vec![]), Payload(b"{}".to_vec()));
        assert!(empty.is_empty() && empty.require_empty().is_ok());
        assert!(!object.is_empty() && object.require_empty().is_err());
        assert!(empty.object::<Value>().is_err());
        assert_eq!(object.object::<Value>(), Ok(serde_json::json!({})));
    }
}

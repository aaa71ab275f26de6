//! The names of a certificate, in few bytes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

/// Names without order: how many there are, and a sum that tells other names apart. A run can have
/// millions of certificates, whose names would take most of the memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Names {
    /// How many.
    pub count: u32,
    sum: u64,
}

impl Names {
    /// Those of a certificate.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        for name in names {
            all.add(&reversed(name));
        }
        all
    }

    /// Adds one as the table `issuedNames` has it.
    pub fn add(&mut self, reversed_name: &str) {
        let mut hasher = DefaultHasher::new();
        reversed_name.hash(&mut hasher);
        self.count += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

/// What `issuedNames.reversedName` is for a name: its labels from the last to the first, or an IP
/// address as it is.
fn reversed(name: &str) -> String {
    match name.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => name.to_ascii_lowercase().rsplit('.').collect::<Vec<_>>().join("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_reversed_and_addresses_are_not() {
        assert_eq!(reversed("www.Example.com"), "com.example.www");
        assert_eq!(reversed("*.example.com"), "com.example.*");
        assert_eq!(reversed("127.0.0.1"), "127.0.0.1");
        assert_eq!(reversed("2001:DB8:0::1"), "2001:db8::1");
    }

    #[test]
    fn order_does_not_matter_but_every_name_does() {
        let of = |names: &[&str]| Names::of(names.iter().copied());
        assert_eq!(of(&["a.com", "b.com"]), of(&["b.com", "a.com"]));
        assert_ne!(of(&["a.com", "b.com"]), of(&["a.com", "a.com"]));
        let mut rows = Names::default();
        rows.add("com.b");
        rows.add("com.a");
        assert_eq!(rows, of(&["a.com", "b.com"]));
    }
}

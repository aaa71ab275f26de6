//! Which paths a route is for: segments, of which `*` stands for any one.

use std::str::FromStr;

/// A path with `*` segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') || text.contains(['?', '#']) {
            let told = "a path begins with / and has no query; write /api/v1/agents/*/heartbeat";
            return Err(format!("`{text}` is no path; {told}"));
        }
        match text.split('/').find(|part| part.contains('*') && *part != "*") {
            Some(part) => Err(format!("`{part}` in `{text}`: * stands for a whole segment")),
            None => Ok(Self { text: text.to_owned() }),
        }
    }
}

impl Pattern {
    /// What each `*` stands for in `path`, or nothing when it is another path.
    pub(super) fn matched<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let (mut segments, mut parts) = (Vec::new(), path.split('/'));
        for wanted in self.text.split('/') {
            match (wanted, parts.next()?) {
                ("*", "") => return None,
                ("*", part) => segments.push(part),
                (wanted, part) if wanted != part => return None,
                _ => {}
            }
        }
        parts.next().is_none().then_some(segments)
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How many `*` it has.
    pub(super) fn segments(&self) -> usize {
        self.text.split('/').filter(|part| *part == "*").count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_segment() {
        let pattern: Pattern = "/agents/*/jobs/*".parse().expect("a path");
        assert_eq!(pattern.segments(), 2);
        assert_eq!(pattern.matched("/agents/a-1/jobs/7"), Some(vec!["a-1", "7"]));
        for other in ["/agents/a/jobs", "/agents/a/jobs/7/", "/agents//jobs/7", "/agents/a/job/7"] {
            assert_eq!(pattern.matched(other), None, "{other}");
        }
        let root: Pattern = "/".parse().expect("a path");
        assert_eq!((root.matched("/"), root.matched("/a")), (Some(vec![]), None));
    }

    #[test]
    fn what_is_no_path_is_told() {
        for text in ["", "agents", "/a?b=1"] {
            assert!(text.parse::<Pattern>().expect_err(text).contains("is no path"));
        }
        let told = "/agents/a*".parse::<Pattern>().expect_err("half a segment");
        assert_eq!(told, "`a*` in `/agents/a*`: * stands for a whole segment");
    }
}

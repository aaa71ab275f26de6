//! The dashboards in `dashboards/`, as Grafana reads them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

pub(crate) struct Dashboard(Value);

impl Dashboard {
    #[track_caller]
    pub(crate) fn read(file: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards").join(file);
        let text = fs::read_to_string(path).expect("it is there");
        Self(serde_json::from_str(&text).expect("it is JSON"))
    }

    fn panels(&self) -> &[Value] {
        self.0["panels"].as_array().expect("there are panels")
    }

    fn templating(&self) -> &[Value] {
        self.0["templating"]["list"].as_array().expect("there are variables")
    }

    /// What its panels ask, which is at `key` of each target.
    #[track_caller]
    pub(crate) fn queries(&self, key: &str) -> Vec<String> {
        let targets = |panel: &Value| panel["targets"].as_array().cloned().unwrap_or_default();
        let query = |target: Value| target[key].as_str().expect("a target has a query").to_owned();
        self.panels().iter().flat_map(targets).map(query).collect()
    }

    /// What its variables ask.
    pub(crate) fn variables(&self) -> Vec<String> {
        let asking = self.templating().iter().filter(|variable| variable["type"] == "query");
        let query = |variable: &Value| {
            variable["definition"].as_str().expect("a variable has a query").to_owned()
        };
        asking.map(query).collect()
    }
}

#[test]
fn whose_data_is_shown_can_be_chosen() {
    for (file, kind) in
        [("coyote-prometheus.json", "prometheus"), ("coyote-statsd.json", "graphite")]
    {
        let dashboard = Dashboard::read(file);
        let named = |name: &str| {
            let found = dashboard.templating().iter().find(|variable| variable["name"] == name);
            found.unwrap_or_else(|| panic!("{file} has no variable {name}"))
        };
        let source = named("datasource");
        assert_eq!((&source["type"], &source["query"]), (&"datasource".into(), &kind.into()));
        for variable in ["chain", "endpoint"] {
            assert_eq!(named(variable)["datasource"]["uid"], "${datasource}");
        }
        let mut ids = BTreeSet::new();
        for panel in dashboard.panels() {
            assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{panel:#}");
            let place = |key: &str| panel["gridPos"][key].as_u64().expect("a place");
            assert!(place("x") + place("w") <= 24, "{panel:#}");
            if panel.get("targets").is_some() {
                assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel:#}");
            }
        }
    }
}

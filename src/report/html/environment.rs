//! Where and with what the run was made.

use maud::{Markup, html};

use super::figures;
use crate::report::model::Model;
use crate::sink::human;

/// More stages or scripts than these are only counted.
const MOST_SHOWN: usize = 12;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let here = model.summary.environment.as_ref()?;
    let facts = [
        ("coyote", here.coyote.clone()),
        ("System", here.os.clone()),
        ("Cores", here.cores.to_string()),
        ("Shards", here.shards.to_string()),
        ("Profile", list(&here.profile)),
        ("Scripts", list(&here.scripts)),
    ];
    Some(html! {
        section id="environment" {
            h2 { "Environment" }
            dl class="facts" {
                @for (name, value) in facts { dt { (name) } dd { (figures::text(&value)) } }
            }
        }
    })
}

fn list(items: &[String]) -> String {
    let items: Vec<_> = items.iter().map(String::as_str).collect();
    human::listed(&items, MOST_SHOWN)
}

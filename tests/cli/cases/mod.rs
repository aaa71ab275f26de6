//! Files of cases.

mod fixture;
mod judged;
mod load;
mod named;
mod scripts;
mod verdicts;

//! `docket import`: a spreadsheet of Ofsted's, as published, becomes events.
//!
//! In reading order: [`sheet`] (a workbook as typed cells), [`heading`] and [`tables`] (tables found by their headings),
//! [`cells`], [`entry`] and [`rows`] (rows as inspections), [`release`], [`who`] (which authority), [`same`] and [`merge`]
//! (the rows of a workbook that tell one inspection), [`known`] (what is on record), [`documents`], [`names`], [`events`],
//! [`compare`] and [`plan`] (what to record), [`provider_rows`] and [`registration`] (the same for regulated providers), [`docket`], [`work`] and [`mod@run`] (asking and recording), [`report`] and [`tell`].

mod cells;
mod compare;
mod docket;
mod documents;
mod entry;
mod events;
#[cfg(test)]
mod fake;
mod heading;
mod known;
mod lines;
mod listed;
mod located;
mod merge;
mod missing;
mod names;
#[cfg(all(test, feature = "shared-data"))]
mod order_tests;
mod plan;
mod provider_rows;
#[cfg(all(test, feature = "shared-data"))]
mod real_tests;
mod registration;
mod release;
mod report;
mod rows;
mod run;
mod same;
#[cfg(all(test, feature = "shared-data"))]
mod server_tests;
mod sheet;
mod tables;
mod tell;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_book;
mod told;
mod who;
mod work;
mod workbook;

pub(crate) use docket::Server;
pub(crate) use lines::{Becomes, Reconciled, is_telling};
pub(crate) use run::{ImportError, Options, Progress, run};
pub(crate) use tell::{json_lines, text};

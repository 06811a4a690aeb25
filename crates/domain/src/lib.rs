//! The rules of Docket: pure, without IO, clock, threads or wire format.
//!
//! Modules in reading order: the values ([`id`], [`date`], [`terms`]), what is recorded ([`event`]), what counts of it (`facts`) and what a question sees (`seen`), the
//! tables ([`frameworks`], [`rules`], their sources: [`cited`]; [`effects`]), what a policy sets where they are silent ([`policy`]), the calendar ([`calendar`]) and what holds for the whole country ([`national`]), the parts of an answer (`inspections`,
//! `pathway`, `instruments`, `obligations`, `cases`, `existence`), the answer ([`answer`], [`status`]) and why it is so ([`why`]), what it says of
//! the days to come ([`ahead`]), what an event is about ([`about`]), how long things took ([`intervals`]), whom to visit first ([`priorities`]), who is meant ([`register`]), what
//! stands in plans, and the indicators beside a status ([`plans`]), the same for regulated providers ([`providers`]), and what may be recorded
//! ([`decide`]).
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod about;
pub mod ahead;
pub mod answer;
pub mod calendar;
mod cases;
pub mod cited;
pub mod date;
pub mod decide;
pub mod effects;
pub mod event;
mod existence;
mod facts;
pub mod frameworks;
pub mod id;
mod inspections;
mod instruments;
mod interim;
pub mod intervals;
pub mod national;
mod obligations;
mod pathway;
pub mod plans;
pub mod policy;
pub mod priorities;
pub mod providers;
pub mod register;
pub mod rules;
mod seen;
pub mod status;
pub mod terms;
mod weight;
pub mod why;

pub use id::{EventId, Position, Revision, StreamId};
pub use interim::{RELAXED, Relaxed};

//! Regulated providers: the second kind of subject. Their inspections are gathered as those of authorities are; what is enforced against
//! them, and what was required of them, is theirs alone.

mod answer;
mod law;
mod measures;
mod open;
pub mod status;

pub use answer::{reference, status};
pub use law::{Act, BASES, Basis, RIGHTS, Right};

pub(crate) use answer::said_of_provider;
pub(crate) use law::row;
pub(crate) use measures::{Kept as Measure, fits, gather};

//! The generated code, under one name.
#![expect(
    missing_docs,
    unreachable_pub,
    clippy::missing_errors_doc,
    clippy::too_many_lines,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::large_enum_variant,
    reason = "generated from proto/, where the documentation is"
)]

mod packages {
    pub mod docket {
        pub mod v1 {
            include!("generated/docket.v1.rs");
        }
    }
    pub mod google {
        pub mod r#type {
            include!("generated/google.type.rs");
        }
    }
}

pub use packages::docket::v1::*;
pub use packages::google::r#type::Date;

//! What is wrong with a request: every field at once, each with what would be right.

/// One field that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The way to it in names of the proto: `events[2].improvement_notice_issued.domain`.
    pub field: String,
    /// What would be right.
    pub description: String,
}

/// The problems found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<FieldProblem>);

impl Problems {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        let (field, description) = (field.into(), description.into());
        self.0.push(FieldProblem { field, description });
    }

    /// Takes over the problems of a part and gives back the part, where it could be read.
    pub fn take<T>(&mut self, part: Result<T, Vec<FieldProblem>>) -> Option<T> {
        part.map_err(|problems| self.0.extend(problems)).ok()
    }

    /// The value, if there were no problems.
    ///
    /// # Errors
    /// Every problem found, in the order in which they were found.
    ///
    /// # Panics
    /// If the value is missing and nothing says why.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldProblem>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => {
                assert!(!self.0.is_empty(), "what cannot be read has a problem that says why");
                Err(self.0)
            }
        }
    }
}

//! `docket explain`: why a field of an answer is as it is.

use clap::Args;
use docket_api::pb;

use crate::args::{AsOfArgs, ServerArgs};
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::Out;
use crate::render::explanation::explanation;

/// What `docket explain` is called with.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// GSS code, Ofsted URN, DfE number or name
    authority: String,

    /// A field as `docket compare` names it, or the beginning of its name: pathway.state,
    /// `profile.grades[overall_effectiveness].grade`, `obligations[KEY]`, instruments
    field: String,

    /// Also whole ids, and where each event was read
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl Explain {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let request = pb::ExplainStatusRequest {
            authority: self.authority,
            field: self.field,
            as_of: Some(self.as_of.to_pb()),
        };
        let answer = client.status().explain_status(request).await.or_failed(&client).await?.into_inner();
        if out.json() {
            return out.message(&answer);
        }
        let style = out.style().why(self.why);
        out.text(&explanation(style, &answer))
    }
}

//! `docket explain`: why a field of an answer is as it is.

use clap::Args;
use docket_api::pb;

use crate::args::{AsOfArgs, PROVIDER, ServerArgs};
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::Out;
use crate::render::explanation::{explanation, provider_explanation};

/// What `docket explain` is called with.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// GSS code, Ofsted URN, DfE number or name; provider/URN for a regulated provider
    authority: String,

    /// A field as `docket compare` names it, or the beginning of its name: pathway.state,
    /// `profile.grades[overall_effectiveness].grade`, `obligations[KEY]`, instruments, measures
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
        let style = out.style().why(self.why);
        let as_of = Some(self.as_of.to_pb());
        if let Some(urn) = self.authority.strip_prefix(PROVIDER) {
            let request = pb::ExplainProviderRequest { urn: urn.to_owned(), field: self.field, as_of };
            let answer = client.providers().explain_provider(request).await.or_failed(&client).await?;
            let answer = answer.into_inner();
            return if out.json() {
                out.message(&answer)
            } else {
                out.text(&provider_explanation(style, answer))
            };
        }
        let request = pb::ExplainStatusRequest { authority: self.authority, field: self.field, as_of };
        let answer = client.status().explain_status(request).await.or_failed(&client).await?.into_inner();
        if out.json() {
            return out.message(&answer);
        }
        let name = answer.authority.clone().unwrap_or_default().name;
        out.text(&explanation(style, &name, &answer))
    }
}

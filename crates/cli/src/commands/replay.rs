//! `docket replay`: each event of an authority with what it changed, and why.

use clap::{Args, ValueEnum};
use docket_api::pb;

use crate::args::{AsOfArgs, ServerArgs};
use crate::client::{Client, OrFailed as _};
use crate::exit::Failure;
use crate::output::Out;
use crate::refusal::as_known_at;
use crate::render::history::step;
use crate::render::words::count;

/// In which order events are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Order {
    /// As they were recorded.
    Recorded,
    /// As they happened.
    Happened,
}

/// What `docket replay` is called with.
#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// GSS code, Ofsted URN, DfE number or name
    authority: String,

    /// As they were recorded, or as they happened
    #[arg(long, value_enum, default_value_t = Order::Recorded)]
    order: Order,

    /// Whole event ids, and where each was read
    #[arg(long)]
    why: bool,

    #[command(flatten)]
    as_of: AsOfArgs,

    #[command(flatten)]
    server: ServerArgs,
}

impl Replay {
    /// Asks and shows.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        let client = Client::connect(&self.server.server).await?;
        let order = match self.order {
            Order::Recorded => pb::ReplayOrder::Recorded,
            Order::Happened => pb::ReplayOrder::Happened,
        };
        let request = pb::ReplayCaseRequest {
            authority: self.authority,
            as_of: Some(self.as_of.to_pb()),
            order: order.into(),
        };
        let known_at = self.as_of.known_at;
        let steps = client.history().replay_case(request).await.or_failed(&client).await;
        let mut steps = steps.map_err(|failure| as_known_at(failure, known_at))?.into_inner();
        let style = out.style().why(self.why);
        let mut total = 0;
        while let Some(answer) = steps.message().await.or_failed(&client).await? {
            total += 1;
            if out.json() {
                out.message(&answer)?;
            } else {
                if total == 1 {
                    out.line(heading(self.order))?;
                }
                out.text(&step(style, &answer))?;
            }
        }
        if out.json() { Ok(()) } else { out.line(&format!("\n{}", count(total, "event"))) }
    }
}

/// In which order events are told, and on which day the answer is asked whose changes are shown.
fn heading(order: Order) -> &'static str {
    match order {
        Order::Recorded => {
            "In the order recorded, with changes on the day each event happened (--order happened: in the order of the world)."
        }
        Order::Happened => {
            "In the order of the world, with changes on the day each event happened (--order recorded: as Docket learned it)."
        }
    }
}

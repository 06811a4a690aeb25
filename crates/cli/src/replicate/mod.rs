//! Keeping a copy of a log: each event of the original, in its stored bytes, as the next event of a log of our own. `local` is the copy.
//!
//! The copy takes over the id of the log, for its checkpoints name it, and whoever goes on with the copy goes on with the name. It does not
//! take over how events lie in chunks: that is nobody's business but the disk's. The tree of hashes is the same, and is compared.

mod local;

use std::path::PathBuf;
use std::time::Duration;

use docket_api::pb;
use docket_api::pb::replicate_response::Message;
use docket_api::reason::{self, Reason};
use docket_proof::VerifierKey;
use indicatif::ProgressBar;
use tokio::sync::mpsc;
use tonic::{Code, Status};

use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::note;
use crate::render::words::thousands;
use local::Local;

/// Messages that are received ahead of what is written.
const AHEAD_MAX: usize = 4;
/// How long after a lost connection it is tried again, the first time and at most.
const AGAIN_AFTER: Duration = Duration::from_millis(200);
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(30);

/// What is to be copied where.
pub(crate) struct Plan {
    /// Address of the original.
    pub(crate) from: String,
    /// The directory of the copy.
    pub(crate) data: PathBuf,
    /// Whose checkpoints are believed; empty: those whom the original lists.
    pub(crate) keys: Vec<VerifierKey>,
    /// To end when the copy has caught up.
    pub(crate) once: bool,
}

/// What was copied.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Copied {
    /// The last position.
    pub(crate) last: u64,
    /// Events that were added.
    pub(crate) events: u64,
    /// Checkpoints that were.
    pub(crate) checkpoints: u64,
}

/// Why a connection ended.
enum Ended {
    /// The copy has all, and no more was asked for.
    Whole,
    /// It may be tried again.
    Lost(Failure),
}

/// Copies until `stop` comes, or, if asked to, until everything is there.
///
/// # Errors
/// If original and copy are not the same log, with the place where they differ; if the copy cannot be written; if the original cannot be
/// reached and `once` was asked for.
pub(crate) async fn replicate(plan: &Plan, stop: impl Future<Output = ()>) -> Result<Copied, Failure> {
    let mut local = Local::there(plan)?;
    let bar = ProgressBar::new_spinner();
    let followed = tokio::select! {
        followed = keep_on(plan, &mut local, &bar) => followed,
        () = stop => Ok(()),
    };
    bar.finish_and_clear();
    let copied = local.as_ref().map_or_else(Copied::default, Local::copied);
    local.into_iter().for_each(Local::close);
    followed.map(|()| copied)
}

/// Follows the original, again and again.
async fn keep_on(plan: &Plan, local: &mut Option<Local>, bar: &ProgressBar) -> Result<(), Failure> {
    let mut wait = AGAIN_AFTER;
    loop {
        let before = local.as_ref().map(Local::head);
        match follow(plan, local, bar).await? {
            Ended::Whole => return Ok(()),
            Ended::Lost(failure) if plan.once => return Err(failure),
            Ended::Lost(failure) => {
                if local.as_ref().map(Local::head) != before {
                    wait = AGAIN_AFTER;
                }
                bar.suspend(|| note(&format!("{}; trying again in {wait:?}", failure.message)));
            }
        }
        tokio::time::sleep(wait).await;
        wait = (2 * wait).min(AGAIN_AFTER_MAX);
    }
}

/// Follows the original as long as the connection lasts.
async fn follow(plan: &Plan, local: &mut Option<Local>, bar: &ProgressBar) -> Result<Ended, Failure> {
    let client = match Client::connect(&plan.from).await {
        Ok(client) => client,
        Err(failure) if failure.exit == Exit::Unreachable => return Ok(Ended::Lost(failure)),
        Err(failure) => return Err(failure),
    };
    let request = local.as_ref().map_or_else(pb::ReplicateRequest::default, Local::request);
    let mut messages = match client.replication().replicate(request).await {
        Ok(answer) => ahead(answer.into_inner()),
        Err(status) => return ended(&client, &status).await,
    };
    while let Some(next) = messages.recv().await {
        match next {
            Err(status) => return ended(&client, &status).await,
            Ok(Message::Log(original)) => begin(plan, local, &original).await?,
            Ok(Message::Events(events)) => {
                let local = the(local)?;
                local.append(events).await?;
                let last = local.head().0;
                tracing::info!(last, "copied");
                bar.set_message(format!("at position {}", thousands(last)));
                bar.tick();
            }
            Ok(Message::Checkpoint(checkpoint)) => the(local)?.checkpoint(&checkpoint.note)?,
            Ok(Message::CaughtUp(_)) if plan.once => return Ok(Ended::Whole),
            Ok(Message::CaughtUp(pb::CaughtUp { position })) => {
                bar.suspend(|| note(&format!("caught up at @{position}; waiting for more (Ctrl-C ends)")));
            }
        }
    }
    Ok(Ended::Lost(Failure::new(Exit::Unreachable, "the original ended the connection")))
}

/// Receives ahead of what is written.
fn ahead(mut answers: tonic::Streaming<pb::ReplicateResponse>) -> mpsc::Receiver<Result<Message, Status>> {
    let (sender, messages) = mpsc::channel(AHEAD_MAX);
    tokio::spawn(async move {
        while let Some(next) = answers.message().await.transpose() {
            let failed = next.is_err();
            // What a later version may send beside these is not for us.
            let Some(next) = next.map(|answer| answer.message).transpose() else { continue };
            if sender.send(next).await.is_err() || failed {
                return;
            }
        }
    });
    messages
}

/// Learns which log it is, and begins the copy or compares it.
async fn begin(plan: &Plan, local: &mut Option<Local>, original: &pb::ReplicatedLog) -> Result<(), Failure> {
    let local = match local {
        Some(local) => local,
        None => {
            let id = original.log_id.as_slice().try_into();
            local.insert(Local::open(plan, Some(id.map_err(|_| nameless())?))?)
        }
    };
    local.agree(original, &plan.keys).await
}

/// The copy, which was begun with the first message.
fn the(local: &mut Option<Local>) -> Result<&mut Local, Failure> {
    local.as_mut().ok_or_else(nameless)
}

fn nameless() -> Failure {
    Failure::new(Exit::Failed, "the server does not say which log it is")
}

/// What a call that ended means: whether it may be tried again.
async fn ended(client: &Client, status: &Status) -> Result<Ended, Failure> {
    let failure = client.failed(status).await;
    match Reason::from_name(&reason::refusal(status).reason) {
        Some(Reason::ShuttingDown | Reason::QueueFull) => Ok(Ended::Lost(failure)),
        Some(_) => Err(failure),
        None if status.code() == Code::Unimplemented => {
            Err(failure.hint("the original is of a version that cannot be copied like this: upgrade it"))
        }
        // The connection was lost.
        None => Ok(Ended::Lost(failure)),
    }
}

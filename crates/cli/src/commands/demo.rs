//! `docket demo`: a server with the sample histories, and a first look at what it can say.

use std::path::PathBuf;

use clap::Args;
use docket_server::config::{DATA_DIR_DEFAULT, LISTEN_DEFAULT};
use docket_server::run::{Opened, keep_signing, open};
use docket_server::{Config, RunError, ServeError, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::tour;
use crate::exit::{Exit, Failure};
use crate::output::{Out, note};
use crate::process::{asked_to_stop, chain, log_to_stderr, misconfigured, not_running};

/// What `docket demo` is called with.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Where the log is; made if it is not there. Run again on the same one, it records nothing twice
    #[arg(long, value_name = "DIR", default_value = DATA_DIR_DEFAULT)]
    data: PathBuf,

    /// Where to listen [default: that of --server; with --once any free port of this machine]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,

    /// Stop after printing
    #[arg(long)]
    once: bool,
}

/// A server in this process.
struct Server {
    url: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), ServeError>>,
    /// Makes checkpoints until `ended` is dropped.
    signing: Option<JoinHandle<()>>,
    ended: oneshot::Sender<()>,
    opened: Opened,
}

impl Demo {
    /// Serves, shows, and goes on serving until Ctrl-C.
    pub(crate) async fn run(self, out: &mut Out) -> Result<(), Failure> {
        // A call that fails is told by the demo itself, which made it.
        let _said = log_to_stderr("warn,docket_server::grpc::errors=off");
        let listen = self.listen.as_deref().unwrap_or(if self.once { "127.0.0.1:0" } else { LISTEN_DEFAULT });
        let config = Config::new(self.data.clone(), listen).map_err(|error| misconfigured(&error))?;
        let mut server = start(&config).await?;
        let place = tour::Place { url: &server.url, data: &self.data, stays: !self.once };
        let shown = tokio::select! {
            shown = tour::show(&place, out) => shown,
            () = asked_to_stop() => Err(Failure::silent(Exit::Failed)),
        };
        let shown = shown.and(out.flush());
        // A refused sample is told, and no reason not to serve.
        let goes_on = !matches!(&shown, Err(failure) if failure.exit != Exit::Partly);
        if goes_on && !self.once {
            note(&format!("\nServing at {} until Ctrl-C.", server.url));
            tokio::select! {
                // Only a fault ends it before it is asked to; `stop` tells it below.
                _ = &mut server.serving => {}
                () = asked_to_stop() => note("Stopping."),
            }
        }
        let stopped = stop(server).await;
        shown.and(stopped)
    }
}

async fn start(config: &Config) -> Result<Server, Failure> {
    let address = config.listen();
    let refused = |source| not_running(&RunError::Listen { address, source });
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let url = format!("http://{}", listener.local_addr().map_err(refused)?);
    let opened = open(config).await.map_err(|error| not_running(&error))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let asked = async {
        // A sender that was dropped is a stop too.
        let _dropped = stopped.await.is_err();
    };
    let (ended, end) = oneshot::channel::<()>();
    let signing = keep_signing(config, opened.proofs.as_ref(), async { drop(end.await) });
    let serving = tokio::spawn(serve(listener, opened.tracker.clone(), opened.proofs.clone(), asked));
    Ok(Server { url, stop, serving, signing, ended, opened })
}

async fn stop(server: Server) -> Result<(), Failure> {
    let Server { stop, serving, signing, ended, opened: Opened { tracker, log, proofs }, .. } = server;
    // It may have ended already.
    let _asked = stop.send(());
    let served = if serving.is_finished() { None } else { Some(serving.await) };
    tracker.stop();
    drop((tracker, ended));
    if let Some(Err(error)) = match signing {
        Some(signing) => Some(signing.await),
        None => None,
    } {
        return Err(Failure::new(Exit::Failed, format!("making checkpoints: {error}")));
    }
    drop(proofs);
    let closed = tokio::task::spawn_blocking(move || log.close()).await;
    closed.map_err(|error| Failure::new(Exit::Failed, format!("closing the log: {error}")))?;
    match served {
        Some(Ok(Err(error))) => Err(Failure::new(Exit::Failed, chain(&error))),
        Some(Err(error)) => Err(Failure::new(Exit::Failed, format!("serving: {error}"))),
        Some(Ok(Ok(()))) | None => Ok(()),
    }
}

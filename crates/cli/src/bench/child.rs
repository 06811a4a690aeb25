//! Servers in processes of their own: the real one, and one that stores nothing.
//!
//! A child says its address on standard error as `docket serve` does, and ends when its standard input does, so that none outlives the process that
//! started it, however that one ends.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use clap::ValueEnum;
use docket_server::Config;
use tokio::io::AsyncReadExt as _;
use tonic::transport::{Channel, Endpoint};

use super::{append, null, told, undecided};
use crate::exit::{Exit, Failure};
use crate::output::note;
use crate::process::{LOG_VARIABLE, log_to_stderr, misconfigured, not_running};

/// What stands before the address in the line that says it.
pub(crate) const ADDRESS: &str = "address=";
/// Events that a writer appends before it says so.
const WRITTEN_FIRST: u64 = 2_000;

/// What a process of its own plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The server on a data directory, as `docket serve` runs it
    Server,
    /// A server that stores nothing and answers at once what DIR says
    Null,
    /// A server that appends to the log of DIR whatever it is sent
    Undecided,
    /// A writer that appends to the log of DIR and never closes it
    Writer,
}

/// Plays a part until standard input ends.
///
/// # Errors
/// If it cannot.
pub(crate) async fn play(part: Part, data: PathBuf) -> Result<(), Failure> {
    let _said = log_to_stderr("info");
    match part {
        Part::Server => {
            let config = Config::new(data, "127.0.0.1:0").map_err(|error| misconfigured(&error))?;
            docket_server::run(config, input_ended()).await.map_err(|error| not_running(&error))
        }
        Part::Null => null::serve(&data, input_ended()).await,
        Part::Undecided => undecided::serve(&data, input_ended()).await,
        Part::Writer => write(&data).await,
    }
}

/// Appends until standard input ends, or the process is killed; it says so once the first events are durable.
async fn write(data: &Path) -> Result<(), Failure> {
    let log = append::open(data)?;
    append::fill(&log, WRITTEN_FIRST).await?;
    note(&format!("writing, {ADDRESS}none"));
    tokio::select! {
        () = input_ended() => Ok(()),
        filled = append::fill(&log, u64::MAX) => filled,
    }
}

async fn input_ended() {
    let mut rest = Vec::new();
    // An input that cannot be read has ended too.
    let _read = tokio::io::stdin().read_to_end(&mut rest).await;
}

/// A server in a process of its own; killed when it is dropped.
pub(crate) struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts it, and waits until it serves.
    ///
    /// # Errors
    /// If it ends before.
    pub(crate) async fn start(part: Part, data: &Path) -> Result<Self, Failure> {
        let data = data.to_owned();
        tokio::task::spawn_blocking(move || Self::begin(part, &data)).await.map_err(told)?
    }

    fn begin(part: Part, data: &Path) -> Result<Self, Failure> {
        let this = std::env::current_exe().map_err(told)?;
        let name = part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let process = Command::new(this)
            .args(["bench", "--play", &name, "--dir"])
            .arg(data)
            .env(LOG_VARIABLE, "info")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(told)?;
        let mut server = Self { process, address: String::new() };
        let mut said = Vec::new();
        let lines = server.process.stderr.take();
        server.address = lines.and_then(|lines| address(lines, &mut said)).ok_or_else(|| {
            Failure::new(Exit::Failed, format!("the server that plays {name} did not start")).details(said)
        })?;
        Ok(server)
    }

    /// So many connections to it.
    ///
    /// # Errors
    /// If it does not answer.
    pub(crate) async fn channels(&self, count: usize) -> Result<Vec<Channel>, Failure> {
        let mut channels = Vec::new();
        for _ in 0..count {
            channels.push(self.channel().await?);
        }
        Ok(channels)
    }

    /// A connection to it.
    ///
    /// # Errors
    /// If it does not answer.
    pub(crate) async fn channel(&self) -> Result<Channel, Failure> {
        self.endpoint()?.connect().await.map_err(told)
    }

    /// Where it is connected to.
    ///
    /// # Errors
    /// If it said no address.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, Failure> {
        let endpoint = Channel::from_shared(format!("http://{}", self.address)).map_err(told)?;
        Ok(endpoint.tcp_nodelay(true))
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it, as a power cut would.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub(crate) async fn kill(mut self) -> Result<(), Failure> {
        self.process.kill().map_err(told)?;
        tokio::task::spawn_blocking(move || self.process.wait().map(|_| ()).map_err(told))
            .await
            .map_err(told)?
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        drop(self.process.stdin.take());
        tokio::task::spawn_blocking(move || self.process.wait().map(|_| ()).map_err(told))
            .await
            .map_err(told)?
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _killed = self.process.kill();
        let _waited = self.process.wait();
    }
}

/// The address that is said in one of the lines; what comes after it is read and forgotten by a thread of its own.
fn address(lines: ChildStderr, said: &mut Vec<String>) -> Option<String> {
    let mut lines = BufReader::new(lines);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let named = line.split(ADDRESS).nth(1).and_then(|rest| rest.split_whitespace().next());
        if let Some(address) = named.map(str::to_owned) {
            std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
            return Some(address);
        }
        said.push(line.trim_end().to_owned());
    }
}

//! The real binary, listening in a process of its own.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};

use tonic::transport::Channel;

/// The binary, as a command.
pub(crate) fn docket() -> Command {
    Command::new(env!("CARGO_BIN_EXE_docket"))
}

/// A process that listens; killed when it is dropped.
pub(crate) struct Listening {
    process: Child,
    address: SocketAddr,
}

impl Listening {
    /// Starts it; waits until it says on standard error where it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::try_start(command).unwrap_or_else(|said| panic!("it did not start:\n{said}"))
    }

    /// Starts it; the error is what it said, where it ended before it listened.
    pub(crate) fn try_start(command: &mut Command) -> Result<Self, String> {
        let (started, lines) = Self::start_unread(command)?;
        std::thread::spawn(move || lines.for_each(drop));
        Ok(started)
    }

    /// Starts it; what it says after its address waits to be read.
    pub(crate) fn start_unread(
        command: &mut Command,
    ) -> Result<(Self, Lines<BufReader<ChildStderr>>), String> {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let is_address =
            |line: &String| line.split("address=").nth(1)?.split_whitespace().next()?.parse().ok();
        let mut said = Vec::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                process.wait().unwrap();
                return Err(said.join("\n"));
            };
            if let Some(address) = is_address(&line) {
                break address;
            }
            said.push(line);
        };
        Ok((Self { process, address }, lines))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it writes to standard output, if that was piped.
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.process.stdout.take().unwrap()
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to stop, and waits until it did.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        assert!(asked.success());
        self.process.wait().unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may be dead already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// `docket serve`.
pub(crate) struct Server(Listening);

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self(Listening::start(&mut Self::command(docket(), data)))
    }

    /// With the arguments of a server on a free port, whatever the program is.
    pub(crate) fn command(mut program: Command, data: &Path) -> Command {
        program.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        program
    }

    /// Started by another program, which runs the binary. The error is what was said, where it ended before it listened.
    pub(crate) fn try_start_by(program: &str, arguments: &[&str], data: &Path) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.args(arguments).arg(env!("CARGO_BIN_EXE_docket"));
        Listening::try_start(&mut Self::command(command, data)).map(Self)
    }

    /// One that signs nothing: then positions are those of what was recorded, and of nothing else.
    #[cfg(feature = "shared-data")]
    pub(crate) fn without_checkpoints(data: &Path) -> Self {
        let mut serve = docket();
        serve.args(["serve", "--listen", "127.0.0.1:0", "--checkpoint-seconds", "0", "--data"]).arg(data);
        Self(Listening::start(&mut serve))
    }

    pub(crate) async fn channel(&self) -> Channel {
        Channel::from_shared(self.url()).unwrap().connect().await.unwrap()
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill();
    }

    pub(crate) fn stop(self) {
        let ended = self.0.stop();
        assert!(ended.success(), "the server ended with {ended}");
    }
}

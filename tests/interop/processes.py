"""The real binary, in a process of its own: a server, or a witness."""

import os
import queue
import re
import signal
import subprocess
import threading

import grpc

BINARY = os.environ["DOCKET_BINARY"]
WAIT_SECONDS = 60


class Process:
    """A process that says on standard error where it listens."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        said = []
        while True:
            line = self.lines.get(timeout=WAIT_SECONDS)
            if line is None:
                raise AssertionError(f"docket {arguments[0]} did not start:\n{''.join(said)}")
            said.append(line)
            found = re.search(r"address=(127\.0\.0\.1:[1-9]\d*)", line)
            if found:
                self.address = found.group(1)
                break

    def _read(self):
        for line in self.process.stderr:
            self.lines.put(line)
        self.lines.put(None)

    def first_line(self):
        """What it printed first on standard output."""
        return self.process.stdout.readline().strip()

    def stop(self):
        """Asks it to stop, waits, and tells with which code it ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=WAIT_SECONDS)
        self.reader.join(timeout=WAIT_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class Server(Process):
    """docket serve, on a port of its own, and a channel to it."""

    def __init__(self, data, *more):
        super().__init__("serve", "--data", data, "--listen", "127.0.0.1:0", *more)
        self.channel = grpc.insecure_channel(self.address)
        grpc.channel_ready_future(self.channel).result(timeout=WAIT_SECONDS)

    def stop(self):
        code = super().stop()
        self.channel.close()
        return code


def docket(*arguments, server=None):
    """Runs a client command; fails if it does."""
    environment = dict(os.environ)
    if server:
        environment["DOCKET_SERVER"] = f"http://{server.address}"
    ran = subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, env=environment, timeout=WAIT_SECONDS, check=False
    )
    if ran.returncode != 0:
        raise AssertionError(f"docket {' '.join(arguments)}: {ran.stdout}{ran.stderr}")
    return ran.stdout

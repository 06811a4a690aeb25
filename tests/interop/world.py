"""A log that was recorded in three parts, and everything that its server signed and proved on the way."""

import collections
import glob
import json
import os
import random
import shutil
import tempfile
import threading
import time
import uuid

import grpc
from google.protobuf import json_format

from docket.v1 import events_pb2, proof_service_pb2, proof_service_pb2_grpc
from docket.v1 import record_service_pb2, record_service_pb2_grpc
from processes import WAIT_SECONDS, Process, Server, docket

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ORIGIN = "docket.example/interop"
WITNESS = "witness.example/interop"
# Checkpoints that are waited for while events are being recorded, in each of three parts.
CHECKPOINTS = 3
BUNDLED = ["barnsley", "kingston-upon-hull", "birmingham", "E08000035", "northamptonshire", "Somerset"]

Inclusion = collections.namedtuple("Inclusion", "note position stored hashes")
Consistency = collections.namedtuple("Consistency", "first second hashes")


def size_of(note):
    return int(note.split("\n")[1])


def lines_of(name):
    with open(name, encoding="utf-8") as file:
        return file.readlines()


def notice(number):
    event = {
        "eventId": str(uuid.uuid4()),
        "stream": "authority/leeds",
        "happenedOn": {"year": 2025, "month": 5, "day": 1},
        "sources": [{"title": "A letter"}],
        "improvementNoticeIssued": {"instrument": f"notice-{number}", "domain": "SERVICE_DOMAIN_CHILDRENS_SOCIAL_CARE"},
    }
    return json.dumps(event)


class Recorder(threading.Thread):
    """Records lines one by one, and goes on with notices until it is told to stop."""

    def __init__(self, server, lines):
        super().__init__(daemon=True)
        self.records = record_service_pb2_grpc.RecordServiceStub(server.channel)
        self.lines, self.enough, self.failed, self.last = lines, threading.Event(), None, 0

    def run(self):
        try:
            for line in self.lines:
                self.record(line)
            while not self.enough.is_set():
                self.record(notice(self.last))
                time.sleep(0.01)
        except Exception as error:
            self.failed = error

    def record(self, line):
        event = json_format.Parse(line, events_pb2.Event())
        request = record_service_pb2.RecordRequest(events=[event])
        self.last = self.records.Record(request, timeout=WAIT_SECONDS).recorded[0].position


class World:
    """A log that was recorded in three parts, and everything that its server signed and proved."""

    def __init__(self):
        self.directory = tempfile.mkdtemp()
        self.random = random.Random(3)
        self.server = self.witness = None
        self.notes, self.inclusions, self.consistencies, self.bundles = {}, [], [], {}
        try:
            self.record_all()
        except BaseException:
            self.close()
            raise

    def at(self, name):
        return os.path.join(self.directory, name)

    def close(self):
        for process in (self.server, self.witness):
            if process:
                process.stop()
        shutil.rmtree(self.directory)

    def record_all(self):
        files = sorted(glob.glob(os.path.join(ROOT, "tests", "histories", "*.jsonl")))
        parts = [[line for name in files[part::3] for line in lines_of(name)] for part in range(3)]
        self.serve()
        self.keys = [docket("checkpoint", "--keys", server=self.server).strip()]
        self.part(parts[0])
        self.bundles["before"] = self.bundle("barnsley")
        self.stop()
        self.witness_with(*self.keys)
        self.serve()
        self.part(parts[1])
        self.wait_for_cosignature()
        self.stop()
        os.rename(self.at("data/keys/checkpoint.key"), self.at("old.key"))
        self.serve()
        self.keys = docket("checkpoint", "--keys", server=self.server).split()
        self.witness.stop()
        self.witness_with(*self.keys)
        self.stop()
        self.serve()
        self.part(parts[2])
        self.wait_for_cosignature()
        self.prove_all()

    def serve(self):
        config = f'[checkpoints]\norigin = "{ORIGIN}"\n'
        if self.witness:
            config += f'[[witness]]\nurl = "http://{self.witness.address}"\nkey = "{self.witness_key}"\n'
        with open(self.at("docket.toml"), "w", encoding="utf-8") as file:
            file.write(config)
        self.server = Server(self.at("data"), "--config", self.at("docket.toml"))
        self.proofs = proof_service_pb2_grpc.ProofServiceStub(self.server.channel)

    def stop(self):
        code = self.server.stop()
        self.server = None
        assert code == 0, code

    def witness_with(self, *keys):
        keys = [argument for key in keys for argument in ("--log-key", key)]
        state = self.at("witness")
        self.witness = Process("witness", "--state", state, "--name", WITNESS, "--listen", "127.0.0.1:0", *keys)
        self.witness_key = self.witness.first_line()

    def part(self, lines):
        """Records these, and looks at what is signed meanwhile."""
        recorder = Recorder(self.server, lines)
        recorder.start()
        seen, until = len(self.notes) + CHECKPOINTS, time.monotonic() + WAIT_SECONDS
        while recorder.is_alive() and len(self.notes) < seen and time.monotonic() < until:
            self.look()
        recorder.enough.set()
        recorder.join(timeout=WAIT_SECONDS)
        if recorder.failed or len(self.notes) < seen:
            raise AssertionError(f"recording ended with {len(self.notes)} checkpoints: {recorder.failed}")
        self.soon(lambda: self.checkpoint(covering_position=recorder.last))

    def look(self):
        """The latest checkpoint, one of its events, and how it goes on from an earlier one."""
        note = self.checkpoint()
        if note is None:
            return
        self.notes[size_of(note)] = note
        self.inclusions.append(self.inclusion(self.random.randint(1, size_of(note)), note))
        first = self.notes[self.random.choice(sorted(self.notes))]
        if size_of(first) < size_of(note):
            self.consistencies.append(self.consistency(first, note))

    def soon(self, wanted):
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            found = wanted()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError("what was waited for did not come")

    def wait_for_cosignature(self):
        self.soon(lambda: f"\n\u2014 {WITNESS} " in self.checkpoint())

    def checkpoint(self, **which):
        request = proof_service_pb2.GetCheckpointRequest(**which)
        try:
            return self.proofs.GetCheckpoint(request, timeout=WAIT_SECONDS).checkpoint.note
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.NOT_FOUND:
                raise
            return None

    def inclusion(self, position, note):
        request = proof_service_pb2.GetInclusionProofRequest(position=position, checkpoint_size=size_of(note))
        proof = self.proofs.GetInclusionProof(request, timeout=WAIT_SECONDS)
        return Inclusion(proof.checkpoint.note, position, proof.stored, list(proof.hashes))

    def consistency(self, first, second):
        request = proof_service_pb2.GetConsistencyProofRequest(first_size=size_of(first), second_size=size_of(second))
        proof = self.proofs.GetConsistencyProof(request, timeout=WAIT_SECONDS)
        return Consistency(first, second, list(proof.hashes))

    def bundle(self, authority):
        path = self.at("bundle")
        docket("bundle", authority, "-o", path, "--force", server=self.server)
        with open(path, "rb") as file:
            return file.read()

    def prove_all(self):
        request = proof_service_pb2.ListCheckpointsRequest(page_size=1000)
        listed = self.proofs.ListCheckpoints(request, timeout=WAIT_SECONDS).checkpoints
        self.notes = {checkpoint.size: checkpoint.note for checkpoint in listed}
        self.sizes = sorted(self.notes)
        self.last = self.notes[self.sizes[-1]]
        for size, note in self.notes.items():
            positions = {1, size - 1, size, *(self.random.randint(1, size) for _ in range(12))}
            self.inclusions += [self.inclusion(position, note) for position in sorted(positions)]
            for earlier in (earlier for earlier in self.sizes if earlier < size):
                self.consistencies.append(self.consistency(self.notes[earlier], note))
        stored = (self.inclusion(position, self.last).stored for position in range(1, self.sizes[-1] + 1))
        self.stored = list(stored)
        for authority in BUNDLED:
            self.bundles[authority] = self.bundle(authority)

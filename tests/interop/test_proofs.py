"""What a server signs and proves, verified by programs that are not Docket's, and refused when it was altered.

A server records histories while it signs; it is restarted with a witness, and again with another key. What it signed and proved on the way is verified by
Go's checksum database (oracle/main.go), by pymerkle, and by verify_bundle.py, which was written from docs/proofs.md. Run by tests/interop/run.
"""

import base64
import hashlib
import json
import os
import random
import re
import shlex
import subprocess
import unittest

import pymerkle
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.message import DecodeError
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import verify_bundle
from docket.v1 import proof_service_pb2
from processes import WAIT_SECONDS, docket
from verify_bundle import NotProved, parse_key
from world import CHECKPOINTS, ORIGIN, ROOT, WITNESS, World

# The program in oracle/, where there is a Go to build it.
ORACLE = os.environ.get("DOCKET_ORACLE")
WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def flipped(data, at):
    changed = bytearray(data)
    changed[at // 8 % len(changed)] ^= 1 << (at % 8)
    return bytes(changed)


def altered(hashes, seed):
    """These hashes altered, each in turn; one less, one more, two exchanged."""
    for number in range(len(hashes)):
        yield [*hashes[:number], flipped(hashes[number], seed + 7 * number), *hashes[number + 1 :]]
    if hashes:
        yield hashes[1:]
        yield hashes[:-1]
    if len(hashes) > 1:
        yield [hashes[1], hashes[0], *hashes[2:]]
    yield [*hashes, bytes(32)]


class Proofs(unittest.TestCase):
    def setUp(self):
        self.world = WORLD
        self.keys = [parse_key(key) for key in WORLD.keys]

    def tree_of(self, note):
        checkpoint = verify_bundle.check_checkpoint(note, self.keys)
        return checkpoint.size, checkpoint.root

    def tell(self, what):
        print(f"\n    {what}", end=" ", flush=True)

    def test_checkpoints_were_made_while_events_were_recorded_and_both_keys_signed_some(self):
        sizes, (old, new) = self.world.sizes, self.keys
        self.assertGreaterEqual(len(sizes), 3 * CHECKPOINTS)
        signed = []
        for size in sizes:
            checkpoint = verify_bundle.parse_note(self.world.notes[size])
            signed.append([verify_bundle.first_of(checkpoint, key) is not None for key in (old, new)])
        # Those of the old key, then those of the new one.
        self.assertEqual(signed, sorted(signed, reverse=True))
        self.assertEqual({tuple(each) for each in signed}, {(True, False), (False, True)})
        for key, note in ((old, self.world.last), (new, self.world.notes[sizes[0]])):
            with self.assertRaisesRegex(NotProved, "signed by no key"):
                verify_bundle.check_checkpoint(note, [key])
        self.tell(f"{len(sizes)} checkpoints, of {sizes[0]} to {sizes[-1]} events")

    @unittest.skipUnless(ORACLE, "NOT RUN: there is no Go here, or no golang.org/x/mod")
    def test_go_s_checksum_database_verifies_everything_and_refuses_what_was_altered(self):
        other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        data = b"\1" + other
        key_id = hashlib.sha256(ORIGIN.encode() + b"\n" + data).hexdigest()[:8]

        def encoded(hashes):
            return [base64.b64encode(each).decode() for each in hashes]

        inclusions = [
            {
                "note": each.note,
                "position": each.position,
                "stored": base64.b64encode(each.stored).decode(),
                "hashes": encoded(each.hashes),
            }
            for each in self.world.inclusions
        ]
        consistencies = [
            {"first": each.first, "second": each.second, "hashes": encoded(each.hashes)}
            for each in self.world.consistencies
        ]
        with open(self.world.at("world.json"), "w", encoding="utf-8") as file:
            json.dump(
                {
                    "log_keys": self.world.keys,
                    "other_key": f"{ORIGIN}+{key_id}+{base64.b64encode(data).decode()}",
                    "witness_key": self.world.witness_key,
                    "checkpoints": [self.world.notes[size] for size in self.world.sizes],
                    "inclusions": inclusions,
                    "consistencies": consistencies,
                },
                file,
            )
        ran = subprocess.run(
            [ORACLE, self.world.at("world.json")], capture_output=True, text=True, timeout=WAIT_SECONDS, check=False
        )
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.tell("Go: " + "; ".join(ran.stdout.splitlines()))

    def test_pymerkle_has_the_same_roots_and_verifies_inclusion(self):
        tree = pymerkle.InmemoryTree(algorithm="sha256")
        tree.append_entries(self.world.stored)
        for note in self.world.notes.values():
            size, root = self.tree_of(note)
            self.assertEqual(tree.get_root(size), root)
        refused = 0
        for number, proof in enumerate(self.world.inclusions):
            size, root = self.tree_of(proof.note)
            self.assertEqual(proof.stored, self.world.stored[proof.position - 1])

            def verify(hashes, stored=proof.stored, position=proof.position, size=size, root=root):
                # How the hashes are put together follows from position and size; pymerkle computes it again and compares.
                layout = tree.prove_inclusion(position, size)
                path = [tree.hash_buff(stored), *hashes]
                theirs = pymerkle.InclusionProof("sha256", True, size, position, layout.rule, path)
                theirs.verify(path[0], root, index=position, size=size, algorithm="sha256")

            verify(proof.hashes)
            others = [{"hashes": hashes} for hashes in altered(proof.hashes, number)]
            others.append({"hashes": proof.hashes, "stored": flipped(proof.stored, number)})
            others.append({"hashes": proof.hashes, "root": flipped(root, number)})
            others.append({"hashes": proof.hashes, "position": proof.position % size + 1})
            for other in others:
                with self.assertRaises(pymerkle.InvalidProof):
                    verify(**other)
                refused += 1
        self.tell(f"pymerkle: {len(self.world.inclusions)} proofs of inclusion verified, {refused} altered and refused")

    def test_pymerkle_verifies_consistency(self):
        """Where the first size is odd: from an even one pymerkle wants other nodes than RFC 6962 gives."""
        tree = pymerkle.InmemoryTree(algorithm="sha256")
        tree.append_entries(self.world.stored)
        second, root = self.tree_of(self.world.last)
        verified = refused = 0
        for first in range(3, second, 2 * (1 + second // 300)):
            request = proof_service_pb2.GetConsistencyProofRequest(first_size=first, second_size=second)
            proof = self.world.proofs.GetConsistencyProof(request, timeout=WAIT_SECONDS)
            self.assertEqual(proof.first_root_hash, tree.get_root(first))
            layout = tree.prove_consistency(first, second)

            def verify(hashes, old=proof.first_root_hash, new=root):
                path = list(hashes)
                if layout.subset[0] == 0 and len(path) > 1:
                    # It begins with the leaf on the other side.
                    path[0], path[1] = path[1], path[0]
                theirs = pymerkle.ConsistencyProof("sha256", True, second, first, layout.rule, layout.subset, path)
                theirs.verify(old, new, prior_size=first, later_size=second, algorithm="sha256")

            verify(proof.hashes)
            verified += 1
            for hashes in altered(list(proof.hashes), first):
                with self.assertRaises(pymerkle.InvalidProof):
                    verify(hashes)
                refused += 1
            for roots in ({"old": flipped(proof.first_root_hash, first)}, {"new": flipped(root, first)}):
                with self.assertRaises(pymerkle.InvalidProof):
                    verify(proof.hashes, **roots)
                refused += 1
        self.assertGreater(verified, 100)
        self.tell(f"pymerkle: {verified} proofs of consistency verified, {refused} altered and refused")

    def test_the_steps_in_the_documentation_verify_every_proof_and_refuse_what_was_altered(self):
        refused = 0
        for number, proof in enumerate(self.world.inclusions):
            size, root = self.tree_of(proof.note)
            leaf, index = verify_bundle.leaf_hash(proof.stored), proof.position - 1
            verify_bundle.check_inclusion(leaf, index, size, root, proof.hashes, "inclusion")
            forgeries = [(leaf, index, hashes) for hashes in altered(proof.hashes, number)]
            forgeries += [(flipped(leaf, number), index, proof.hashes), (leaf, index ^ 1, proof.hashes)]
            for forged in forgeries:
                with self.assertRaises(NotProved):
                    verify_bundle.check_inclusion(*forged[:2], size, root, forged[2], "inclusion")
                refused += 1
        for number, proof in enumerate(self.world.consistencies):
            old, new = self.tree_of(proof.first), self.tree_of(proof.second)
            verify_bundle.check_consistency(*old, *new, proof.hashes, "consistency")
            forgeries = [(old, new, hashes) for hashes in altered(proof.hashes, number)]
            forgeries += [((old[0], new[1]), new, proof.hashes), (old, (new[0], old[1]), proof.hashes)]
            forgeries += [((old[0] - 1, old[1]), new, proof.hashes), (new, old, proof.hashes)]
            for forged in forgeries:
                with self.assertRaises(NotProved):
                    verify_bundle.check_consistency(*forged[0], *forged[1], forged[2], "consistency")
                refused += 1
        self.tell(f"the steps: {refused} altered and refused")

    def test_whoever_reads_the_whole_log_finds_the_heads_to_be_what_they_are_said_to_be(self):
        heads, told, compared = {}, {}, 0
        events = [verify_bundle.read_event(stored, "event") for stored in self.world.stored]
        through = 0
        for event in events:
            if event.stream != verify_bundle.HEADS_STREAM:
                continue
            said = verify_bundle.read_heads(event, "heads")
            for other in events[through : said.through_position]:
                if other.stream != verify_bundle.HEADS_STREAM:
                    heads[other.stream] = (other.revision, other.leaf)
            through = said.through_position
            told.update({head.stream: (head.revision, head.leaf_hash) for head in said.changed})
            ordered = sorted(heads.items(), key=lambda head: head[0].encode())
            leaves = [verify_bundle.head_leaf(stream, *head) for stream, head in ordered]
            self.assertEqual(said.stream_count, len(leaves))
            self.assertEqual(said.heads_root, verify_bundle.tree_root(leaves))
            self.assertEqual(told, heads)
            compared += 1
        self.assertGreaterEqual(compared, len(self.world.sizes))
        self.assertEqual([events[size - 1].stream for size in self.world.sizes], ["docket/heads"] * len(self.world.sizes))


class Bundles(unittest.TestCase):
    def setUp(self):
        self.world = WORLD
        self.keys = [parse_key(key) for key in WORLD.keys]
        self.witness = [parse_key(WORLD.witness_key)]

    def test_bundles_are_verified_by_a_program_written_from_the_documentation(self):
        old, new = self.keys
        for name, data in self.world.bundles.items():
            right, wrong = (old, new) if name == "before" else (new, old)
            proved = verify_bundle.verify_bundle(data, [right])
            self.assertEqual(proved.streams[1][0], verify_bundle.CALENDAR)
            self.assertGreater(proved.streams[0][1], 1)
            with self.assertRaisesRegex(NotProved, "signed by no key"):
                verify_bundle.verify_bundle(data, [wrong])
            with self.assertRaisesRegex(NotProved, "of another log"):
                verify_bundle.verify_bundle(data, [])

    def test_a_witness_is_demanded(self):
        data = self.world.bundles["birmingham"]
        if WITNESS not in proof_service_pb2.CaseBundle.FromString(data).checkpoint:
            data = self.world.bundle("birmingham")
        proved = verify_bundle.verify_bundle(data, self.keys, self.witness, 1)
        self.assertEqual([name for name, _ in proved.cosigned], [WITNESS])
        with self.assertRaisesRegex(NotProved, "2 are required"):
            verify_bundle.verify_bundle(data, self.keys, self.witness * 2, 2)
        with self.assertRaisesRegex(NotProved, "cosigned by 0"):
            verify_bundle.verify_bundle(self.world.bundles["before"], self.keys, self.witness, 1)

    def test_a_bundle_of_which_one_bit_was_altered_is_refused(self):
        numbers = random.Random(5)
        refused = same = 0
        for name, data in self.world.bundles.items():
            whole = proof_service_pb2.CaseBundle.FromString(data)
            # The answer is what this program does not compute again; cosignatures are not asked for here.
            whole.ClearField("status")
            whole.checkpoint = "\n".join(whole.checkpoint.split("\n")[:5]) + "\n"
            data = whole.SerializeToString()
            verify_bundle.verify_bundle(data, self.keys)
            for _ in range(150):
                forged = flipped(data, numbers.randrange(8 * len(data)))
                try:
                    parsed = proof_service_pb2.CaseBundle.FromString(forged)
                    parsed.DiscardUnknownFields()
                    if parsed == whole:
                        same += 1
                        continue
                except DecodeError:
                    pass
                with self.assertRaises(NotProved, msg=name):
                    verify_bundle.verify_bundle(forged, self.keys)
                refused += 1
        self.assertGreater(refused, 500)
        print(f"\n    bundles: {refused} altered and refused, {same} written otherwise", end=" ", flush=True)

    def test_parts_of_different_bundles_do_not_fit_together(self):
        before = proof_service_pb2.CaseBundle.FromString(self.world.bundles["before"])
        after = proof_service_pb2.CaseBundle.FromString(self.world.bundles["barnsley"])
        other = proof_service_pb2.CaseBundle.FromString(self.world.bundles["birmingham"])
        forgeries = []
        for one, two in ((before, after), (after, before), (after, other)):
            for field in ("checkpoint", "heads", "streams", "authority"):
                forged = proof_service_pb2.CaseBundle()
                forged.CopyFrom(one)
                forged.ClearField(field)
                forged.MergeFrom(only(two, field))
                forgeries.append(forged)
        for number in range(len(after.streams[0].events)):
            forged = proof_service_pb2.CaseBundle()
            forged.CopyFrom(after)
            del forged.streams[0].events[number]
            forgeries.append(forged)
        refused = 0
        for forged in forgeries:
            if forged not in (before, after, other):
                refused += 1
                with self.assertRaises(NotProved):
                    verify_bundle.verify_bundle(forged.SerializeToString(), self.keys)
        self.assertGreater(refused, 20)


def only(message, field):
    """The message with no field but this one."""
    part = type(message)()
    part.CopyFrom(message)
    for descriptor, _ in message.ListFields():
        if descriptor.name != field:
            part.ClearField(descriptor.name)
    return part


class Documentation(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(ROOT, "docs", "proofs.md"), encoding="utf-8") as file:
            self.page = file.read()
        self.blocks = re.findall(r"^```(\w+)\n(.*?)^```$", self.page, re.DOTALL | re.MULTILINE)

    def test_the_checkpoint_and_the_keys_in_the_documentation_are_real(self):
        note = next(text for _, text in self.blocks if text.startswith("docket.example/log\n3\n"))
        keys = next(text for _, text in self.blocks if text.startswith("docket.example/log+"))
        log, witness = (parse_key(key) for key in keys.split())
        checkpoint = verify_bundle.check_checkpoint(note, [log])
        leaves = [verify_bundle.leaf_hash(event) for event in (b"received", b"published", b"reviewed")]
        self.assertEqual((checkpoint.size, checkpoint.root), (3, verify_bundle.tree_root(leaves)))
        self.assertEqual(len(verify_bundle.cosigned(checkpoint, [witness])), 1)
        said = re.search(r"the proof of position 2 has two hashes: `(\S+)`, `(\S+)`", self.page).groups()
        hashes = [base64.b64decode(each) for each in said]
        verify_bundle.check_inclusion(leaves[1], 1, 3, checkpoint.root, hashes, "the example")

    def test_the_commands_in_the_documentation_do_what_they_say(self):
        commands = [line for kind, text in self.blocks if kind == "sh" for line in text.splitlines()]
        self.assertGreaterEqual(len(commands), 7)
        for command in commands:
            program, *arguments = shlex.split(command)
            if program == "docket":
                self.assertTrue(docket(*arguments, server=WORLD.server))
                continue
            self.assertEqual((program, arguments[:2]), ("grpcurl", ["-plaintext", "-d"]))
            response = self.call(arguments[2], arguments[4])
            self.assertTrue(response.ListFields(), command)

    def call(self, request, method):
        """What grpcurl does: it knows nothing but what the server says of itself."""
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(WORLD.server.channel))
        service, name = method.split("/")
        described = pool.FindServiceByName(service).FindMethodByName(name)
        message = json_format.Parse(request, message_factory.GetMessageClass(described.input_type)())
        call = WORLD.server.channel.unary_unary(
            f"/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(described.output_type).FromString,
        )
        return call(message, timeout=WAIT_SECONDS)


if __name__ == "__main__":
    unittest.main()

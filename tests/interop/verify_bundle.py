"""Verifies case bundles, and knows no more of Docket than docs/proofs.md, docs/log-format.md and proto/ say.

    python verify_bundle.py BUNDLE KEY [KEY ...]

It does everything but compute the answer again (step 8), which needs the rules.
"""

import base64
import binascii
import collections
import hashlib
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.message import DecodeError

from docket.v1 import events_pb2, proof_service_pb2

LOG, WITNESS = 1, 4
NOTE_BYTES_MAX = 65_536
SIGNATURES_MAX = 100
SIZE_MAX = 1 << 48
PROOF_HASHES_MAX = 63
HEADS_STREAM, HEADS_KIND = "docket/heads", 110
CALENDAR = "calendar/england-and-wales"
REGULATOR = "regulator/ofsted"
POLICY = "policy/docket"
STREAM = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")

Key = collections.namedtuple("Key", "name id role public")
Signature = collections.namedtuple("Signature", "name id bytes")
Checkpoint = collections.namedtuple("Checkpoint", "origin size root text signatures")
Event = collections.namedtuple("Event", "position revision stream previous id kind recorded_at body meta leaf")
Proved = collections.namedtuple("Proved", "checkpoint through streams cosigned")


class NotProved(Exception):
    """What does not hold."""


def demand(holds, what):
    if not holds:
        raise NotProved(what)


# ---- The tree ----


def leaf_hash(stored):
    return hashlib.sha256(b"\0" + stored).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_root(leaves):
    """The root over these leaf hashes, as RFC 6962 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


def check_proof(hashes, what):
    demand(len(hashes) <= PROOF_HASHES_MAX, f"{what}: {len(hashes)} hashes are more than any proof has")
    demand(all(len(each) == 32 for each in hashes), f"{what}: a hash has 32 bytes")


def check_inclusion(leaf, index, size, root, hashes, what):
    check_proof(hashes, what)
    demand(0 <= index < size, f"{what}: no such leaf")
    first, second = index, size - 1
    for each in hashes:
        demand(second != 0, f"{what}: the proof is too long")
        if first % 2 == 1 or first == second:
            leaf = node_hash(each, leaf)
            while first % 2 == 0 and first != 0:
                first, second = first // 2, second // 2
        else:
            leaf = node_hash(leaf, each)
        first, second = first // 2, second // 2
    demand(second == 0 and leaf == root, f"{what}: the proof does not lead to the root")


def check_consistency(old_size, old_root, size, root, hashes, what):
    check_proof(hashes, what)
    demand(old_size <= size, f"{what}: the newer tree is the smaller one")
    if old_size in (0, size):
        demand(not hashes and (old_size == 0 or old_root == root), f"{what}: not the same tree")
        return
    hashes = list(hashes)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    demand(hashes, f"{what}: the proof is empty")
    first, second = old_size - 1, size - 1
    while first % 2 == 1:
        first, second = first // 2, second // 2
    old = new = hashes[0]
    for each in hashes[1:]:
        demand(second != 0, f"{what}: the proof is too long")
        if first % 2 == 1 or first == second:
            old, new = node_hash(each, old), node_hash(each, new)
            while first % 2 == 0 and first != 0:
                first, second = first // 2, second // 2
        else:
            new = node_hash(new, each)
        first, second = first // 2, second // 2
    demand(second == 0 and old == old_root and new == root, f"{what}: the proof does not lead to the roots")


# ---- Keys and checkpoints ----


def strict_base64(text, what):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotProved(f"{what}: no Base64") from None
    demand(base64.b64encode(data).decode() == text, f"{what}: Base64 in another form")
    return data


def parse_key(line):
    name, _, rest = line.strip().partition("+")
    given, _, data = rest.partition("+")
    data = strict_base64(data, f"key {name}")
    demand(len(data) == 33, f"key {name}: not 33 bytes")
    key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    demand(name and given == key_id.hex(), f"key {name}: the id is another")
    demand(data[0] in (LOG, WITNESS), f"key {name}: of an unknown type")
    return Key(name, key_id, data[0], data[1:])


def signed_by(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def parse_note(note):
    demand(len(note.encode()) <= NOTE_BYTES_MAX, "checkpoint: too long")
    demand(all(letter >= " " or letter == "\n" for letter in note), "checkpoint: a control character")
    text, separator, lines = note.rpartition("\n\n")
    demand(separator and lines.endswith("\n"), "checkpoint: no signed note")
    text += "\n"
    parts = text.split("\n")
    demand(len(parts) == 4, "checkpoint: not three lines")
    origin, size, root, _ = parts
    demand(re.fullmatch(r"0|[1-9][0-9]{0,14}", size) and int(size) <= SIZE_MAX, "checkpoint: no size")
    root = strict_base64(root, "checkpoint: root")
    demand(len(root) == 32, "checkpoint: the root has not 32 bytes")
    signatures = []
    for line in lines[:-1].split("\n"):
        demand(line.startswith("\u2014 ") and line.count(" ") == 2, "checkpoint: a line that is no signature")
        _, name, data = line.split(" ")
        data = strict_base64(data, "checkpoint: signature")
        demand(name and len(data) > 4, "checkpoint: a signature without bytes")
        signatures.append(Signature(name, data[:4], data[4:]))
    demand(len(signatures) <= SIGNATURES_MAX, "checkpoint: too many signatures")
    return Checkpoint(origin, int(size), root, text, signatures)


def first_of(checkpoint, key):
    """The first signature that is said to be of this key."""
    mine = (each for each in checkpoint.signatures if (each.name, each.id) == (key.name, key.id))
    return next(mine, None)


def check_checkpoint(note, keys):
    checkpoint = parse_note(note)
    believed = [key for key in keys if key.role == LOG and key.name == checkpoint.origin]
    demand(believed, "checkpoint: of another log")
    found = [(key, first_of(checkpoint, key)) for key in believed]
    found = [(key, signature) for key, signature in found if signature]
    demand(found, "checkpoint: signed by no key that is believed")
    for key, signature in found:
        right = signed_by(key, checkpoint.text.encode(), signature.bytes)
        demand(right, f"checkpoint: the signature of {key.name} is wrong")
    return checkpoint


def cosigned(checkpoint, witnesses):
    """The witnesses whose cosignature is there and right, and when they made it."""
    right = {}
    for key in witnesses:
        signature = first_of(checkpoint, key)
        if key.role != WITNESS or key.public in right or not signature or len(signature.bytes) != 72:
            continue
        time = int.from_bytes(signature.bytes[:8], "big")
        message = f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()
        if time < 1 << 63 and signed_by(key, message, signature.bytes[8:]):
            right[key.public] = (key.name, time)
    return list(right.values())


# ---- Stored events: docs/log-format.md, "An event" ----


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        demand(self.at + count <= len(self.data), "the event ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, most=8):
        first = self.take(1)[0]
        if first < 251:
            return first
        width = {251: 2, 252: 4, 253: 8}.get(first)
        demand(width and width <= most, "no number of an event")
        return int.from_bytes(self.take(width), "little")

    def signed(self):
        number = self.number()
        return number // 2 if number % 2 == 0 else -(number + 1) // 2

    def bytes(self):
        return self.take(self.number())

    def text(self):
        try:
            return self.bytes().decode()
        except UnicodeDecodeError:
            raise NotProved("text that is no UTF-8") from None


def read_event(stored, what):
    try:
        reader = Reader(stored)
        demand(reader.take(1) == b"\1", "not of version 1")
        position, revision, stream = reader.number(), reader.number(), reader.text()
        there = reader.take(1)
        demand(there in (b"\0", b"\1"), "neither with nor without a previous event")
        previous = reader.take(32) if there == b"\1" else None
        event_id, kind, recorded_at = reader.take(16), reader.number(4), reader.signed()
        body, meta = reader.bytes(), reader.bytes()
        demand(reader.at == len(stored), "bytes after the event")
        demand(STREAM.fullmatch(stream), "no name of a stream")
    except NotProved as error:
        raise NotProved(f"{what}: {error}") from None
    return Event(position, revision, stream, previous, event_id, kind, recorded_at, body, meta, leaf_hash(stored))


# ---- The bundle ----


def head_leaf(stream, revision, leaf):
    return leaf_hash(stream.encode() + b"\0" + revision.to_bytes(8, "big") + leaf)


def read_heads(event, what):
    """What an event of heads says."""
    demand((event.stream, event.kind) == (HEADS_STREAM, HEADS_KIND), f"{what}: no event of heads")
    body = events_pb2.Event()
    try:
        body.ParseFromString(event.body)
    except DecodeError:
        raise NotProved(f"{what}: the body is no event") from None
    demand(body.WhichOneof("body") == "heads_recorded", f"{what}: it records no heads")
    heads = body.heads_recorded
    demand(len(heads.heads_root) == 32, f"{what}: the root has not 32 bytes")
    demand(heads.through_position < event.position, f"{what}: it covers events after itself")
    return heads


def check_heads(bundle, checkpoint):
    demand(bundle.HasField("heads"), "heads: missing")
    event = read_event(bundle.heads.stored, "heads")
    demand(event.position == bundle.heads.position == checkpoint.size, "heads: not the last event that is covered")
    heads = read_heads(event, "heads")
    size, root = checkpoint.size, checkpoint.root
    check_inclusion(event.leaf, event.position - 1, size, root, bundle.heads.hashes, "heads")
    return heads


def check_stream(stream, what, heads, checkpoint):
    head = stream.proof
    demand(len(head.leaf_hash) == 32, f"{what}: the head's leaf hash has not 32 bytes")
    demand(head.count == heads.stream_count, f"{what}: another number of streams")
    leaf = head_leaf(head.stream, head.revision, head.leaf_hash)
    check_inclusion(leaf, head.index, head.count, heads.heads_root, head.hashes, f"{what}.proof")
    last = None
    for number, bundled in enumerate(stream.events):
        here = f"{what}.events[{number}]"
        event = read_event(bundled.stored, here)
        demand(event.stream == head.stream, f"{here}: of another stream")
        demand(event.revision == number + 1, f"{here}: of another revision")
        demand(event.previous == (last.leaf if last else None), f"{here}: does not follow from the one before")
        if last:
            in_order = last.position < event.position and last.recorded_at <= event.recorded_at
            demand(in_order, f"{here}: not in order")
        demand(event.position <= heads.through_position, f"{here}: after what is covered")
        index, size = event.position - 1, checkpoint.size
        check_inclusion(event.leaf, index, size, checkpoint.root, bundled.hashes, here)
        last = event
    demand(last and (last.revision, last.leaf) == (head.revision, head.leaf_hash), f"{what}: the last event is missing")
    return head.stream, last.revision


def verify_bundle(data, keys, witnesses=(), required=0):
    bundle = proof_service_pb2.CaseBundle()
    try:
        bundle.ParseFromString(data)
    except DecodeError:
        raise NotProved("no case bundle") from None
    demand(bundle.format == 1, "format: not 1")
    demand(bool(bundle.authority) != bool(bundle.provider), "authority, provider: not exactly one")
    other = "status" if bundle.provider else "provider_status"
    demand(not bundle.HasField(other), f"{other}: an answer about another kind of subject")
    checkpoint = check_checkpoint(bundle.checkpoint, keys)
    found = cosigned(checkpoint, witnesses)
    demand(len(found) >= required, f"checkpoint: cosigned by {len(found)}, {required} are required")
    heads = check_heads(bundle, checkpoint)
    names = [stream.proof.stream for stream in bundle.streams]
    subject = f"provider/{bundle.provider}" if bundle.provider else f"authority/{bundle.authority}"
    usual = [subject, CALENDAR]
    others = names[len(usual):]
    there = [name for name in (REGULATOR, POLICY) if name in others]
    demand(names == [*usual, *there], "streams: others than a bundle has")
    streams = [
        check_stream(stream, f"streams[{number}]", heads, checkpoint) for number, stream in enumerate(bundle.streams)
    ]
    return Proved(checkpoint, heads.through_position, streams, found)


def main(path, *keys):
    with open(path, "rb") as file:
        data = file.read()
    try:
        proved = verify_bundle(data, [parse_key(key) for key in keys])
    except NotProved as error:
        sys.exit(f"NOT PROVED: {error}")
    print(f"PROVED: {proved.checkpoint.origin}, {proved.checkpoint.size} events, all up to {proved.through}")
    for stream, revision in proved.streams:
        print(f"  {stream}: 1 to {revision}")


if __name__ == "__main__":
    main(*sys.argv[1:])

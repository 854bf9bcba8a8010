"""Tree, note and voucher are frozen: these vectors hold for ever, here and on the phone."""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from backend.kit import merkle
from backend.kit.signed_note import NoteKey, public_key, sign, signed
from backend.ledger.checkpoints import read, text_of, voucher_text

GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("golden_seal.json").read_text("utf-8"))
PRIVATE = base64.b64decode(GOLDEN["private_key"])
KEY = NoteKey("points-mall", public_key(PRIVATE))


def grown() -> tuple[list[str], dict[merkle.Place, bytes]]:
    edge, tiles, roots = merkle.Edge(), dict[merkle.Place, bytes](), []
    for text in GOLDEN["hashes"]:
        tiles |= edge.append([merkle.leaf_hash(bytes.fromhex(text))])
        roots.append(edge.root().hex())
    return roots, tiles


def test_the_tree_has_the_roots_it_always_had() -> None:
    assert grown()[0] == GOLDEN["roots"]


def test_the_paths_lead_where_they_always_led() -> None:
    _, tiles = grown()
    for index, path in enumerate(GOLDEN["paths_at_7"]):
        assert [merkle.hash_of(each, tiles).hex() for each in merkle.inclusion(index, 7)] == path
        leaf = merkle.leaf_hash(bytes.fromhex(GOLDEN["hashes"][index]))
        root = merkle.root_of_path(index, 7, leaf, map(bytes.fromhex, path))
        assert root is not None and root.hex() == GOLDEN["roots"][-1]


def test_each_earlier_tree_is_the_beginning_of_the_last() -> None:
    _, tiles = grown()
    for old in range(1, 8):
        proof = [merkle.hash_of(each, tiles) for each in merkle.consistency(old, 7)]
        assert [each.hex() for each in proof] == GOLDEN["consistency"][f"{old}-7"]
        before, now = ((size, bytes.fromhex(GOLDEN["roots"][size - 1])) for size in (old, 7))
        assert merkle.is_consistent(before, now, proof)


def test_a_checkpoint_is_written_and_signed_as_it_always_was() -> None:
    sealed_at = datetime.fromisoformat(GOLDEN["sealed_at"])
    root = bytes.fromhex(GOLDEN["roots"][-1])
    assert signed(text_of("points-mall", 7, root, sealed_at), PRIVATE, KEY) == GOLDEN["note"]
    said = read(GOLDEN["note"], {KEY.key_id: KEY})
    assert (said.size, said.root, said.sealed_at, said.key_id) == (7, root, sealed_at, GOLDEN["key_id"])
    assert KEY.verifier() == GOLDEN["verifier"]


def test_a_key_is_vouched_for_as_it_always_was() -> None:
    public = base64.b64decode(GOLDEN["next_verifier"].split("+", 2)[2])[1:]
    voucher = sign(PRIVATE, voucher_text(NoteKey("points-mall", public)))
    assert base64.b64encode(voucher).decode() == GOLDEN["voucher"]

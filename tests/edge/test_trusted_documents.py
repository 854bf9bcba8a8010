"""The phone app's own documents run by their ids, exempt from what holds for strangers."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backend.kit.graphql.trusted_documents import DocumentsDoNotFit
from backend.schema import schema

NAME = "query Name($locale: Locale!) { programme { name(locale: $locale) } }"
MANY = "query Many {" + " ".join(f"a{n}: programme {{ zone }}" for n in range(25)) + "}"
ACT = "mutation Out { signOut { signedOut } }"


def id_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.fixture(autouse=True)
def trusted(address: str, tmp_path: Path) -> Iterator[None]:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({id_of(text): text for text in (NAME, MANY, ACT)}))
    schema.trust_file(manifest)
    yield
    schema.documents.trust({})


async def test_a_document_runs_by_its_id(caller: httpx2.AsyncClient) -> None:
    body: dict[str, Any] = {"documentId": id_of(NAME), "variables": {"locale": "EN"}}
    by_post = await caller.post("/graphql", json=body)
    by_get = await caller.get("/graphql", params={**body, "variables": json.dumps(body["variables"])})
    assert by_post.json() == by_get.json()
    assert by_post.json()["data"]["programme"]["name"]


async def test_it_may_ask_for_more_than_a_stranger(caller: httpx2.AsyncClient) -> None:
    by_id = await caller.post("/graphql", json={"documentId": id_of(MANY)})
    by_text = await caller.post("/graphql", json={"query": MANY})
    assert len(by_id.json()["data"]) == 25
    assert by_text.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_LARGE"


async def test_a_mutation_by_id_does_not_come_by_get(caller: httpx2.AsyncClient) -> None:
    answer = await caller.get("/graphql", params={"documentId": id_of(ACT)})
    assert answer.status_code == 405


@pytest.mark.parametrize("unknown", [id_of("{ viewer { id } }"), "sha256:", "sha256:../../etc/passwd"])
async def test_an_unknown_id_says_so(caller: httpx2.AsyncClient, unknown: str) -> None:
    answer = await caller.post("/graphql", json={"documentId": unknown})
    assert answer.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ({id_of("{ gone }"): "{ gone }"}, "does not fit the schema"),
        ({id_of("{"): "{"}, "cannot be read"),
        ({id_of(NAME): MANY}, "is not the text its id says"),
        ([], "no object"),
    ],
)
def test_a_manifest_that_does_not_fit_stops_the_start(tmp_path: Path, manifest: Any, says: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps(manifest))
    with pytest.raises(DocumentsDoNotFit, match=says):
        schema.trust_file(path)


def test_no_phone_app_means_no_trusted_documents(tmp_path: Path) -> None:
    schema.trust_file(tmp_path / "nothing.json")

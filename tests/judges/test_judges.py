"""Programs that others wrote to judge servers like this one find nothing wrong with it."""

import shutil
from pathlib import Path

import orjson

from backend.building import PWA
from backend.kit.settings import ROOT
from backend.members import tokens
from backend.observing import sockets
from tests.builders import a_gift, a_member
from tests.judges import judges

AUDITS = 61
SCHEMA = str(ROOT / "schema.graphql")


async def test_the_audit_of_graphql_over_http_finds_nothing(address: str) -> None:
    found = await judges.lines_of("audit", f"{address}/graphql")
    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert len(found) == AUDITS


async def test_the_client_of_graphql_ws_asks_listens_and_comes_back_when_told(address: str) -> None:
    ann = await a_member("Ann")
    query, news = "{ viewer { nickname } }", "subscription { memberEvents(after: 0) { __typename seq } }"
    spoken = ("socket", f"{address}/graphql".replace("http", "ws"), f"Bearer {tokens.for_member(ann)}", query, news)
    async with judges.speaking(*spoken) as judge:
        assert await judges.next_line(judge) == {"connected": True}
        assert (await judges.next_line(judge))["answer"]["data"] == {"viewer": {"nickname": "Ann"}}
        await a_gift(ann, 10)
        heard = await judges.next_line(judge)
        while heard["heard"]["data"]["memberEvents"]["__typename"] != "PointsCredited":
            heard = await judges.next_line(judge)
        await sockets.tell_all_to_come_back()
        assert await judges.next_line(judge) == {"closed": sockets.COME_BACK, "reason": sockets.REASON}
        assert await judges.next_line(judge) == {"connected": True}
        again = await judges.next_line(judge)
        assert again["heard"]["data"]["memberEvents"]


def test_relay_compiles_an_app_against_the_schema(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    shutil.copytree(Path(__file__).with_name("relay"), tmp_path / "src")
    shutil.copy(SCHEMA, tmp_path)
    config = {"src": "src", "schema": "schema.graphql", "language": "typescript", "artifactDirectory": "made"}
    (tmp_path / "relay.config.json").write_bytes(orjson.dumps(config))
    relay = str(PWA / "node_modules" / "relay-compiler" / "cli.js")
    done = judges.run(relay, "relay.config.json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    made_files = {path.name for path in made.glob("*.graphql.ts")}
    assert {"ShelfQuery.graphql.ts", "ShelfRewardQuery.graphql.ts", "ShelfRedeemMutation.graphql.ts"} <= made_files


def test_codegen_makes_types_that_typescript_takes(tmp_path: Path) -> None:
    done = judges.run(str(judges.JUDGE), "codegen", SCHEMA, str(tmp_path / "types.ts"))
    assert done.returncode == 0, done.stderr
    tsc = str(PWA / "node_modules" / "typescript" / "bin" / "tsc")
    checked = judges.run(tsc, "--noEmit", "--strict", "types.ts", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "export type Reward = " in (tmp_path / "types.ts").read_text("utf-8")

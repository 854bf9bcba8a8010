"""Giving over GraphQL: what everybody reads, what the donor gets, what she hears."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.charity import projects
from backend.charity.graphql import totals as graphql_totals
from backend.kit import db, ids, live
from backend.kit.graphql import Context, global_id
from backend.members import tokens
from backend.members.roles import Identity
from backend.schema import schema
from backend.worker import react_to_waiting
from tests.builders import a_member
from tests.charity.giving import WORDS, a_project, counted, gives
from tests.console.operating import asks

pytestmark = pytest.mark.usefixtures("database")
DONATE = """mutation ($input: DonatePointsInput!) { donatePoints(input: $input) { replayed
  refusal { code message ... on DonationTooSmall { minimum } ... on InsufficientPoints { missing } }
  donation { id points valueMinor at matchedMinor entryId entry { hash } project { code }
    certificate(locale: EN) { title name line points date seal } }
  project { id mine { points donations lastAt } } totals { projectId version points donors goalPoints }
  badge { code name(locale: ZH_CN) description(locale: EN) earnedAt } member { points { available } } } }"""
PROJECTS = """{ charityProjects(first: 5) { edges { node { id code title(locale: EN) story(locale: ZH_CN) state
  goalPoints tilePoints charity { id name(locale: ZH_CN) registration } match { rateBp budgetMinor leftMinor }
  totals { version points donors matchedMinor matchLeftMinor valueMinor currency countedAt }
  updates { title(locale: EN) text(locale: EN) postedAt } impact { value label(locale: EN) }
  mine { points } lastStatement { month } } } } }"""
HERS = (
    """{ viewer { badges { code name(locale: EN) } donations(first: 5) { edges { node { points matchedMinor } } } } }"""
)
TOTALS = "subscription ($id: ID!) { charityTotals(projectId: $id) { version points donors matchedMinor } }"


async def test_everybody_sees_what_one_can_give_to() -> None:
    impact = [{"value": "1,240", "label": WORDS}]
    project = await a_project(impact=impact)
    await db.transact(projects.post_update, key=ids.new(), project_id=project.id, title=WORDS, words=WORDS)
    ann = await a_member("ann", points=300)
    await gives(ann, project, 250)
    await counted(project)
    (edge,) = (await asks(None, PROJECTS))["charityProjects"]["edges"]
    told = edge["node"]
    assert (told["code"], told["state"], told["title"], told["story"]) == (
        "BOOKS",
        "OPEN",
        "Village libraries",
        "乡村图书角",
    )
    assert told["match"] == {"rateBp": 10_000, "budgetMinor": 50_000, "leftMinor": 49_750}
    assert (told["totals"]["points"], told["totals"]["donors"], told["totals"]["currency"]) == (250, 1, "CNY")
    assert told["impact"] == [{"value": "1,240", "label": "Village libraries"}]
    assert told["updates"][0]["text"] == "Village libraries"
    assert told["mine"] is None
    (edge,) = (await asks(ann, PROJECTS))["charityProjects"]["edges"]
    assert edge["node"]["mine"] == {"points": 250}


async def test_a_donation_returns_its_badge_its_certificate_and_everything_as_it_stands() -> None:
    ann, project = await a_member("Ann", points=300), await a_project()
    told = await donates(ann, project.id, 120)
    given = told["donation"]
    assert (told["refusal"], told["replayed"], given["points"], given["valueMinor"]) == (None, False, 120, 120)
    assert told["badge"]["code"] == "DONOR" and told["badge"]["name"] == "捐赠者"
    assert told["project"]["mine"]["points"] == 120 and told["member"]["points"]["available"] == 180
    certificate = given["certificate"]
    assert certificate["line"] == "gave 120 points for “Village libraries”"
    assert (certificate["name"], certificate["seal"], certificate["points"]) == ("Ann", given["entry"]["hash"], 120)
    assert told["totals"]["projectId"] == told["project"]["id"] and told["totals"]["points"] == 0
    assert (await donates(ann, project.id, 50))["badge"] is None


async def test_a_no_is_data() -> None:
    ann, project = await a_member("ann", points=10), await a_project()
    refusal = (await donates(ann, project.id, 11))["refusal"]
    assert (refusal["code"], refusal["missing"]) == ("INSUFFICIENT_POINTS", 1)
    assert (await donates(ann, project.id, 0))["refusal"]["minimum"] == 1
    assert (await donates(ann, ids.new(), 5))["refusal"]["code"] == "NOT_FOUND"
    nonsense = {"idempotencyKey": str(uuid4()), "projectId": "nonsense", "points": 5}
    told = (await asks(ann, DONATE, input=nonsense))["donatePoints"]
    assert (told["refusal"]["code"], told["project"]) == ("INVALID_INPUT", None)


async def test_the_worker_counts_it_and_tells_her_of_badge_and_match() -> None:
    ann, project = await a_member("ann", points=300), await a_project()
    await donates(ann, project.id, 100)
    while await react_to_waiting():
        pass
    viewer = (await asks(ann, HERS))["viewer"]
    assert viewer["badges"] == [{"code": "DONOR", "name": "Donor"}]
    assert viewer["donations"]["edges"] == [{"node": {"points": 100, "matchedMinor": 100}}]
    news = await everything_told(ann)
    assert [one["__typename"] for one in news] == ["PointsCredited", "PointsTaken", "BadgeEarned", "DonationMatched"]
    assert news[2]["code"] == "DONOR" and news[2]["name"] == "Donor"
    assert (news[3]["matchedMinor"], news[3]["projectTitle"]) == (100, "Village libraries")
    assert news[1]["why"]["text"] == "Given to Village libraries."


async def test_whoever_watches_a_project_hears_each_change_once_and_in_order() -> None:
    ann, project = await a_member("ann", points=300), await a_project()
    wanted = {"id": global_id("CharityProject", project.id)}
    watching = await schema.subscribe(TOTALS, variable_values=wanted, context_value=Context())
    heard: Any = watching
    first = (await anext(heard)).data["charityTotals"]
    assert first == {"version": 0, "points": 0, "donors": 0, "matchedMinor": 0}
    for points in (100, 50):
        await gives(ann, project, points)
        await counted(project)
    told = [(await asyncio.wait_for(anext(heard), 30)).data["charityTotals"] for _ in range(2)]
    assert told == [
        {"version": 1, "points": 100, "donors": 1, "matchedMinor": 100},
        {"version": 2, "points": 150, "donors": 1, "matchedMinor": 150},
    ]
    await heard.aclose()


async def test_a_watcher_whom_the_news_went_past_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql_totals, "LOOK_AGAIN_SECONDS", 0.05)
    ann, project = await a_member("ann", points=300), await a_project()
    wanted = {"id": global_id("CharityProject", project.id)}
    heard: Any = await schema.subscribe(TOTALS, variable_values=wanted, context_value=Context())
    assert (await anext(heard)).data["charityTotals"]["version"] == 0

    async def to_nobody(_stream: str, _message: live.Message) -> None:
        """As when another process counted and there is no Redis to say so."""

    await gives(ann, project, 100)
    with monkeypatch.context() as cut:
        cut.setattr(live, "publish", to_nobody)
        await counted(project)
    told = (await asyncio.wait_for(anext(heard), 30)).data["charityTotals"]
    assert (told["version"], told["points"]) == (1, 100)
    await heard.aclose()


async def donates(member_id: UUID, project_id: UUID, points: int) -> dict[str, Any]:
    asked = {"idempotencyKey": str(uuid4()), "projectId": global_id("CharityProject", project_id), "points": points}
    told: dict[str, Any] = (await asks(member_id, DONATE, input=asked))["donatePoints"]
    return told


async def everything_told(member_id: UUID) -> list[dict[str, Any]]:
    """All her news by now."""
    last = (await asks(member_id, "{ viewer { lastEventSeq } }"))["viewer"]["lastEventSeq"]
    document = """subscription { memberEvents(after: 0) { __typename seq
      ... on PointsTaken { why { text(locale: EN) } } ... on BadgeEarned { code name(locale: EN) }
      ... on DonationMatched { donationId points matchedMinor currency projectTitle(locale: EN) } } }"""
    bearer = f"Bearer {tokens.for_member(member_id)}"
    context = Context(identity=Identity(member_id=member_id), authorization=bearer)
    news: Any = await schema.subscribe(document, context_value=context)
    told = []
    async for result in news:
        assert result.errors is None, result.errors
        told.append(result.data["memberEvents"])
        if told[-1]["seq"] == last:
            break
    await news.aclose()
    return told

"""Giving, half way: two charities, projects with news and figures, and the gifts of some weeks, matched and signed."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import charities, counting, donating, projects, statements
from backend.demo.keys import key_of, the_clock_back
from backend.earning import taking_in
from backend.earning.events import from_line
from backend.kit import clock, db
from backend.members import enrolment
from backend.programme import terms

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_name("giving.json").read_text("utf-8"))
OPENED = timedelta(days=60)
TEXTS = ("title", "story", "impact", "goal_points", "tile_points", "match_rate_bp", "match_budget_minor")


async def seed(shop: str) -> None:
    """Open the projects, let neighbours give to them, each gift on its own day; again, nothing happens."""
    with the_clock_back(OPENED):
        charity_ids = {charity["registration"]: await _charity(charity) for charity in DATA["charities"]}
        for project in DATA["projects"]:
            await _project(project, charity_ids[project["charity"]])
        givers = await db.transact(_neighbours, shop=shop)
    for number, gift in enumerate(DATA["donations"]):
        await _give(number, gift, givers)
    for project in DATA["projects"]:
        await db.transact(counting.count_waiting, project_id=_id(project["code"]))
        for update in project["updates"]:
            await _post(project["code"], update)
    await _sign()


async def _charity(charity: Mapping[str, Any]) -> UUID:
    key = key_of("charity", charity["registration"])
    said: dict[str, Any] = {"name": charity["name"], "registration": charity["registration"]}
    await db.transact(charities.create_charity, key=key, **said)
    await db.transact(charities.add_staff, charity_id=key, phone=charity["staff"], actor="operator:demo")
    return key


async def _project(project: Mapping[str, Any], charity_id: UUID) -> None:
    asked: dict[str, Any] = {name: project[name] for name in TEXTS}
    await db.transact(
        projects.create_project, key=_id(project["code"]), charity_id=charity_id, code=project["code"], **asked
    )


async def _neighbours(session: AsyncSession, *, shop: str) -> Sequence[UUID]:
    programme, moment = await terms.in_force(session), clock.now()
    names = [f"neighbour-{number}" for number in range(1, DATA["givers"] + 1)]
    lines = [
        {
            "type": "order.paid",
            "at": moment.isoformat(),
            "member": name,
            "order": f"demo-{name}",
            "total_minor": DATA["giver_order_minor"],
        }
        for name in names
    ]
    events = [from_line(line, shop, line["order"], programme.tz, programme.currency) for line in lines]
    await taking_in.take_in(session, events=events, news_from=moment)
    found = await enrolment.first_sight(session, names)
    for name in names:
        await enrolment.enrol(session, member_id=found[name], terms_version=programme.terms_version)
    return [found[name] for name in names]


async def _give(number: int, gift: Mapping[str, Any], givers: Sequence[UUID]) -> None:
    async def all_of_them(session: AsyncSession) -> None:
        for place, giver in enumerate(gift["givers"]):
            await donating.donate_points(
                session,
                key=key_of("donation", f"{number}:{giver}"),
                member_id=givers[giver - 1],
                project_id=_id(gift["project"]),
                points=gift["points"] + 20 * place,
                campaign=gift["campaign"],
            )

    # One commit for a day's gifts, so that the first start does not wait for a hundred.
    with the_clock_back(timedelta(days=gift["days_ago"])):
        await db.transact(all_of_them)


async def _post(code: str, update: Mapping[str, Any]) -> None:
    said = {"title": update["title"], "words": update["words"]}
    with the_clock_back(timedelta(days=update["days_ago"])):
        key = key_of("charity update", f"{code}:{update['days_ago']}")
        await db.transact(projects.post_update, key=key, project_id=_id(code), **said)


async def _sign() -> None:
    # The months that are over have their statements from the start, as they would.
    while True:
        async with db.read() as session:
            due = await statements.due(session)
        if due is None:
            return
        await db.transact(statements.make, charity_id=due[0], month=due[1])


def _id(code: str) -> UUID:
    return key_of("charity project", code)

"""How a charity, its project or a donation stands, for the audit: locked in the order of the verbs, no phone in it."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import charities, donations
from backend.charity.models import Charity, CharityProject, CharityTotals, CharityUpdate, Donation
from backend.kit import audit
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.ledger.looking import at_account
from backend.members import families

CHARITY, PROJECT, TOTALS = table_of(Charity), table_of(CharityProject), table_of(CharityTotals)
UPDATE, DONATION = table_of(CharityUpdate), table_of(Donation)


def at_charity(charity_id: UUID) -> audit.Subject:
    """A charity with who may see its desk, by their ids."""

    async def look(session: AsyncSession) -> audit.Standing:
        charity = await audit.row(CHARITY, CHARITY.c.id == charity_id)(session)
        if charity is None:
            return None
        staff = await charities.everyone_of(session, charity_id)
        return {**charity, "staff": [str(member_id) for member_id in staff]}

    return audit.Subject("Charity", str(charity_id), look)


def at_project(project_id: UUID) -> audit.Subject:
    """A project with its totals, which are locked first."""

    async def look(session: AsyncSession) -> audit.Standing:
        totals = await audit.row(TOTALS, TOTALS.c.project_id == project_id)(session)
        project = await audit.row(PROJECT, PROJECT.c.id == project_id)(session)
        return None if project is None else {**project, "totals": totals}

    return audit.Subject("CharityProject", str(project_id), look)


def at_update(update_id: UUID) -> audit.Subject:
    """News of a project: nothing before they were posted."""
    return audit.Subject("CharityUpdate", str(update_id), audit.row(UPDATE, UPDATE.c.id == update_id))


def at_donation(donation_id: UUID) -> audit.Subject:
    """A donation with its project's totals and its member's balance."""

    async def look(session: AsyncSession) -> audit.Standing:
        try:
            given = await donations.by_id(session, donation_id)
        except NotFound:
            return None
        totals = await audit.row(TOTALS, TOTALS.c.project_id == given.project_id)(session)
        account = await at_account(await families.survivor(session, given.member_id)).look(session)
        donation = await audit.row(DONATION, DONATION.c.id == donation_id)(session)
        return {**(donation or {}), "totals": totals, "account": account}

    return audit.Subject("Donation", str(donation_id), look)

"""The port for channels beside the inbox: what one can prove, it reports here."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.errors import InvalidInput
from backend.kit.outbox import announce
from backend.notifications.facts import NoticeDelivered

CHANNEL_CHARACTERS_MAX = 40
PROOF_CHARACTERS_MAX = 500


async def report_delivery(session: AsyncSession, *, member_id: UUID, news_seq: int, channel: str, proof: str) -> None:
    """The member's news number `news_seq` reached her, says `channel`, and `proof` is how it knows.

    The books learn of it by NoticeDelivered. Reported twice, the first proof stays. Raises InvalidInput.
    """
    if not 0 < len(channel) <= CHANNEL_CHARACTERS_MAX:
        raise InvalidInput("channel", f"1 to {CHANNEL_CHARACTERS_MAX} characters.")
    if not 0 < len(proof) <= PROOF_CHARACTERS_MAX:
        raise InvalidInput("proof", f"1 to {PROOF_CHARACTERS_MAX} characters: without proof nothing was delivered.")
    announce(session, NoticeDelivered(member_id=member_id, news_seq=news_seq, channel=channel, proof=proof))

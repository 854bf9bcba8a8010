"""What a visitor and a member may do about herself."""

from uuid import UUID

import strawberry
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.errors import Refused
from backend.kit.graphql import (
    Info,
    Moment,
    Refusal,
    assembled,
    from_global_id,
    member_of,
    perform,
    refusal,
    refusal_of,
)
from backend.members import delivery, enrolment, profile, sessions, sign_in, sms
from backend.members.graphql.member import MemberRef
from backend.members.roles import NOBODY, Identity

COOKIE_SECONDS = 400 * 24 * 3600
"""As long as browsers keep one (RFC 6265bis); the session ends by the server's own rule, long before."""
WHY_NOT = "Why nothing happened; null when it did."
AS_SHE_STANDS = "The member as she now stands, refused or not."


@refusal(sign_in.WrongCode)
class WrongCode(Refusal):
    attempts_left: int = strawberry.field(description="Tries left with this code; 0: ask for a new one.")


@refusal(enrolment.NotEnrolled)
class NotEnrolled(Refusal):
    pass


@refusal(sms.MessageNotSent)
class MessageNotSent(Refusal):
    pass


@strawberry.input(description="Who wants to sign in.")
class RequestSignInCodeInput:
    phone: str = strawberry.field(description="As typed; without a country code it is Chinese.")


@strawberry.type(description="Whether a code is on its way. Says the same for phones known and unknown.")
class RequestSignInCodePayload:
    refusal: Refusal | None = strawberry.field(default=None, description=WHY_NOT)
    demo_code: str | None = strawberry.field(default=None, description="The code itself, in the demo only.")
    expires_at: Moment | None = strawberry.field(default=None, description="Until when the code works.")
    resend_after_seconds: int | None = strawberry.field(
        default=None, description="Whole seconds until another code may be asked for."
    )


@strawberry.input(description="A phone and the code sent to it.")
class SignInInput:
    phone: str = strawberry.field(description="The phone the code was sent to.")
    code: str = strawberry.field(description="Six digits.")


@strawberry.type(description="Who has signed in.")
class SignInPayload:
    refusal: Refusal | None = strawberry.field(default=None, description=WHY_NOT)
    member: MemberRef | None = strawberry.field(default=None, description="She who signed in; null when refused.")


@strawberry.type(description="Whether a session ended.")
class SignOutPayload:
    signed_out: bool = strawberry.field(description="False when there was none to end.")


@strawberry.input(description="Consent to the programme's terms.")
class EnrolInput:
    terms_version: str = strawberry.field(description="The version she was shown: `programme.termsVersion`.")
    nickname: str | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 20 characters; null or empty: keep the present one."
    )


@strawberry.type(description="The member after giving consent.")
class EnrolPayload:
    refusal: Refusal | None = strawberry.field(default=None, description=WHY_NOT)
    member: MemberRef | None = strawberry.field(default=None, description=AS_SHE_STANDS)


@strawberry.input(description="A device to sign out.")
class RevokeSessionInput:
    id: strawberry.ID = strawberry.field(description="From `viewer.sessions`.")


@strawberry.type(description="The member and the devices left.")
class RevokeSessionPayload:
    refusal: Refusal | None = strawberry.field(default=None, description=WHY_NOT)
    member: MemberRef | None = strawberry.field(default=None, description=AS_SHE_STANDS)


@strawberry.input(description="What she wants to be called.")
class UpdateProfileInput:
    nickname: str = strawberry.field(description="1 to 20 characters.")


@strawberry.type(description="The member and her nickname.")
class UpdateProfilePayload:
    refusal: Refusal | None = strawberry.field(default=None, description=WHY_NOT)
    member: MemberRef | None = strawberry.field(default=None, description=AS_SHE_STANDS)


@strawberry.input(description="A home address. Kept encrypted, shown masked.")
class HomeDeliveryInput:
    recipient: str = strawberry.field(description="1 to 40 characters.")
    phone: str = strawberry.field(description="For the courier; without a country code it is Chinese.")
    address: str = strawberry.field(description="5 to 200 characters.")


@strawberry.input(description="A pick-up point.")
class PickUpInput:
    pick_up_point_id: strawberry.ID = strawberry.field(description="From `programme.pickUpPoints`.")


@strawberry.input(one_of=True, description="Either a home address or a pick-up point.")
class SaveDeliveryInput:
    home: HomeDeliveryInput | None = strawberry.field(default=strawberry.UNSET, description="To her home.")
    pick_up: PickUpInput | None = strawberry.field(default=strawberry.UNSET, description="To a pick-up point.")


@strawberry.type(description="The member and her one default.")
class SaveDeliveryPayload:
    refusal: Refusal | None = strawberry.field(default=None, description=WHY_NOT)
    member: MemberRef | None = strawberry.field(default=None, description=AS_SHE_STANDS)


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Send a one-time code by SMS. It works once, for five minutes, five tries; a new one replaces it. "
        "One a minute, 10 an hour, 20 a day to a phone; 120 an hour from one address."
    )
    async def request_sign_in_code(self, info: Info, input: RequestSignInCodeInput) -> RequestSignInCodePayload:  # noqa: A002
        try:
            sent = await sign_in.request_code(phone=input.phone, address=info.context.ip)
        except Refused as refused:
            return RequestSignInCodePayload(refusal=refusal_of(refused))
        return RequestSignInCodePayload(
            demo_code=sent.demo_code, expires_at=sent.expires_at, resend_after_seconds=sent.resend_after_seconds
        )

    @strawberry.mutation(
        description="Sign this device in and leave a session cookie. A phone not seen before becomes a member. "
        "The same code a second time is refused."
    )
    async def sign_in(self, info: Info, input: SignInInput) -> SignInPayload:  # noqa: A002
        asking = info.context
        try:
            done = await sign_in.sign_in(
                phone=input.phone, code=input.code, address=asking.ip, user_agent=asking.user_agent
            )
        except Refused as refused:
            return SignInPayload(refusal=refusal_of(refused))
        asking.set_cookie(sessions.COOKIE, done.cookie, max_age_seconds=COOKIE_SECONDS)
        asking.identity = Identity(member_id=done.member_id, session_id=done.session_id)
        return SignInPayload(member=assembled("Member")(member_id=done.member_id))

    @strawberry.mutation(description="End this device's session and take its cookie back. Harmless when signed out.")
    async def sign_out(self, info: Info) -> SignOutPayload:
        asking = info.context
        ended = await perform(
            sessions.sign_out, member_id=asking.identity.member_id, session_id=asking.identity.session_id
        )
        asking.clear_cookie(sessions.COOKIE)
        asking.identity = NOBODY
        return SignOutPayload(signed_out=bool(ended.value))

    @strawberry.mutation(description="Agree to the programme's terms. The same version again changes nothing more.")
    async def enrol(self, info: Info, input: EnrolInput) -> EnrolPayload:  # noqa: A002
        member_id = member_of(info)
        nickname = input.nickname or None
        outcome = await perform(
            enrolment.enrol, member_id=member_id, terms_version=input.terms_version, nickname=nickname
        )
        return EnrolPayload(refusal=outcome.refusal, member=assembled("Member")(member_id=member_id))

    @strawberry.mutation(description="Sign one of her devices out. A second time changes nothing.")
    async def revoke_session(self, info: Info, input: RevokeSessionInput) -> RevokeSessionPayload:  # noqa: A002
        member_id = member_of(info)
        outcome = await perform(_revoke, member_id=member_id, given=input.id)
        return RevokeSessionPayload(refusal=outcome.refusal, member=assembled("Member")(member_id=member_id))

    @strawberry.mutation(description="Change her nickname. The same again changes nothing.")
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfilePayload:  # noqa: A002
        member_id = member_of(info)
        outcome = await perform(profile.update_profile, member_id=member_id, nickname=input.nickname)
        return UpdateProfilePayload(refusal=outcome.refusal, member=assembled("Member")(member_id=member_id))

    @strawberry.mutation(description="Say where physical rewards go. Replaces what was there, which is forgotten.")
    async def save_delivery(self, info: Info, input: SaveDeliveryInput) -> SaveDeliveryPayload:  # noqa: A002
        member_id = member_of(info)
        if input.home:
            outcome = await perform(delivery.save_home, member_id=member_id, **vars(input.home))
        else:
            assert input.pick_up, "the schema lets exactly one through"
            outcome = await perform(delivery.save_pick_up, member_id=member_id, **vars(input.pick_up))
        return SaveDeliveryPayload(refusal=outcome.refusal, member=assembled("Member")(member_id=member_id))


async def _revoke(session: AsyncSession, *, member_id: UUID, given: str) -> None:
    await sessions.revoke(session, member_id=member_id, session_id=from_global_id("SignedInSession", given))

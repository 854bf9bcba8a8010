"""A recommendation's reason in words: pure."""

from backend.programme.text import Text
from backend.recommendations.affinity import Reason, ReasonCode

WORDS = {
    ReasonCode.FITS_EXPIRING: Text(zh_cn="正好用掉即将过期的 {points} 积分", en="Uses your {points} expiring points"),
    ReasonCode.BECAUSE_YOU_REDEEMED: Text(zh_cn="因为您兑换过“{zh_cn}”", en="Because you redeemed “{en}”"),
    ReasonCode.LEAVING_SOON: Text(zh_cn="还剩 {days} 天下架", en="Leaves in {days} {days_word}"),
    ReasonCode.NEARLY_THERE: Text(zh_cn="还差 {points} 积分", en="{points} {points_word} to go"),
    ReasonCode.WITHIN_REACH: Text(zh_cn="现在就能兑换", en="Yours with the points you have"),
    ReasonCode.POPULAR: Text(zh_cn="大家都在兑换", en="Popular this week"),
}


def reason_text(reason: Reason) -> Text:
    """The sentence, with its real number or name."""
    name = reason.name or Text(zh_cn="-", en="-")
    return WORDS[reason.code].filled(
        points=f"{reason.points:,}",
        points_word="point" if reason.points == 1 else "points",
        days=reason.days,
        days_word="day" if reason.days == 1 else "days",
        zh_cn=name.zh_cn,
        en=name.en,
    )

"""Why an entry happened, as one plain sentence in each language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, get_currency_precision

from backend.programme.text import Text

SENTENCES = {
    "ORDER": Text(zh_cn="订单 {order}，实付 {amount}。", en="Order {order}, {amount} paid."),
    "ORDER_PARTLY_REFUNDED": Text(
        zh_cn="订单 {order}，实付 {amount}，已退 {refunded}：按余下的金额计积分。",
        en="Order {order}, {amount} paid and {refunded} of it given back: points for what remains.",
    ),
    "ORDER_PARTLY_REFUNDED_SINCE": Text(
        zh_cn="订单 {order} 实付 {amount}，共退 {refunded}：积分由 {was_points} 改为 {now_points}。",
        en="Order {order}: {refunded} of {amount} was given back, so it earns {now_points} points, not {was_points}.",
    ),
    "ORDER_REFUNDED": Text(
        zh_cn="订单 {order} 已全额退款（{amount}），所得 {was_points} 积分收回。",
        en="Order {order} was refunded in full ({amount}); the {was_points} points it had earned are taken back.",
    ),
    "FIRST_ORDER_MOVED_BY_REFUND": Text(
        zh_cn="订单 {because_order} 已退款，首单随之改变：订单 {order} 的积分由 {was_points} 改为 {now_points}。",
        en="Order {because_order} was refunded, which changed which order was your first: "
        "order {order} earns {now_points} points, not {was_points}.",
    ),
    "TIER_CHANGED_BY_REFUND": Text(
        zh_cn="订单 {because_order} 已退款，当时的等级随之改变：订单 {order} 的积分由 {was_points} 改为 {now_points}。",
        en="Order {because_order} was refunded, which changed your tier of that time: "
        "order {order} earns {now_points} points, not {was_points}.",
    ),
    "ORDER_CORRECTED_BY_REFUND": Text(
        zh_cn="订单 {because_order} 已退款：订单 {order} 的积分由 {was_points} 改为 {now_points}。",
        en="Order {because_order} was refunded: order {order} earns {now_points} points, not {was_points}.",
    ),
    "FIRST_ORDER_MOVED": Text(
        zh_cn="订单 {because_order} 迟到，首单随之改变：订单 {order} 的积分由 {was_points} 改为 {now_points}。",
        en="Order {because_order} came late and changed which order was your first: "
        "order {order} earns {now_points} points, not {was_points}.",
    ),
    "TIER_CHANGED": Text(
        zh_cn="订单 {because_order} 迟到，当时的等级随之改变：订单 {order} 的积分由 {was_points} 改为 {now_points}。",
        en="Order {because_order} came late and changed your tier of that time: "
        "order {order} earns {now_points} points, not {was_points}.",
    ),
    "RULE_CHANGED": Text(
        zh_cn="规则有变：订单 {order} 的积分由 {was_points} 改为 {now_points}。",
        en="The rule changed: order {order} earns {now_points} points, not {was_points}.",
    ),
    "ORDER_CORRECTED": Text(
        zh_cn="订单 {because_order} 迟到：订单 {order} 的积分由 {was_points} 改为 {now_points}。",
        en="Order {because_order} came late: order {order} earns {now_points} points, not {was_points}.",
    ),
    "CHECK_IN": Text(zh_cn="{day} 签到，连续第 {streak} 天。", en="Checked in on {day}, day {streak} in a row."),
    "CHECK_IN_REPAIRED": Text(zh_cn="补签 {day}。", en="Made up for the missed check-in of {day}."),
    "TASK": Text(zh_cn="完成任务：{title}。", en="Task done: {title}."),
    "REDEMPTION": Text(zh_cn="兑换：{name}。", en="Redeemed for {name}."),
    "REDEMPTION_CANCELLED": Text(
        zh_cn="“{name}”的兑换已取消，积分退回。", en="The redemption of {name} was cancelled; the points are back."
    ),
    "DONATION": Text(zh_cn="捐赠给“{name}”。", en="Given to {name}."),
    "DONATION_REVERSED": Text(
        zh_cn="捐赠给“{name}”的积分退回：{reason}。", en="The points given to {name} are back: {reason}."
    ),
    "DRAW": Text(zh_cn="在“{name}”第 {round} 期抽一次。", en="One draw from {name}, round {round}."),
    "DRAW_PRIZE": Text(zh_cn="在“{name}”中抽得积分。", en="Points drawn from {name}."),
    "EXPIRED": Text(zh_cn="积分到期。", en="These points had reached their last day."),
    "EXTENDED_ON_REQUEST": Text(zh_cn="按您的申请延长 {months} 个月。", en="You asked for {months} more months."),
    "EXTENDED_BY_TIER": Text(zh_cn="{tier}权益：延长 {months} 个月。", en="{tier}: {months} months more."),
    "EXTENDED_UNTOLD": Text(
        zh_cn="到期提醒没有送达，顺延 {days} 天。", en="No reminder of their expiry had reached you: {days} more days."
    ),
    "ERASED": Text(zh_cn="会员注销，剩余积分作废。", en="The member left; her remaining points went with her."),
    "ORDER_RECOUNTED": Text(
        zh_cn="两个账户的订单合并计算：订单 {order} 的积分由 {was_points} 改为 {now_points}。",
        en="The orders of both accounts count together now: order {order} earns {now_points} points, not {was_points}.",
    ),
    "MERGED": Text(
        zh_cn="您的两个账户已合并为一个：{reason}。",
        en="Your two accounts were made one: {reason}.",
    ),
    "UNMERGED": Text(
        zh_cn="账户合并已撤销，两个账户重新分开：{reason}。",
        en="The two accounts were taken apart again: {reason}.",
    ),
    "UNMERGED_RECOUNTED": Text(
        zh_cn="两个账户分开后，各自的订单、签到、任务和消费重新计算。",
        en="With the accounts apart, the orders, check-ins, tasks and spending of each were counted again.",
    ),
    "FREEZE": Text(zh_cn="账户被冻结：{reason}。", en="The account was frozen: {reason}."),
    "UNFREEZE": Text(zh_cn="账户已解冻：{reason}。", en="The account moves again: {reason}."),
    "RELEASED": Text(zh_cn="积分现在可以使用了。", en="These points can be used now."),
    "RELEASED_EARLY": Text(zh_cn="积分提前可用：{reason}。", en="These points can be used early: {reason}."),
    "CLAWED_BACK": Text(zh_cn="收回积分：{reason}。", en="Taken back: {reason}."),
    "ADJUSTED": Text(zh_cn="人工调整：{reason}。", en="Adjusted by hand: {reason}."),
    "HOLD_LET_GO": Text(zh_cn="预留已取消：{reason}。", en="No longer reserved: {reason}."),
    "HOLD_LAPSED": Text(zh_cn="预留到期，积分恢复可用。", en="The reservation ran out; the points are free again."),
    "TRANSFER_SENT": Text(zh_cn="转赠 {sent} 积分给其他会员。", en="{sent} points sent to another member."),
    "TRANSFER_SENT_WITH_FEE": Text(
        zh_cn="转赠 {sent} 积分给其他会员，手续费 {fee} 积分。",
        en="{sent} points sent to another member, for a fee of {fee}.",
    ),
    "TRANSFER_RECEIVED": Text(zh_cn="其他会员转赠。", en="Sent to you by another member."),
    "TRANSFER_TAKEN_BACK": Text(zh_cn="转赠已撤回，积分退回。", en="You took the transfer back."),
    "TRANSFER_WITHDRAWN": Text(zh_cn="对方撤回了转赠。", en="The member who sent these points took them back."),
    "TOP_UP": Text(zh_cn="购买积分，付款 {amount}。", en="Bought for {amount}."),
    "SETTLED": Text(zh_cn="折算为钱包余额 {amount}。", en="Turned into wallet credit of {amount}."),
    "AUCTION_BID": Text(zh_cn="为竞拍“{title}”的出价预留。", en="Reserved for your bid on {title}."),
    "AUCTION_RAISED": Text(zh_cn="竞拍“{title}”：出价已更新。", en="Your bid on {title} was changed."),
    "AUCTION_OUTBID": Text(
        zh_cn="竞拍“{title}”：出价被超过，积分退回。", en="Somebody bid more for {title}; the points are free again."
    ),
    "AUCTION_WON": Text(zh_cn="竞拍成功：{title}。", en="Won at auction: {title}."),
    "AUCTION_BOUGHT": Text(zh_cn="竞拍一口价：{title}。", en="Bought at auction: {title}."),
    "AUCTION_LOST": Text(
        zh_cn="竞拍“{title}”已被一口价买走，积分退回。", en="{title} was bought at once; the points are free again."
    ),
    "AUCTION_UNSOLD": Text(
        zh_cn="竞拍“{title}”未成交，积分退回。", en="{title} was not sold; the points are free again."
    ),
    "AUCTION_CANCELLED": Text(
        zh_cn="竞拍“{title}”已取消，积分退回。", en="The auction of {title} was cancelled; the points are free again."
    ),
    "CHALLENGE_STAKE": Text(
        zh_cn="挑战“{title}”的押注，已预留，未扣除。", en="Staked on the challenge {title}: reserved, not spent."
    ),
    "CHALLENGE_STAKE_BACK": Text(
        zh_cn="挑战“{title}”完成，押注 {stake} 积分恢复可用。",
        en="The challenge {title} is done: the {stake} points staked are free again.",
    ),
    "CHALLENGE_WON": Text(zh_cn="完成挑战“{title}”的奖励。", en="Bonus for the challenge {title}."),
    "CHALLENGE_LOST": Text(
        zh_cn="挑战“{title}”未按时完成，押注 {stake} 积分被收取。",
        en="The challenge {title} was not done in time: the {stake} points staked are gone.",
    ),
    "CHALLENGE_CANCELLED": Text(
        zh_cn="挑战“{title}”已取消，押注 {stake} 积分恢复可用。",
        en="The challenge {title} was cancelled: the {stake} points staked are free again.",
    ),
    "CHALLENGE_UNDONE": Text(
        zh_cn="挑战“{title}”所计的订单或捐赠已退回，奖励收回。",
        en="What had won the challenge {title} was refunded or reversed, so its bonus is taken back.",
    ),
    "PLANT_HARVESTED": Text(zh_cn="收获第 {number} 株植物。", en="Harvest of your plant number {number}."),
    "GIFT": Text(zh_cn="商城赠送。", en="A gift from the programme."),
}
UNKNOWN = Text(zh_cn="记录为 {code}。", en="Recorded as {code}.")
LANGUAGES = {"zh_cn": "zh_CN", "en": "en"}


def sentence(why: Mapping[str, Any]) -> Text:
    """The sentence for what an entry recorded. A reason this version does not know is named, not guessed at."""
    known = SENTENCES.get(why["code"], UNKNOWN)
    try:
        return _filled(known, why)
    except KeyError:
        return _filled(UNKNOWN, why)


def _filled(text: Text, why: Mapping[str, Any]) -> Text:
    said = {language: getattr(text, language).format_map(_words(why, language)) for language in LANGUAGES}
    return Text(**said)


def _words(why: Mapping[str, Any], language: str) -> dict[str, Any]:
    words = {name: value[language] if _is_text(value) else value for name, value in why.items()}
    if "amount_minor" in why:
        words["amount"] = _money(why["amount_minor"], why["currency"])
    if "refunded_minor" in why:
        words["refunded"] = _money(why["refunded_minor"], why["currency"])
    if isinstance(reason := why.get("reason"), str):
        words["reason"] = reason.rstrip(".。")
    return words


def _is_text(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() >= LANGUAGES.keys()


def _money(minor: int, currency: str) -> str:
    # As at home: ¥, where a foreign locale would write CN¥.
    return format_currency(Decimal(minor).scaleb(-get_currency_precision(currency)), currency, locale="zh_CN")

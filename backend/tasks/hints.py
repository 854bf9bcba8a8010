"""What a member reads under a task: pure."""

from backend.programme.text import Text
from backend.tasks.progress import TaskProgress

UNITS = {"ORDERS": ("order", "orders"), "CHECK_INS": ("day", "days"), "REDEEM": ("reward", "rewards")}
AWARDED = Text(zh_cn="已完成，{points} 积分已到账", en="Done: {points} points are in your account")
REACHED = Text(zh_cn="已完成，{points} 积分即将到账", en="Done: {points} points are on their way")


def hint_for(standing: TaskProgress) -> Text:
    """How much is missing and what it gives, in the words of the terms; that it is done, once it is."""
    points = f"{standing.task.points:,}"
    if standing.reached:
        return (AWARDED if standing.awarded else REACHED).filled(points=points)
    one, many = UNITS.get(standing.task.kind, ("", ""))
    word = one if standing.left == 1 else many
    return standing.task.hint.filled(left=_amount(standing), left_word=word, points=points)


def _amount(standing: TaskProgress) -> str:
    if standing.task.kind != "SPEND":
        return f"{standing.left:,}"
    yuan, fen = divmod(standing.left, 100)
    return f"{yuan:,}.{fen:02}" if fen else f"{yuan:,}"

"""What a statement calls things."""

from collections.abc import Mapping

from backend.ledger.models import EntryKind
from backend.programme.text import Text

COLUMNS: Mapping[str, Text] = {
    "entry": Text(zh_cn="序号", en="Entry"),
    "posted": Text(zh_cn="入账时间", en="Posted"),
    "kind": Text(zh_cn="类型", en="Kind"),
    "why": Text(zh_cn="说明", en="Why"),
    "reference": Text(zh_cn="单号", en="Reference"),
    "points": Text(zh_cn="积分", en="Points"),
    "balance": Text(zh_cn="余额", en="Balance"),
    "hash": Text(zh_cn="指纹", en="Fingerprint"),
}
OPENING = Text(zh_cn="期初余额", en="Opening balance")
CLOSING = Text(zh_cn="期末余额", en="Closing balance")
KINDS: Mapping[EntryKind, Text] = {
    EntryKind.EARN: Text(zh_cn="赚取", en="Earned"),
    EntryKind.RELEASE: Text(zh_cn="到账", en="Released"),
    EntryKind.CORRECT: Text(zh_cn="更正", en="Corrected"),
    EntryKind.CLAW_BACK: Text(zh_cn="收回", en="Taken back"),
    EntryKind.BURN: Text(zh_cn="兑换", en="Redeemed"),
    EntryKind.REVERSE: Text(zh_cn="退回", en="Returned"),
    EntryKind.HOLD: Text(zh_cn="占用", en="Held"),
    EntryKind.CAPTURE: Text(zh_cn="扣用", en="Captured"),
    EntryKind.LET_GO: Text(zh_cn="解除占用", en="Let go"),
    EntryKind.LAPSE: Text(zh_cn="占用到时", en="Lapsed"),
    EntryKind.TRANSFER_OUT: Text(zh_cn="转出", en="Sent"),
    EntryKind.TRANSFER_IN: Text(zh_cn="转入", en="Received"),
    EntryKind.TAKE_BACK: Text(zh_cn="撤回转赠", en="Transfer undone"),
    EntryKind.ADJUST: Text(zh_cn="调整", en="Adjusted"),
    EntryKind.EXPIRE: Text(zh_cn="过期", en="Expired"),
    EntryKind.EXTEND: Text(zh_cn="延期", en="Extended"),
    EntryKind.FREEZE: Text(zh_cn="冻结", en="Frozen"),
    EntryKind.UNFREEZE: Text(zh_cn="解冻", en="Unfrozen"),
    EntryKind.TOP_UP: Text(zh_cn="充值", en="Topped up"),
    EntryKind.SETTLE: Text(zh_cn="结算", en="Settled"),
    EntryKind.MERGE_OUT: Text(zh_cn="合并转出", en="Merged away"),
    EntryKind.MERGE_IN: Text(zh_cn="合并转入", en="Merged in"),
    EntryKind.UNMERGE_OUT: Text(zh_cn="撤销合并转出", en="Merge undone, out"),
    EntryKind.UNMERGE_IN: Text(zh_cn="撤销合并转入", en="Merge undone, in"),
}

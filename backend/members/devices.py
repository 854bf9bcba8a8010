"""What to call a device, from the words its browser sends. Only ever shown to the member it belongs to."""

USER_AGENT_MAX = 512
# The first match names it: a browser's words also contain its ancestors'.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("AlipayClient", "Alipay"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name(user_agent: str | None) -> str | None:
    """`iPhone · Safari`, or None when the words say nothing we know."""
    words = (user_agent or "")[:USER_AGENT_MAX]
    parts = (_first(SYSTEMS, words), _first(BROWSERS, words))
    return " · ".join(part for part in parts if part) or None


def _first(table: tuple[tuple[str, str], ...], words: str) -> str | None:
    return next((called for sign, called in table if sign in words), None)

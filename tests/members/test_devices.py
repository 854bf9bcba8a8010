"""A device is called what its owner would call it."""

import pytest

from backend.members import devices


@pytest.mark.parametrize(
    ("user_agent", "called"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "iPhone · Safari"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) MicroMessenger/8.0.50", "iPhone · WeChat"),
        ("Mozilla/5.0 (Linux; Android 15; 2407) Chrome/147.0 Mobile Safari/537.36", "Android · Chrome"),
        (
            "Mozilla/5.0 (Linux; Android 12; HarmonyOS; ALN) HuaweiBrowser/15.0 Chrome/114 Mobile",
            "HarmonyOS · Huawei Browser",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/147.0 Safari/537.36 Edg/147.0", "Windows · Edge"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15", "Mac · Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Linux · Firefox"),
        ("curl/8.5.0", None),
        ("", None),
        (None, None),
    ],
)
def test_a_device_is_named_by_its_words(user_agent: str | None, called: str | None) -> None:
    assert devices.name(user_agent) == called

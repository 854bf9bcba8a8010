"""What an installation may set, read from the environment with the prefix MALL_."""

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Every setting has a default that works on one machine with nothing else installed."""

    model_config = SettingsConfigDict(env_prefix="MALL_")

    data_dir: Path = ROOT / "data"
    """Where the embedded database and the keys live; git-ignored."""
    database_url: str | None = None
    """postgresql://… or sqlite:///…; unset: SQLite in `data_dir`."""
    redis_url: str | None = None
    """redis://…; unset: live events stay inside the one process."""
    demo: bool = True
    """Seed the demo programme and show one-time codes on the screen. Turn it off in production."""
    origins: str = ""
    """Other origins that may call the API from a browser, separated by commas; the server's own always may."""
    secret_key: str | None = None
    """32 bytes in base64 from which all other keys are derived; unset: made once and kept in `data_dir`.

    Several while keys change: `2:BASE64,1:BASE64`. The first seals, the others open what was sealed before.
    """
    trusted_proxies: str = ""
    """Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas."""
    checkpoints_dir: Path | None = None
    """Where checkpoints are published; unset: `checkpoints` in `data_dir`."""
    seal_name: str = Field(default="points-mall", pattern=r"^[^\s+]{1,100}$")
    """What this mall's checkpoints begin with: chosen once, before the first is signed; neither space nor plus."""
    seal_seconds: float = Field(default=2, gt=0, le=3600)
    """How long an entry may wait for its seal, while a worker runs."""
    log_level: str = "INFO"

    def async_database_url(self) -> str:
        """The database address with the driver this product uses."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.data_dir / 'mall.db'}"
        scheme, _, rest = self.database_url.partition("://")
        driver = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
        return f"{driver.get(scheme, scheme)}://{rest}"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()

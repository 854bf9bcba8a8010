"""What an installation may set, read from the environment with the prefix MALL_."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
POSTGRESQL_PORT = 5432


class Settings(BaseSettings):
    """Every setting has a default that works on one machine with nothing else installed."""

    model_config = SettingsConfigDict(env_prefix="MALL_")

    data_dir: Path = ROOT / "data"
    """Where the embedded database and the keys live; git-ignored."""
    database_url: str | None = None
    """postgresql://… or sqlite:///…; unset: SQLite in `data_dir`.

    Several hosts, `postgresql://mall@a:5432,b:5432/mall`: whichever of them is the primary.
    """
    replica_url: str | None = None
    """postgresql://… of a streaming replica, which then answers what is only read; unset: the primary does.

    Several hosts: whichever of them is a replica.
    """
    redis_url: str | None = None
    """redis://… or redis+cluster://host:port,host:port; unset: live events stay inside the one process."""
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
    log_format: Literal["plain", "json"] | None = None
    """`json`: one object a line, for whoever collects logs. Unset: plain for the demo, json in production."""
    metrics_address: str | None = Field(default=None, pattern=r"^[^\s:]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$")
    """host:port of a door for /metrics, /livez and /readyz alone, open to whoever reaches it: a private network."""
    metrics_token: str | None = Field(default=None, min_length=16)
    """Whoever shows it as a bearer token may read /metrics at the public door; operators may anyway, nobody else."""
    traces_url: str | None = None
    """Where an OpenTelemetry collector takes traces (OTLP over HTTP): https://collector:4318/v1/traces."""
    drain_seconds: float = Field(default=5, ge=0, le=60)
    """How long /readyz says no before a process that was asked to end lets go, if anybody asks it at all."""

    def async_database_url(self) -> str:
        """The database address with the driver this product uses."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.data_dir / 'mall.db'}"
        return with_driver(self.database_url, wanted="primary")

    def async_replica_url(self) -> str | None:
        """The replica's address with the driver this product uses."""
        return None if self.replica_url is None else with_driver(self.replica_url, wanted="standby")


def with_driver(url: str, *, wanted: str) -> str:
    """The address as SQLAlchemy reads it; of several hosts the `wanted` one ("primary", "standby") is used."""
    scheme, _, rest = url.partition("://")
    driver = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
    where, slash, what = rest.partition("/")
    who, at, hosts = where.rpartition("@")
    if "," not in hosts:
        return f"{driver.get(scheme, scheme)}://{rest}"
    named = "&".join(f"host={host if ':' in host else f'{host}:{POSTGRESQL_PORT}'}" for host in hosts.split(","))
    more = "&" if "?" in what else "?"
    return f"{driver.get(scheme, scheme)}://{who}{at}{slash}{what}{more}{named}&target_session_attrs={wanted}"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()

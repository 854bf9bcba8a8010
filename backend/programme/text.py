"""Words in the two languages of the programme."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Locale = Literal["ZH_CN", "EN"]


class Text(BaseModel):
    """The same words in Chinese and in English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh_cn: str = Field(min_length=1, max_length=2000)
    en: str = Field(min_length=1, max_length=2000)

    def say(self, locale: str) -> str:
        """The words in `locale`: ZH_CN or EN."""
        return self.zh_cn if locale == "ZH_CN" else self.en

    def filled(self, **values: object) -> "Text":
        """The same words with `{name}` replaced by its value, in both languages."""
        return Text(zh_cn=self.zh_cn.format(**values), en=self.en.format(**values))

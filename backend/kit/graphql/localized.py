"""The same words in both languages, as an operator gives them."""

import strawberry


@strawberry.input(description="The same words in both languages.")
class LocalizedTextInput:
    zh_cn: str = strawberry.field(description="Simplified Chinese, 1 to 2000 characters.")
    en: str = strawberry.field(description="English, 1 to 2000 characters.")

    def words(self) -> dict[str, str]:
        """As texts are kept: by the names of their languages."""
        return {"zh_cn": self.zh_cn, "en": self.en}

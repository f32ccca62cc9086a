"""A sentence in the languages of the product."""

import msgspec


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """The same words in Chinese and in English; either may hold ``{measure}`` fields."""

    zh: str
    en: str

    def format(self, **values: float | str) -> "Text":
        """Put ``values`` into the ``{name}`` fields of both languages.

        Raises:
            KeyError: A field has no value.
        """
        return Text(zh=self.zh.format(**values), en=self.en.format(**values))

"""Text in the languages of the product."""

import msgspec


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """The same text in Chinese and English; both may contain ``{measure}`` fields."""

    zh: str
    en: str

    def format(self, **values: float | str) -> "Text":
        """Return the text with ``values`` in its ``{name}`` fields.

        Raises:
            KeyError: A field has no value.
        """
        return Text(zh=self.zh.format(**values), en=self.en.format(**values))

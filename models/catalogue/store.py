"""The models of this machine: which are here, which can be had, which is best."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from models.catalogue.catalogue import MADE_BY, Card, Catalogue
from models.catalogue.fetch import locate, obtain
from models.catalogue.progress import Unwatched, Watcher
from models.catalogue.search_paths import Places
from models.errors import ConversionError, NotFetchedError
from models.export.convert import convert, is_converted, landed


def _places() -> Places:
    return Places.of("models")


@dataclass(frozen=True, slots=True)
class Store:
    """All models of a catalogue, and where they lie."""

    catalogue: Catalogue = field(default_factory=Catalogue.load)
    places: Places = field(default_factory=_places)

    def find(self, name: str) -> Path:
        """Find a model's ONNX file on this machine; nothing is fetched or converted.

        Raises:
            NotInCatalogueError: No model has this name.
            NotFetchedError: It is not here, or only a damaged one is.
        """
        card = self.catalogue.card(name)
        if card.converts_from is None and card.made_from is None:
            return locate(name, card, self.places)
        if is_converted(self.made(name), card):
            return self.made(name)
        raise NotFetchedError(name, card.file, (f"{self.made(name)} has not been made yet",))

    def pull(self, name: str, watch: Watcher | None = None) -> Path:
        """Find a model's ONNX file, or fetch and convert it.

        Raises:
            NotInCatalogueError: No model has this name.
            NotFetchedError: Nobody has it; with a reason for each place and source.
            ConversionError: It was fetched, but could not be made into ONNX.
        """
        card, watch = self.catalogue.card(name), watch or Unwatched()
        if card.made_from is not None:
            return self._version(name, card)
        if card.converts_from is None:
            return obtain(name, card, self.places, watch)
        made = self.made(name)
        if not is_converted(made, card):
            self._make(name, card, watch)
        return made

    def make(
        self, base: str, kind: str, write: Callable[[Path, Path, Card], object], watch: Watcher
    ) -> Path:
        """Make a version of a model, which is then had by its name and ``kind``.

        Args:
            write: From the base's ONNX file, to a new one, by the base's card.

        Raises:
            ModelError: The base cannot be had, or the cache cannot be written.
        """
        card, source = self.catalogue.card(base), self.pull(base, watch)
        made = self.made(f"{base}-{kind}")
        try:
            landed(made, card.sha256, lambda fresh: write(source, fresh, card))
        except OSError as error:
            reason = f"{made.parent} cannot be written: {error}"
            raise ConversionError(made.stem, reason) from error
        return made

    def best(self, watch: Watcher | None = None, *, pull: bool = True) -> str:
        """Name the best model that is here, or else the best that can be pulled.

        Raises:
            NotFetchedError: None can be had; with the reasons of each.
        """
        reasons: list[str] = []
        for ask in (self.find, lambda name: self.pull(name, watch)) if pull else (self.find,):
            for name in self.catalogue.preferred:
                try:
                    ask(name)
                except (NotFetchedError, ConversionError) as error:
                    reasons.append(str(error).replace("\n", "\n  "))
                else:
                    return name
        count = len(self.catalogue.preferred)
        raise NotFetchedError("a model", "one", tuple(reasons[-count:]))

    def folded(self, name: str) -> str | None:
        """Name the folded version of a model, where the catalogue prefers it; here or not."""
        version = f"{name}-folded"
        return version if version in self.catalogue.preferred else None

    def made(self, name: str) -> Path:
        """Say where a model lies that this machine has made, or would."""
        return self.places.cache / f"{name}.onnx"

    def _version(self, name: str, card: Card) -> Path:
        try:
            return self.find(name)
        except NotFetchedError as error:
            verb = MADE_BY[name.rpartition("-")[2]]
            mend = f"make it: gridwatch model {verb} {card.made_from}"
            raise NotFetchedError(name, card.file, (*error.reasons, mend)) from None

    def _make(self, name: str, card: Card, watch: Watcher) -> None:
        fetched = obtain(name, card, self.places, watch)
        watch.tell(f"{name}: converting to ONNX")
        convert(name, fetched, card, self.made(name))

"""The models of this machine: which are here, which can be had, which is best."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from models.catalogue.catalogue import VERSION_COMMANDS, Catalogue, ModelCard
from models.catalogue.fetch import find_local, find_or_fetch
from models.catalogue.progress import FetchProgress, NoProgress
from models.catalogue.search_paths import SearchPaths
from models.errors import ConversionError, NotFetchedError
from models.export.convert import convert, is_converted, write_converted


def _places() -> SearchPaths:
    return SearchPaths.from_environment("models")


@dataclass(frozen=True, slots=True)
class ModelStore:
    """All models of a catalogue, and where they lie."""

    catalogue: Catalogue = field(default_factory=Catalogue.load)
    paths: SearchPaths = field(default_factory=_places)

    def find(self, name: str) -> Path:
        """Find a model's ONNX file on this machine; nothing is fetched or converted.

        Raises:
            NotInCatalogueError: No model has this name.
            NotFetchedError: It is not here, or only a damaged one is.
        """
        card = self.catalogue.card(name)
        if card.converts_from is None and card.made_from is None:
            return find_local(name, card, self.paths)
        if is_converted(self.converted_path(name), card):
            return self.converted_path(name)
        raise NotFetchedError(
            name, card.file, (f"{self.converted_path(name)} has not been made yet",)
        )

    def pull(self, name: str, progress: FetchProgress | None = None) -> Path:
        """Find a model's ONNX file, or fetch and convert it.

        Raises:
            NotInCatalogueError: No model has this name.
            NotFetchedError: Nobody has it; with a reason for each place and source.
            ConversionError: It was fetched, but could not be made into ONNX.
        """
        card, progress = self.catalogue.card(name), progress or NoProgress()
        if card.made_from is not None:
            return self._version(name, card)
        if card.converts_from is None:
            return find_or_fetch(name, card, self.paths, progress)
        made = self.converted_path(name)
        if not is_converted(made, card):
            self._make(name, card, progress)
        return made

    def make_version(
        self,
        base: str,
        kind: str,
        write: Callable[[Path, Path, ModelCard], object],
        progress: FetchProgress,
    ) -> Path:
        """Make a version of a model, which is then had by its name and ``kind``.

        Args:
            write: From the base's ONNX file, to a new one, by the base's card.

        Raises:
            ModelError: The base cannot be had, or the cache cannot be written.
        """
        card, source = self.catalogue.card(base), self.pull(base, progress)
        made = self.converted_path(f"{base}-{kind}")
        try:
            write_converted(made, card.sha256, lambda fresh: write(source, fresh, card))
        except OSError as error:
            reason = f"{made.parent} cannot be written: {error}"
            raise ConversionError(made.stem, reason) from error
        return made

    def best_available(
        self, progress: FetchProgress | None = None, *, allow_fetch: bool = True
    ) -> str:
        """Name the best model that is here, or else the best that can be pulled.

        Raises:
            NotFetchedError: None can be had; with the reasons of each.
        """
        reasons: list[str] = []
        for ask in (
            (self.find, lambda name: self.pull(name, progress)) if allow_fetch else (self.find,)
        ):
            for name in self.catalogue.preferred:
                try:
                    ask(name)
                except (NotFetchedError, ConversionError) as error:
                    reasons.append(str(error).replace("\n", "\n  "))
                else:
                    return name
        count = len(self.catalogue.preferred)
        raise NotFetchedError("a model", "one", tuple(reasons[-count:]))

    def folded_version(self, name: str) -> str | None:
        """Name the folded version of a model, where the catalogue prefers it; here or not."""
        version = f"{name}-folded"
        return version if version in self.catalogue.preferred else None

    def converted_path(self, name: str) -> Path:
        """Say where a model lies that this machine has made, or would."""
        return self.paths.cache / f"{name}.onnx"

    def _version(self, name: str, card: ModelCard) -> Path:
        try:
            return self.find(name)
        except NotFetchedError as error:
            verb = VERSION_COMMANDS[name.rpartition("-")[2]]
            mend = f"make it: gridwatch model {verb} {card.made_from}"
            raise NotFetchedError(name, card.file, (*error.reasons, mend)) from None

    def _make(self, name: str, card: ModelCard, watch: FetchProgress) -> None:
        fetched = find_or_fetch(name, card, self.paths, watch)
        watch.report(f"{name}: converting to ONNX")
        convert(name, fetched, card, self.converted_path(name))

"""The models of this machine: installed, fetched, converted, and the best of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from models.catalogue.catalogue import VERSION_COMMANDS, Catalogue, ModelCard, NetworkCard
from models.catalogue.fetch import find_local, find_or_fetch
from models.catalogue.progress import FetchProgress, NoProgress
from models.catalogue.search_paths import SearchPaths
from models.errors import ConversionError, NotFetchedError
from models.export.convert import convert, is_converted, write_converted


def _model_paths() -> SearchPaths:
    return SearchPaths.from_environment("models")


@dataclass(frozen=True, slots=True)
class ModelStore:
    """All models of a catalogue and the paths that hold them."""

    catalogue: Catalogue = field(default_factory=Catalogue.load)
    paths: SearchPaths = field(default_factory=_model_paths)

    def find(self, name: str) -> Path:
        """Find a model's ONNX file on this machine, without fetching or converting it.

        Raises:
            NotInCatalogueError: No model has this name.
            NotFetchedError: The model is not on this machine, or only a damaged file is.
        """
        card = self.catalogue.network(name)
        if card.converts_from is None and card.made_from is None:
            return find_local(name, card, self.paths)
        if is_converted(self.converted_path(name), card):
            return self.converted_path(name)
        reason = f"{self.converted_path(name)} has not been made yet"
        raise NotFetchedError(name, card.file, (reason,))

    def find_or_convert(self, name: str) -> Path:
        """Find a model's ONNX file on this machine, or convert its source if that is here.

        Raises:
            NotInCatalogueError: No model has this name.
            NotFetchedError: Neither is on this machine.
            ConversionError: The source cannot be converted to ONNX.
        """
        card, path = self.catalogue.network(name), self.converted_path(name)
        if card.converts_from is None or is_converted(path, card):
            return self.find(name)
        convert(name, find_local(name, card, self.paths), card, path)
        return path

    def pull(self, name: str, progress: FetchProgress | None = None) -> Path:
        """Find a model's ONNX file on this machine, or fetch and convert it.

        Raises:
            NotInCatalogueError: No model has this name.
            NotFetchedError: No source has the model; with a reason for each path and source.
            ConversionError: The fetched file cannot be converted to ONNX.
        """
        card, progress = self.catalogue.network(name), progress or NoProgress()
        if card.made_from is not None:
            return self._find_version(name, card)
        if card.converts_from is None:
            return find_or_fetch(name, card, self.paths, progress)
        path = self.converted_path(name)
        if not is_converted(path, card):
            fetched = find_or_fetch(name, card, self.paths, progress)
            progress.report(f"{name}: converting to ONNX")
            convert(name, fetched, card, path)
        return path

    def make_version(
        self,
        base: str,
        kind: str,
        write: Callable[[Path, Path, ModelCard], object],
        progress: FetchProgress,
    ) -> Path:
        """Make a version of a model, which is then available as ``BASE-KIND``.

        Args:
            base: Name of the model.
            kind: ``int8`` or ``folded``.
            write: Called with the ONNX file of the base, the file to write, and the base's card.
            progress: Receives the progress of a fetch.

        Raises:
            ModelError: The base is not available, or the cache cannot be written.
        """
        card, source = self.catalogue.card(base), self.pull(base, progress)
        path = self.converted_path(f"{base}-{kind}")
        try:
            write_converted(path, card.sha256, lambda target: write(source, target, card))
        except OSError as error:
            reason = f"{path.parent} cannot be written: {error}"
            raise ConversionError(path.stem, reason) from error
        return path

    def best_available(
        self, progress: FetchProgress | None = None, *, allow_fetch: bool = True
    ) -> str:
        """Return the best model on this machine, or else the best that can be fetched.

        Raises:
            NotFetchedError: No preferred model is available; with the reasons of each.
        """
        attempts: list[Callable[[str], Path]] = [self.find]
        if allow_fetch:
            attempts.append(lambda name: self.pull(name, progress))
        reasons: list[str] = []
        for attempt in attempts:
            for name in self.catalogue.preferred:
                try:
                    attempt(name)
                except (NotFetchedError, ConversionError) as error:
                    reasons.append(str(error).replace("\n", "\n  "))
                else:
                    return name
        count = len(self.catalogue.preferred)
        raise NotFetchedError("a model", "one", tuple(reasons[-count:]))

    def folded_version(self, name: str) -> str | None:
        """Return the name of a model's folded version if the catalogue prefers it."""
        version = f"{name}-folded"
        return version if version in self.catalogue.preferred else None

    def converted_path(self, name: str) -> Path:
        """Return where a model that this machine converts or makes is stored."""
        return self.paths.cache / f"{name}.onnx"

    def _find_version(self, name: str, card: NetworkCard) -> Path:
        try:
            return self.find(name)
        except NotFetchedError as error:
            command = VERSION_COMMANDS[name.rpartition("-")[2]]
            hint = f"make it: gridwatch model {command} {card.made_from}"
            raise NotFetchedError(name, card.file, (*error.reasons, hint)) from None

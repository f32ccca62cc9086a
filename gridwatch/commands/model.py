"""``gridwatch model``: list, pull, measure and evaluate models."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from gridwatch.commands.output import as_json, as_lines
from gridwatch.errors import MissingPartError
from gridwatch.optional_imports import imported
from models.catalogue import footage
from models.catalogue.catalogue import MADE_BY, Card
from models.catalogue.fetch import sha256_of
from models.catalogue.progress import OnConsole
from models.catalogue.search_paths import Places
from models.catalogue.store import Store
from models.detector import load
from models.errors import ModelError, NotFetchedError
from models.evaluation import benchmark
from models.evaluation.video import pictures

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Name = Annotated[str, typer.Argument(help="A name from `gridwatch model list`.")]

MOT = "mot15/PETS09-S2L1_sparse_gt.txt"
COCO = "coco_val128"


@app.command("list")
def list_models(*, json: Json = False) -> None:
    """Show all models of the catalogue, and which are on this machine."""
    store = Store()
    rows = [_row(store, name, card) for name, card in _listed(store)]
    if json:
        as_json(rows)
        return
    columns = ("here", "input", "licence", "AP", "person F1", "what it is")
    table = Table(Column("model", no_wrap=True), *columns, box=None)
    for row in rows:
        here = "yes" if row["path"] else "no"
        measured = [str(row[key] or "-") for key in ("ap", "person_f1")]
        words = (row[key] for key in ("input", "licence"))
        table.add_row(str(row["name"]), here, *map(str, words), *measured, str(row["summary"]))
    Console().print(table)


@app.command()
def pull(
    name: Annotated[str | None, typer.Argument(help="A name from the list.")] = None,
    *,
    preferred: Annotated[bool, typer.Option(help="The best that can be had.")] = False,
    fold: Annotated[
        bool, typer.Option("--fold", help="Fold it, too: it then looks at parts of a frame.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring a model to this machine: checksum and conversion included."""
    store, watch = Store(), OnConsole()
    if (name is None) != preferred:
        raise typer.BadParameter("give a name, or --preferred")
    chosen = name or store.best(watch)
    path = store.pull(chosen, watch)
    if folded := _folded(store, chosen, watch, wanted=fold):
        chosen, path = folded.stem, folded
    if json:
        as_json({"name": chosen, "path": str(path)})
    else:
        print(f"{chosen}: {path}")


@app.command()
def quantize(
    name: Name,
    *,
    calibrate: Annotated[
        list[Path] | None,
        typer.Option(help="Recordings or folders of pictures; default: the clips that are here."),
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help="Pictures taken of each.")] = 12,
    json: Json = False,
) -> None:
    """Make NAME-int8: convolutions in eight bits, with ranges from real pictures."""
    quantizing = imported("models.export.quantize")
    watch = OnConsole()
    sources = calibrate or _clips_here()
    seen = [picture for each in sources for picture in quantizing.frames_of(each, frames)]
    watch.tell(f"{name}: {len(seen)} pictures of {', '.join(each.name for each in sources)}")

    def write(source: Path, target: Path, card: Card) -> None:
        quantizing.quantize(source, target, card, seen)

    _tell_version(Store().make(name, "int8", write, watch), json=json)


@app.command()
def fold(name: Name, *, json: Json = False) -> None:
    """Make NAME-folded: the same answers in fewer steps."""
    folding = imported("models.export.graph_fusion")
    _tell_version(Store().make(name, "folded", folding.folded, OnConsole()), json=json)


@app.command()
def bench(
    name: Name,
    *,
    clip: Annotated[str, typer.Option(help="Footage to look at.")] = "vtest",
    rounds: Annotated[int, typer.Option(min=1, help="Five looks and five bare calls each.")] = 8,
    json: Json = False,
) -> None:
    """Time a look at a frame beside bare calls of the network, in turns."""
    watch = OnConsole()
    detector = load(name, watch=watch)
    seen = list(islice(pictures(footage.pull(clip, watch=watch)), benchmark.ROUND))
    measured = benchmark.speed(detector, seen, rounds)
    answer: dict[str, object] = {"model": name, "clip": clip, "looks": rounds * benchmark.ROUND}
    answer |= msgspec.to_builtins(measured)
    as_json(answer) if json else as_lines(answer)


@app.command()
def evaluate(
    name: Name,
    *,
    coco: Annotated[Path | None, typer.Option(help="Folder of jpg with YOLO lines.")] = None,
    mot: Annotated[Path | None, typer.Option(help="True boxes in MOT lines.")] = None,
    video: Annotated[Path | None, typer.Option(help="Their recording; default: vtest.")] = None,
    json: Json = False,
) -> None:
    """Measure how right a model is: F1 for persons on a video, AP on photographs.

    Without options it takes the labels found in GRIDWATCH_LABEL_PATH, and the clip vtest.
    """
    given = bool(coco or mot)
    mot = mot or (None if given else _label(MOT))
    coco = coco or (None if given else _label(COCO))
    store, watch = Store(), OnConsole()
    detector = load(name, store=store, watch=watch, floor=benchmark.FLOOR)
    answer: dict[str, object] = {"model": name, "sha256": detector.model.sha256}
    if mot:
        clip = video or footage.pull("vtest", watch=watch)
        answer["video"] = msgspec.to_builtins(benchmark.on_video(detector, clip, mot))
    if coco:
        words = store.catalogue.labels["coco"]
        answer["coco"] = msgspec.to_builtins(benchmark.on_photographs(detector, coco, words))
    if not (mot or coco):
        raise typer.BadParameter("no labels here; give --coco or --mot and --video")
    as_json(answer) if json else as_lines(answer)


def _folded(store: Store, name: str, watch: OnConsole, *, wanted: bool) -> Path | None:
    """Fold a model that the catalogue would prefer so; tell what was done, or why it was not."""
    version = store.folded(name)
    if version is None:
        return None
    if not wanted:
        watch.tell(
            f"{name}: looks at whole pictures; --fold makes it look at parts (docs/engine.md)"
        )
        return None
    try:
        made = store.make(name, "folded", imported("models.export.graph_fusion").folded, watch)
    except (MissingPartError, ModelError) as error:
        mend = f"then: gridwatch model fold {name}"
        watch.tell(f"{name}: is not folded, and looks at whole pictures: {error}; {mend}")
        return None
    watch.tell(f"{version}: folded; looks at the parts of a picture that are worth it")
    return made


def _clips_here() -> list[Path]:
    """Find the recordings that are on this machine."""
    found = []
    for name in footage.clips():
        try:
            found.append(footage.find(name))
        except NotFetchedError:
            continue
    if not found:
        raise typer.BadParameter("no clips here; give --calibrate, or gridwatch footage pull vtest")
    return found


def _tell_version(made: Path, *, json: bool) -> None:
    answer: dict[str, object] = {
        "name": made.stem,
        "path": str(made),
        "sha256": sha256_of(made),
        "bytes": made.stat().st_size,
    }
    as_json(answer) if json else as_lines(answer)


def _listed(store: Store) -> Iterator[tuple[str, Card]]:
    """Give all models, each followed by its versions that were made here."""
    for name, card in store.catalogue.model.items():
        yield name, card
        for kind in MADE_BY:
            version = f"{name}-{kind}"
            if store.made(version).exists():
                yield version, store.catalogue.card(version)


def _row(store: Store, name: str, card: Card) -> dict[str, object]:
    try:
        path = str(store.find(name))
    except NotFetchedError:
        path = None
    return {
        "name": name,
        "path": path,
        "input": f"{card.input.width}x{card.input.height}",
        "licence": card.licence,
        "head": card.head,
        "confident": card.confident,
        **card.accuracy.model_dump(),
        "summary": card.summary,
    }


def _label(name: str) -> Path | None:
    return next(Places.of("labels").find(name), None)

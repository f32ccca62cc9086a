"""``gridwatch model``: list, pull, measure and evaluate models."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from gridwatch.commands.output import print_json, print_lines
from gridwatch.errors import MissingPackageError
from gridwatch.optional_imports import import_optional
from models.catalogue import footage
from models.catalogue.catalogue import VERSION_COMMANDS, ModelCard
from models.catalogue.fetch import sha256_of
from models.catalogue.progress import ConsoleProgress
from models.catalogue.search_paths import SearchPaths
from models.catalogue.store import ModelStore
from models.detector import load_detector
from models.errors import ModelError, NotFetchedError
from models.evaluation import benchmark
from models.inference.pictures import read_frames

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Name = Annotated[str, typer.Argument(help="A name from `gridwatch model list`.")]

MOT = "mot15/PETS09-S2L1_sparse_gt.txt"
COCO = "coco_val128"


@app.command("list")
def list_models(*, json: Json = False) -> None:
    """Show all models of the catalogue, and which are on this machine."""
    store = ModelStore()
    rows = [_row(store, name, card) for name, card in _listed(store)]
    if json:
        print_json(rows)
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
    store, watch = ModelStore(), ConsoleProgress()
    if (name is None) != preferred:
        raise typer.BadParameter("give a name, or --preferred")
    chosen = name or store.best_available(watch)
    path = store.pull(chosen, watch)
    if folded := _folded(store, chosen, watch, wanted=fold):
        chosen, path = folded.stem, folded
    if json:
        print_json({"name": chosen, "path": str(path)})
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
    quantizing = import_optional("models.export.quantize")
    watch = ConsoleProgress()
    sources = calibrate or _clips_here()
    seen = [picture for each in sources for picture in quantizing.sample_pictures(each, frames)]
    watch.report(f"{name}: {len(seen)} pictures of {', '.join(each.name for each in sources)}")

    def write(source: Path, target: Path, card: ModelCard) -> None:
        quantizing.quantize(source, target, card, seen)

    _tell_version(ModelStore().make_version(name, "int8", write, watch), json=json)


@app.command()
def fold(name: Name, *, json: Json = False) -> None:
    """Make NAME-folded: the same answers in fewer steps."""
    folding = import_optional("models.export.graph_fusion")
    _tell_version(
        ModelStore().make_version(name, "folded", folding.fold_model, ConsoleProgress()), json=json
    )


@app.command()
def bench(
    name: Name,
    *,
    clip: Annotated[str, typer.Option(help="Footage to look at.")] = "vtest",
    rounds: Annotated[int, typer.Option(min=1, help="Five looks and five bare calls each.")] = 8,
    json: Json = False,
) -> None:
    """Time a look at a frame beside bare calls of the network, in turns."""
    watch = ConsoleProgress()
    detector = load_detector(name, progress=watch)
    seen = list(
        islice(read_frames(footage.pull_clip(clip, progress=watch)), benchmark.CALLS_PER_ROUND)
    )
    measured = benchmark.measure_speed(detector, seen, rounds)
    answer: dict[str, object] = {
        "model": name,
        "clip": clip,
        "looks": rounds * benchmark.CALLS_PER_ROUND,
    }
    answer |= msgspec.to_builtins(measured)
    print_json(answer) if json else print_lines(answer)


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
    store, watch = ModelStore(), ConsoleProgress()
    detector = load_detector(
        name, store=store, progress=watch, min_score=benchmark.MIN_SCORE_FOR_AP
    )
    answer: dict[str, object] = {"model": name, "sha256": detector.model.sha256}
    if mot:
        clip = video or footage.pull_clip("vtest", progress=watch)
        answer["video"] = msgspec.to_builtins(benchmark.measure_video_accuracy(detector, clip, mot))
    if coco:
        words = store.catalogue.labels["coco"]
        answer["coco"] = msgspec.to_builtins(
            benchmark.measure_photo_accuracy(detector, coco, words)
        )
    if not (mot or coco):
        raise typer.BadParameter("no labels here; give --coco or --mot and --video")
    print_json(answer) if json else print_lines(answer)


def _folded(store: ModelStore, name: str, watch: ConsoleProgress, *, wanted: bool) -> Path | None:
    """Fold a model that the catalogue would prefer so; tell what was done, or why it was not."""
    version = store.folded_version(name)
    if version is None:
        return None
    if not wanted:
        watch.report(
            f"{name}: looks at whole pictures; --fold makes it look at parts (docs/engine.md)"
        )
        return None
    try:
        made = store.make_version(
            name, "folded", import_optional("models.export.graph_fusion").fold_model, watch
        )
    except (MissingPackageError, ModelError) as error:
        mend = f"then: gridwatch model fold {name}"
        watch.report(f"{name}: is not folded, and looks at whole pictures: {error}; {mend}")
        return None
    watch.report(f"{version}: folded; looks at the parts of a picture that are worth it")
    return made


def _clips_here() -> list[Path]:
    """Find the recordings that are on this machine."""
    found = []
    for name in footage.list_clips():
        try:
            found.append(footage.find_clip(name))
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
    print_json(answer) if json else print_lines(answer)


def _listed(store: ModelStore) -> Iterator[tuple[str, ModelCard]]:
    """Give all models, each followed by its versions that were made here."""
    for name, card in store.catalogue.model.items():
        yield name, card
        for kind in VERSION_COMMANDS:
            version = f"{name}-{kind}"
            if store.converted_path(version).exists():
                yield version, store.catalogue.card(version)


def _row(store: ModelStore, name: str, card: ModelCard) -> dict[str, object]:
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
    return next(SearchPaths.from_environment("labels").find(name), None)

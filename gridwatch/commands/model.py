"""``gridwatch model``: list, pull, convert, benchmark and evaluate models."""

import re
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
from models.catalogue.catalogue import VERSION_COMMANDS, Accuracy, ModelCard, NetworkCard
from models.catalogue.fetch import sha256_of
from models.catalogue.progress import ConsoleProgress
from models.catalogue.search_paths import SearchPaths
from models.catalogue.store import ModelStore
from models.detector import load_detector
from models.errors import ModelError, NotFetchedError
from models.evaluation import benchmark
from models.inference.pictures import read_frames, sample_pictures

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Name = Annotated[str, typer.Argument(help="A name from `gridwatch model list`.")]

MOT = "mot15/PETS09-S2L1_sparse_gt.txt"
COCO = "coco_val128"
CALIBRATION_CLIPS = ("vtest", "traffic", "one-by-one")
"""People, vehicles and an empty room; the published figures were made with these."""


@app.command("list")
def list_models(*, json: Json = False) -> None:
    """List all models of the catalogue, and which are on this machine."""
    store = ModelStore()
    rows = [_row(store, name, card) for name, card in _listed(store)]
    if json:
        print_json(rows)
        return
    columns = ("installed", "input", "licence", "AP", "person F1", "summary")
    table = Table(Column("model", no_wrap=True), *columns, box=None)
    for row in rows:
        installed = "yes" if row["path"] else "no"
        measured = [str(row[key] or "-") for key in ("ap", "person_f1")]
        traits = (str(row[key]) for key in ("input", "licence"))
        table.add_row(str(row["name"]), installed, *traits, *measured, str(row["summary"]))
    Console().print(table)


@app.command()
def pull(
    name: Annotated[str | None, typer.Argument(help="A name from `gridwatch model list`.")] = None,
    *,
    preferred: Annotated[bool, typer.Option(help="Pull the best model available.")] = False,
    fold: Annotated[
        bool, typer.Option("--fold", help="Fold it too, so that it can run on regions of a frame.")
    ] = False,
    json: Json = False,
) -> None:
    """Fetch a model, check it, and convert it to ONNX if needed."""
    store, progress = ModelStore(), ConsoleProgress()
    if (name is None) != preferred:
        raise typer.BadParameter("give a name, or --preferred")
    chosen = name or store.best_available(progress)
    path = store.pull(chosen, progress)
    if folded := _fold_if_preferred(store, chosen, progress, is_requested=fold):
        chosen, path = folded.stem, folded
    if preferred:
        _pull_pose_models(store, progress)
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
        typer.Option(help="Videos or folders of photos. [vtest, traffic and one-by-one]"),
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help="Pictures to take from each.")] = 12,
    json: Json = False,
) -> None:
    """Make NAME-int8: 8-bit convolutions, calibrated on real pictures."""
    quantizing = import_optional("models.export.quantize")
    progress = ConsoleProgress()
    sources = calibrate or _installed_clips()
    pictures = [p for source in sources for p in sample_pictures(source, frames)]
    names = ", ".join(source.name for source in sources)
    progress.report(f"{name}: {len(pictures)} pictures of {names}")

    def write(source: Path, target: Path, card: ModelCard) -> None:
        quantizing.quantize(source, target, card, pictures)

    _print_version(ModelStore().make_version(name, "int8", write, progress), json=json)


@app.command()
def fold(name: Name, *, json: Json = False) -> None:
    """Make NAME-folded: the same detections with fewer operations, and on regions of a frame."""
    folding = import_optional("models.export.graph_fusion")
    _print_version(
        ModelStore().make_version(name, "folded", folding.fold_model, ConsoleProgress()), json=json
    )


@app.command()
def export(
    weights: Annotated[Path, typer.Argument(help="Weights of Ultralytics (.pt).")],
    *,
    name: Annotated[str | None, typer.Option(help="Name in the catalogue. [the file's]")] = None,
    size: Annotated[int, typer.Option(min=160, help="Longer side of the input, pixels.")] = 640,
    to: Annotated[Path, typer.Option(help="Folder for NAME.onnx and NAME.toml.")] = Path(),
    pictures: Annotated[
        list[Path] | None,
        typer.Option(help="Videos or folders of photos to verify it on. [vtest, traffic, ...]"),
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help="Pictures to take from each.")] = 12,
    score: Annotated[float, typer.Option(help="Compare detections from this score on.")] = 0.25,
    json: Json = False,
) -> None:
    """Make a model of Ultralytics weights, and compare what both detect in real pictures.

    Needs the environment of `make peer`, or the extra train. Exits with 1 if they do not agree.
    """
    exporting = import_optional("gridwatch.workbench.ultralytics_export")
    if not weights.is_file():
        raise typer.BadParameter(f"{weights} is no file")
    name = name or re.sub(r"[^a-z0-9]+", "-", weights.stem.lower())
    entry = exporting.export_weights(weights, name=name, size=size, folder=to)
    chosen = [
        p for source in pictures or _installed_clips() for p in sample_pictures(source, frames)
    ]
    agreement = exporting.verify_export(weights, entry, name=name, pictures=chosen, threshold=score)
    answer: dict[str, object] = {"name": name, "entry": str(entry)}
    answer |= {"verification": msgspec.to_builtins(agreement)}
    print_json(answer) if json else print_lines(answer)
    ConsoleProgress().report(
        f"use it: GRIDWATCH_CATALOGUE={entry} GRIDWATCH_MODEL_PATH={entry.parent.absolute()}"
    )
    if not agreement.is_sufficient:
        reason = (
            "agree too little" if agreement.original else "cannot be compared: nothing is found"
        )
        ConsoleProgress().report(f"{name}: original and export {reason}")
        raise typer.Exit(1)


@app.command()
def train(
    dataset: Annotated[
        Path, typer.Argument(help="data.yaml with train, val and names; val is held back.")
    ],
    *,
    base: Annotated[
        str, typer.Option(help="Weights to go on from (.pt), or a network such as yolo11n.yaml.")
    ],
    name: Annotated[str, typer.Option(help="Name in the catalogue.")] = "trained",
    epochs: Annotated[int, typer.Option(min=1, help="Times that each picture is used.")] = 50,
    size: Annotated[int, typer.Option(min=160, help="Longer side of the input, pixels.")] = 640,
    beside: Annotated[
        str | None, typer.Option(help="The model in service. [the best available]")
    ] = None,
    to: Annotated[Path, typer.Option(help="Folder for NAME.pt, .onnx and .toml.")] = Path(),
    json: Json = False,
) -> None:
    """Train a network with Ultralytics, and enter it if it is better than the model in service.

    Both are measured on the pictures that the training has not seen. Needs the environment of
    `make peer`, or the extra train. Exits with 1 if the network is refused.
    """
    training = import_optional("gridwatch.workbench.training")
    if not dataset.is_file():
        raise typer.BadParameter(f"{dataset} is no file; give the data.yaml of the data set")
    base = str(Path(base).absolute()) if Path(base).is_file() else base
    in_service = load_detector(
        beside, progress=ConsoleProgress(), min_score=benchmark.MIN_SCORE_FOR_AP
    )
    ConsoleProgress().report(f"{name}: training {epochs} epochs from {base}")
    result = training.train_model(
        dataset, base, name=name, epochs=epochs, size=size, folder=to, in_service=in_service
    )
    answer = msgspec.to_builtins(result)
    print_json(answer) if json else print_lines(answer)
    if result.refusal:
        ConsoleProgress().report(f"{name}: refused: {result.refusal}")
        raise typer.Exit(1)
    ConsoleProgress().report(
        f"use it: GRIDWATCH_CATALOGUE={result.entry} GRIDWATCH_MODEL_PATH={to.absolute()}"
    )


@app.command()
def bench(
    name: Name,
    *,
    clip: Annotated[str, typer.Option(help="Footage to run on.")] = "vtest",
    rounds: Annotated[
        int, typer.Option(min=1, help="Each has five detections and five bare calls.")
    ] = 8,
    json: Json = False,
) -> None:
    """Time the detection on a frame beside bare calls of the network, in turn."""
    progress = ConsoleProgress()
    detector = load_detector(name, progress=progress)
    frames = list(
        islice(read_frames(footage.pull_clip(clip, progress=progress)), benchmark.CALLS_PER_ROUND)
    )
    measured = benchmark.measure_speed(detector, frames, rounds)
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
    coco: Annotated[
        Path | None, typer.Option(help="Folder of photos (jpg) with YOLO label files.")
    ] = None,
    mot: Annotated[Path | None, typer.Option(help="Ground truth in MOT format.")] = None,
    video: Annotated[Path | None, typer.Option(help="The video of --mot. [vtest]")] = None,
    json: Json = False,
) -> None:
    """Measure the accuracy of a model: F1 for persons on a video, AP on photos.

    Without options, use the labels in GRIDWATCH_LABEL_PATH and the clip vtest.
    """
    if not (coco or mot):
        mot, coco = _find_labels(MOT), _find_labels(COCO)
    store, progress = ModelStore(), ConsoleProgress()
    detector = load_detector(
        name, store=store, progress=progress, min_score=benchmark.MIN_SCORE_FOR_AP
    )
    answer: dict[str, object] = {"model": name, "sha256": detector.model.sha256}
    if mot:
        clip = video or footage.pull_clip("vtest", progress=progress)
        answer["video"] = msgspec.to_builtins(benchmark.measure_video_accuracy(detector, clip, mot))
    if coco:
        class_labels = store.catalogue.labels["coco"]
        answer["coco"] = msgspec.to_builtins(
            benchmark.measure_photo_accuracy(detector, coco, class_labels)
        )
    if not (mot or coco):
        raise typer.BadParameter("no labels installed; give --coco, or --mot and --video")
    print_json(answer) if json else print_lines(answer)


def _pull_pose_models(store: ModelStore, progress: ConsoleProgress) -> None:
    """Fetch the pose models; a machine does without, if no source has them."""
    for name in store.catalogue.pose:
        try:
            store.pull(name, progress)
        except ModelError as error:
            progress.report(f"{error}\npostures will be judged by boxes alone")


def _fold_if_preferred(
    store: ModelStore, name: str, progress: ConsoleProgress, *, is_requested: bool
) -> Path | None:
    """Fold a model whose folded version the catalogue prefers; report why if it is not folded."""
    version = store.folded_version(name)
    if version is None:
        return None
    if not is_requested:
        progress.report(
            f"{name}: runs on full frames; --fold lets it run on regions (docs/engine.md)"
        )
        return None
    try:
        made = store.make_version(
            name, "folded", import_optional("models.export.graph_fusion").fold_model, progress
        )
    except (MissingPackageError, ModelError) as error:
        hint = f"then run `gridwatch model fold {name}`"
        progress.report(f"{name}: is not folded and runs on full frames: {error}; {hint}")
        return None
    progress.report(f"{version}: folded; runs on the regions that need inference")
    return made


def _installed_clips() -> list[Path]:
    """Return the recordings for calibration on this machine."""
    clips = []
    for name in CALIBRATION_CLIPS:
        try:
            clips.append(footage.find_clip(name))
        except NotFetchedError:
            continue
    if not clips:
        raise typer.BadParameter(
            "no clips installed; give --calibrate, or run `gridwatch footage pull vtest`"
        )
    return clips


def _print_version(made: Path, *, json: bool) -> None:
    answer: dict[str, object] = {
        "name": made.stem,
        "path": str(made),
        "sha256": sha256_of(made),
        "bytes": made.stat().st_size,
    }
    print_json(answer) if json else print_lines(answer)


def _listed(store: ModelStore) -> Iterator[tuple[str, NetworkCard]]:
    """Yield all models, each followed by its versions made on this machine."""
    for name, card in store.catalogue.model.items():
        yield name, card
        for kind in VERSION_COMMANDS:
            version = f"{name}-{kind}"
            if store.converted_path(version).exists():
                yield version, store.catalogue.card(version)
    yield from store.catalogue.pose.items()


def _row(store: ModelStore, name: str, card: NetworkCard) -> dict[str, object]:
    try:
        path = str(store.find(name))
    except NotFetchedError:
        path = None
    return {
        "name": name,
        "path": path,
        "input": f"{card.input.width}x{card.input.height}",
        "licence": card.licence,
        "head": card.head if isinstance(card, ModelCard) else "pose",
        "confident": card.confident if isinstance(card, ModelCard) else None,
        **(card.accuracy if isinstance(card, ModelCard) else Accuracy()).model_dump(),
        "summary": card.summary,
    }


def _find_labels(name: str) -> Path | None:
    return next(SearchPaths.from_environment("labels").find(name), None)

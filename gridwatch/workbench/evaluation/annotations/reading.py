"""Read the happenings of one clip from a published annotation."""

from pathlib import Path

from gridwatch.errors import AnnotationError
from gridwatch.workbench.evaluation.annotations.activities import (
    read_actev_json,
    read_kpf,
    read_virat_events,
)
from gridwatch.workbench.evaluation.annotations.annotation import (
    Annotation,
    Span,
    join_spans,
)
from gridwatch.workbench.evaluation.annotations.ilids import read_ilids_alarms
from gridwatch.workbench.evaluation.annotations.mot import read_crowded_frames
from pipeline.geometry.shapes import ZoneOrLine

FRAME_FORMATS = {"actev", "kpf", "mot", "virat"}
ACTIVITY_FORMATS = {"actev": read_actev_json, "kpf": read_kpf, "virat": read_virat_events}


def read_annotation(
    annotation: Annotation, folder: Path, *, clip: str, zone: ZoneOrLine
) -> tuple[Span, ...]:
    """Read the happenings, in order.

    Args:
        folder: Where the file is looked for.
        clip: File name of the clip.
        zone: People are counted in it (``mot``).

    Raises:
        AnnotationError: The file cannot be read, or the entry lacks what its format needs.
    """
    file = folder / annotation.file
    _check(annotation, file)
    name, fps = annotation.clip or clip, annotation.fps or 1.0
    if annotation.format == "ilids":
        spans = read_ilids_alarms(file, name)
    else:
        if annotation.format == "mot":
            frames = read_crowded_frames(file, annotation, zone)
        else:
            frames = ACTIVITY_FORMATS[annotation.format](file, name, annotation.activities)
        spans = [(first / fps, last / fps) for first, last in frames]
    led = [(max(since - annotation.lead_s, 0.0), until) for since, until in spans]
    return join_spans(led, join_s=annotation.join_s)


def _check(annotation: Annotation, file: Path) -> None:
    if not file.is_file():
        raise AnnotationError(file, "", "no such file; it is relative to the truth file")
    if annotation.format in FRAME_FORMATS and not (annotation.fps and annotation.fps > 0):
        raise AnnotationError(file, "", f"{annotation.format} counts frames: add fps")
    if annotation.format in ACTIVITY_FORMATS and not annotation.activities:
        raise AnnotationError(file, "", "add activities: the names that are the happening")
    if annotation.format == "mot" and annotation.frame_size is None:
        raise AnnotationError(file, "", "mot states pixels: add frame_size, width and height")

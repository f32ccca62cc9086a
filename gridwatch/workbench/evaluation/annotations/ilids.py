"""Read the alarms of an i-LIDS library: ``index.xml``, as published with each scenario.

``IlidsLibraryIndex / Library / clip / Alarms / Alarm`` with ``StartTime`` and ``AlarmDuration`` as
``HH:MM:SS``; the name of a clip is the attribute or element ``filename``.
"""

import xml.sax
from pathlib import Path
from xml.sax.handler import ContentHandler

from gridwatch.errors import AnnotationError
from gridwatch.workbench.evaluation.annotations.annotation import Span


def read_ilids_alarms(file: Path, clip: str) -> list[Span]:
    """Read when alarms are due in a clip, in seconds.

    Args:
        clip: With or without its suffix: the library has ``.mov``, a converted clip another.

    Raises:
        AnnotationError: The file is no XML, lacks the clip, or has a wrong time; names the line.
    """
    handler = _AlarmHandler(file)
    try:
        xml.sax.parse(str(file), handler)  # noqa: S317  # expat limits the expansion of entities
    except xml.sax.SAXParseException as error:
        where = f"line {error.getLineNumber()}"
        raise AnnotationError(file, where, f"is no XML: {error.getMessage()}") from None
    except OSError as error:
        raise AnnotationError(file, "", f"cannot be read: {error}") from None
    stem = Path(clip).stem.lower()
    if stem not in handler.alarms:
        known = ", ".join(list(handler.alarms)[:3]) or "none"
        raise AnnotationError(file, "", f"has no clip {clip!r} ({known} …); add clip")
    return handler.alarms[stem]


class _AlarmHandler(ContentHandler):
    """Collects the alarms of each clip, by its file name without suffix."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.alarms: dict[str, list[Span]] = {}
        self._file = file
        self._clip = ""
        self._spans: list[Span] = []
        self._times: dict[str, float] = {}
        self._text = ""

    def startElement(self, name: str, attrs: xml.sax.xmlreader.AttributesImpl) -> None:  # noqa: N802  # of the base class
        """Begin a clip or an alarm."""
        self._text = ""
        if name == "clip":
            self._clip, self._spans = attrs.get("filename", ""), []
        elif name == "Alarm":
            self._times = {}

    def characters(self, content: str) -> None:
        """Collect the text of an element, which may come in parts."""
        self._text += content

    def endElement(self, name: str) -> None:  # noqa: N802  # of the base class
        """Store what has ended."""
        match name:
            case "filename":
                self._clip = self._text.strip()
            case "StartTime" | "AlarmDuration":
                self._times[name] = self._seconds(name)
            case "Alarm":
                self._end_alarm()
            case "clip":
                if not self._clip:
                    raise self._error("the clip has no filename")
                self.alarms[Path(self._clip).stem.lower()] = self._spans

    def _end_alarm(self) -> None:
        missing = {"StartTime", "AlarmDuration"} - set(self._times)
        if missing:
            raise self._error(f"the alarm lacks {' and '.join(sorted(missing))}")
        since = self._times["StartTime"]
        self._spans.append((since, since + self._times["AlarmDuration"]))

    def _seconds(self, name: str) -> float:
        try:
            hours, minutes, seconds = self._text.strip().split(":")
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        except ValueError:
            raise self._error(f"{name} {self._text.strip()!r} is not HH:MM:SS") from None

    def _error(self, reason: str) -> AnnotationError:
        locator = self._locator  # type: ignore[attr-defined]  # set by the parser
        return AnnotationError(self._file, f"line {locator.getLineNumber()}", reason)

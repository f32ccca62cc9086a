"""Write the ``edge.toml`` of the demo's node: cameras on one real recording."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gridwatch.demo.town import CAMERAS, EAST_LANE, NODE, DemoCamera

CLIP = "vtest"

NODE_TOML = """\
# Written by `gridwatch demo`; a real node has the same kind of file.
node = "{node}"
title = "集市机房"
address = "集市街 1 号"
key = "{key}"
data = "{data}"

[broker]
port = {broker_port}

[centre]
url = "{centre}"

[model]
name = "{model}"
detect_fps = 5
# The crowd is just five people, and running on regions may miss one: docs/engine.md.
regions = false
"""

CAMERA_TOML = """
[[camera]]
name = "{name}"
title = "{title}"
source = "file:{clip}"
loop = {loop}
pace = "{pace}"
{start_at}
location = {{ lon = {lon}, lat = {lat} }}
"""

SCENARIOS_TOML = {
    # Where the paths cross: five people close together for three seconds. A real square needs
    # more people and half a minute; this clip has nine people and 80 seconds.
    "north-gate": """
[[camera.zone]]
name = "crossing"
title = "路口"
points = [
    [0.42, 0.36], [0.60, 0.28], [0.80, 0.24], [0.96, 0.42],
    [0.97, 0.72], [0.72, 0.64], [0.44, 0.50],
]

[[camera.scenario]]
key = "crowd_gathering"
zones = ["crossing"]
people = 5
radius_m = 3.5
hold = 3
clear = 5
""",
    # The service road behind the bend, closed to pedestrians.
    "south-drive": """
[[camera.zone]]
name = "driveway"
title = "车道"
points = [[0.80, 0.22], [0.93, 0.12], [0.99, 0.16], [0.90, 0.30], [0.88, 0.36], [0.80, 0.36]]

[[camera.scenario]]
key = "intrusion"
zones = ["driveway"]
hold = 2
clear = 5
""",
}

LIVE_SCENARIOS_TOML = {
    # A few people stand close at first: minor. Two seconds later they are the crowd of five, which
    # is major: one incident that worsens. Whoever passes the line is a note for an operator.
    "north-gate": """
[[camera.scenario]]
key = "queue_too_long"
zones = ["crossing"]
people = 3
radius_m = 3.5
speed_mps = 2
hold = 1
clear = 5

[[camera.zone]]
name = "west-path"
title = "西侧小道"
points = [[0.30, 0.20], [0.30, 0.95]]

[[camera.scenario]]
key = "line_crossing"
zones = ["west-path"]
level = "info"
""",
    # People who rest on the lawn are no loiterers: a false alarm that the desk silences.
    "south-drive": """
[[camera.zone]]
name = "lawn"
title = "草坪"
points = [[0.05, 0.45], [0.60, 0.45], [0.60, 0.95], [0.05, 0.95]]

[[camera.scenario]]
key = "loitering"
zones = ["lawn"]
level = "info"
hold = 10
""",
    # Its worker does not answer: the centre reminds, then escalates.
    "east-lane": """
[[camera.zone]]
name = "lane"
title = "机动车道"
points = [[0.00, 0.30], [0.25, 0.30], [0.25, 0.80], [0.00, 0.80]]

[[camera.scenario]]
key = "road_pedestrian"
zones = ["lane"]
hold = 2
clear = 5
""",
}
"""What the live demo watches for besides: each incident takes another course."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """The values of the demo's ``edge.toml``.

    Args:
        start_at: Time of the first frame of a recording that is played once at full speed;
            ``None`` plays it in real time, in a loop, with one more camera and more scenarios.
    """

    key: str
    folder: Path
    broker_port: int
    centre: str
    model: str
    clip: Path
    start_at: datetime | None

    def write(self) -> Path:
        """Write ``edge.toml`` into the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "edge.toml"
        cameras = CAMERAS if self.start_at else (*CAMERAS, EAST_LANE)
        file.write_text("".join(self._parts(cameras)), "utf-8")
        file.chmod(0o600)  # it holds the node's key
        return file

    def _parts(self, cameras: Iterable[DemoCamera]) -> Iterable[str]:
        yield NODE_TOML.format(
            node=NODE,
            key=self.key,
            data=self.folder / "data",
            broker_port=self.broker_port,
            centre=self.centre,
            model=self.model,
        )
        for camera in cameras:
            yield CAMERA_TOML.format(
                name=camera.name,
                title=camera.title,
                clip=self.clip,
                loop="false" if self.start_at else "true",
                pace="fast" if self.start_at else "live",
                start_at=f"start_at = {self.start_at.isoformat()}" if self.start_at else "",
                lon=camera.lon,
                lat=camera.lat,
            )
            yield SCENARIOS_TOML.get(camera.name, "")
            if not self.start_at:
                yield LIVE_SCENARIOS_TOML[camera.name]

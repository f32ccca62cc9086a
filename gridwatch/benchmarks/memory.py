"""How much memory one camera takes, and each further one: a process of its own, measured inside.

Usage: python -m gridwatch.benchmarks.memory CLIP CAMERAS; prints resident megabytes, first and all.
"""

import json
import sys
from pathlib import Path

from edge.scheduler import Engine
from gridwatch.benchmarks.box_figures import resident_mb
from gridwatch.benchmarks.camera import Camera
from models import detector

FRAMES = 60


def main(clip: str, cameras: str) -> None:
    """Play the first frames of a clip as several cameras of one engine, side by side."""
    model = detector.load(pull=False)
    engine = Engine(model, clock=lambda: 0.0)
    playing = []
    taken = []
    for _ in range(int(cameras)):
        camera = Camera(Path(clip), model, model)
        pipeline = camera.pipeline(camera.gated(engine))
        frames = camera.frames()
        for _ in range(FRAMES):
            pipeline.push(next(frames))
        playing.append((pipeline, frames))
        taken.append(resident_mb())
    print(json.dumps({"first": taken[0], "all": taken[-1]}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Measure the cost of ultralytics; runs only in the peer's environment.

Usage: export FILE SIZE | export-weights WEIGHTS FILE SIZE | predict WEIGHTS FOLDER SIZE SCORE |
train DATASET BASE FILE EPOCHS SIZE | track MODEL CLIP STRIDE SIZE | associate COUNT. Prints one
JSON document.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from ultralytics import YOLO, __version__
from ultralytics.data.dataset import YOLODataset
from ultralytics.data.utils import check_det_dataset
from ultralytics.engine.results import Boxes
from ultralytics.trackers.byte_tracker import BYTETracker


def export(file: str, size: str) -> dict[str, object]:
    """Export a YOLO11n with random weights, which is as fast as a trained one.

    Its input size is dynamic, and both sides use that to leave out the letterbox padding.
    """
    model = YOLO("yolo11n.yaml")
    written = model.export(format="onnx", imgsz=int(size), simplify=False, dynamic=True)
    shutil.move(written, file)
    return {"size": int(size)}


def export_weights(weights: str, file: str, size: str) -> dict[str, object]:
    """Export weights for pictures of any size; return what the network is."""
    model = YOLO(weights)
    written = model.export(format="onnx", imgsz=int(size), simplify=False, dynamic=True, opset=17)
    shutil.move(written, file)
    return {"names": list(model.names.values()), "task": model.task, "version": __version__}


def predict(weights: str, folder: str, size: str, score: str) -> dict[str, object]:
    """Return the detections in the pictures of a folder, in the order of their names."""
    answers = []
    for picture in sorted(Path(folder).iterdir()):
        options = {"imgsz": int(size), "conf": float(score), "verbose": False, "device": "cpu"}
        (result,) = YOLO(weights).predict(str(picture), **options)
        boxes = result.boxes
        answers.append(
            {
                "corners": boxes.xyxyn.tolist(),
                "scores": boxes.conf.tolist(),
                "classes": boxes.cls.int().tolist(),
            }
        )
    return {"pictures": answers}


def train(dataset: str, base: str, file: str, *numbers: str) -> dict[str, object]:
    """Train a network; return the pictures and label files of the part that was held back."""
    epochs, size = map(int, numbers)
    data = check_det_dataset(dataset, autodownload=False)
    held_back = YOLODataset(data["val"], data=data, imgsz=size, augment=False)
    began = time.monotonic()
    options = {"device": "cpu", "workers": 0, "plots": False, "deterministic": True, "seed": 1}
    model, runs = YOLO(base), str(Path.cwd() / "runs")
    model.train(data=dataset, epochs=epochs, imgsz=size, project=runs, exist_ok=True, **options)
    shutil.move(model.trainer.best, file)
    return {
        "seconds": time.monotonic() - began,
        "names": list(data["names"].values()),
        "pictures": held_back.im_files,
        "labels": held_back.label_files,
    }


def track(model: str, clip: str, stride: str, size: str) -> dict[str, object]:
    """Track all objects of a clip; return the CPU seconds of all frames but the first."""
    results = YOLO(model, task="detect").track(
        source=clip,
        stream=True,
        persist=True,
        imgsz=int(size),
        vid_stride=int(stride),
        verbose=False,
        device="cpu",
    )
    next(results)
    began = time.process_time()
    frames = sum(1 for _ in results)
    return {"frames": frames, "cpu_s": time.process_time() - began}


def associate(count: str) -> dict[str, object]:
    """Return the median CPU seconds of one update of its BYTE tracker with ``count`` objects."""
    config = SimpleNamespace(
        track_high_thresh=0.25,
        track_low_thresh=0.1,
        new_track_thresh=0.25,
        track_buffer=30,
        match_thresh=0.8,
        fuse_score=True,
    )
    tracker, times, n = BYTETracker(config), [], int(count)
    generator = np.random.default_rng(1)
    centres = generator.uniform((50, 50), (1870, 1000), (n, 2))
    speeds, sides = generator.uniform(-4, 4, (n, 2)), np.array([40.0, 100.0])
    for _ in range(60):
        centres = centres + speeds
        corners = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
        rows = np.concatenate([corners, np.full((n, 1), 0.8), np.zeros((n, 1))], axis=1)
        boxes = Boxes(rows.astype(np.float32), (1080, 1920))
        began = time.process_time()
        tracker.update(boxes)
        times.append(time.process_time() - began)
    return {"s": float(np.median(times[10:]))}


if __name__ == "__main__":
    commands: dict[str, Callable[..., dict[str, object]]] = {
        "export": export,
        "export-weights": export_weights,
        "predict": predict,
        "train": train,
        "track": track,
        "associate": associate,
    }
    answer = commands[sys.argv[1]](*sys.argv[2:])
    print("\n" + json.dumps(answer))

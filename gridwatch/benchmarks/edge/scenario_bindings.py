"""Scenarios and zones that are bound to the measured cameras."""

from dataclasses import replace

from pipeline.geometry.shapes import Line, Point, Zone
from pipeline.rules.scenario import Scenario
from scenarios import catalogue

VEHICLES = frozenset({"car", "truck", "bus"})
SETTINGS: dict[str, dict[str, object]] = {
    "crowd_gathering": {"people": 3, "hold": 5, "clear": 5},
    "intrusion": {"hold": 3, "clear": 5},
}


def bind_crowd_and_intrusion(watches: frozenset[str]) -> list[Scenario]:
    """Bind crowd_gathering and intrusion to four zones each, for these labels."""
    library = catalogue.load()
    bound = (library[key].bind(ZONES, settings) for key, settings in SETTINGS.items())
    return [replace(s, spec=replace(s.spec, labels=watches)) for s in bound]


def bind_road_scenarios() -> list[Scenario]:
    """Bind what a city binds on a road: congestion, parking, pedestrians, wrong-way driving.

    Congestion needs only three vehicles at 20 km/h for five seconds, and the traffic crosses the
    line the wrong way: otherwise no alert could open in twenty seconds of footage.
    """
    library = catalogue.load()
    jam = {"vehicles": 3, "slow_kmh": 20, "hold": 5}
    return [
        library["congestion"].bind((LANES,), jam),
        library["illegal_parking"].bind((LANES,), {}),
        library["road_pedestrian"].bind((LANES,), {}),
        library["wrong_way"].bind((ACROSS,), {}),
    ]


def rectangle_zone(name: str, *, left: float, top: float, width: float, height: float) -> Zone:
    """Return a rectangular zone."""
    right, bottom = left + width, top + height
    corners = Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)
    return Zone(name, corners)


ZONES = (
    rectangle_zone("left", left=0.02, top=0.3, width=0.3, height=0.65),
    rectangle_zone("middle", left=0.35, top=0.3, width=0.3, height=0.65),
    rectangle_zone("right", left=0.68, top=0.3, width=0.3, height=0.65),
    rectangle_zone("back", left=0.2, top=0.05, width=0.6, height=0.25),
)
LANES = rectangle_zone("lanes", left=0.02, top=0.3, width=0.96, height=0.65)
ACROSS = Line("across", Point(0.5, 0.45), Point(0.5, 0.95))

"""Mistakes in edge.toml: the text replaced, its replacement, and part of the message expected."""

from tests.edge.nodes import EDGE_TOML, KEY

SECOND_CAMERA = """\
[[camera]]
name = "north-gate"
source = "file:clip.avi"
scenario = [{ key = "crowd_gathering" }]
"""
SECOND_ZONE = """\
[[camera.zone]]
name = "steps"
points = [[0, 0], [1, 0], [1, 1]]
"""
FRAME_ZONE = """\
[[camera.zone]]
name = "frame"
points = [[0, 0], [1, 0], [1, 1]]
[[camera.scenario]]
key = "intrusion"
[[camera.scenario]]
key = "intrusion"
zones = ["frame"]
"""
SECOND_SCENARIO = """\
[[camera.scenario]]
key = "crowd_gathering"
zones = ["steps"]
"""

MARKS = [
    f"[[camera.mark]]\nat = {at}\nmetres = {metres}\n"
    for at, metres in (
        ("[0.1, 0.9]", "[0, 0]"),
        ("[0.9, 0.9]", "[6, 0]"),
        ("[0.7, 0.4]", "[6, 12]"),
        ("[0.3, 0.4]", "[0, 12]"),
    )
]
FOUR = "".join(MARKS)
"""Four corners of a yard."""
BEFORE = "[[camera.zone]]"

MISTAKES = {
    "an empty title": (
        BEFORE,
        'title = " "\n' + BEFORE,
        "camera[north-gate].title = ' ': write one line of text, in any language",
    ),
    "a title of two lines": (
        BEFORE,
        'title = "East\\nGate"\n' + BEFORE,
        "camera[north-gate].title",
    ),
    "an address that is too long": (
        BEFORE,
        f'address = "{"路" * 201}"\n' + BEFORE,
        "camera[north-gate].address",
    ),
    "three marks": (
        BEFORE,
        "".join(MARKS[:3]) + BEFORE,
        "camera[north-gate].mark: needs at least four marks, has 3",
    ),
    "marks on a line": (
        BEFORE,
        FOUR.replace("0.3, 0.4", "0.5, 0.9").replace("0, 12", "3, 0") + BEFORE,
        "camera[north-gate].mark: three of the marks are nearly on one line; mark corners that",
    ),
    "a mark outside the frame": (
        BEFORE,
        FOUR.replace("0.3, 0.4", "0.3, 1.4") + BEFORE,
        "camera[north-gate].mark[#4].at[#2] = 1.4",
    ),
    "mirrored marks": (
        BEFORE,
        FOUR.replace("[6, ", "[-6, ") + BEFORE,
        "camera[north-gate].mark: the marks are mirrored; write metres as x to the right",
    ),
    "marks in another order": (
        BEFORE,
        FOUR.replace("[6, 12]", "[7, 12]").replace("[6, 0]", "[6, 12]").replace("[7, 12]", "[6, 0]")
        + BEFORE,
        "camera[north-gate].mark: the marks are in another order on the ground than in the frame",
    ),
    "degrees in place of metres": (
        BEFORE,
        FOUR.replace("[6, ", "[0.0001, ").replace(", 12]", ", 0.0002]") + BEFORE,
        "camera[north-gate].mark: the marks are 0.0002 m apart; write metres on a plan",
    ),
    "an unknown key of a mark": (
        BEFORE,
        FOUR + "meters = [0, 0]\n" + BEFORE,
        "camera[north-gate].mark[#4].meters: unknown key: did you mean metres?",
    ),
    "a scenario that needs a zone": (
        "[[camera.scenario]]",
        '[[camera.scenario]]\nkey = "climbing"\n\n[[camera.scenario]]',
        "camera[north-gate].scenario[climbing].zones: needs a zone; draw one, such as [[camera",
    ),
    "an unknown key": (
        "[broker]\nhost",
        "[broker]\nhots",
        "broker.hots: unknown key: did you mean host?",
    ),
    "an unknown key of a camera": ("pace =", "spead =", "camera[north-gate].spead: unknown key"),
    "an unknown table": ("[centre]", "[center]", "center: unknown key: did you mean centre?"),
    "a zone outside the frame": (
        "[0.9, 0.1]",
        "[1.2, 0.1]",
        "points[#2][#1] = 1.2: input should be less than or equal to 1; write fractions of the",
    ),
    "a zone that crosses itself": (
        "[0.9, 0.1], [0.9, 0.9]",
        "[0.9, 0.9], [0.9, 0.1]",
        "zone[steps].points: its edges cross",
    ),
    "a zone of two corners": (
        ", [0.9, 0.9], [0.1, 0.9]]",
        "]",
        "scenario[crowd_gathering].zones: watches areas; give steps at least three corners",
    ),
    "an unknown scenario": (
        '"crowd_gathering"',
        '"crowd_gatherin"',
        "did you mean crowd_gathering?",
    ),
    "an unknown zone": ('zones = ["steps"]', 'zones = ["stairs"]', "no zone 'stairs'"),
    "an unknown parameter": (
        "people = 5",
        "poeple = 5",
        "camera[north-gate].scenario[crowd_gathering].poeple",
    ),
    "a parameter out of range": (
        "people = 5",
        "people = 5000",
        "scenario[crowd_gathering].people: 5000",
    ),
    "a parameter of a wrong kind": (
        "people = 5",
        'people = "five"',
        "scenario[crowd_gathering].people: 'five'",
    ),
    "a hold below zero": ("hold = 20", "hold = -1", "scenario[crowd_gathering].hold: -1"),
    "an unknown day": (
        "hold = 20",
        'hold = 20\nschedule = { days = ["mon", "dienstag"] }',
        "schedule.days[#2] = 'dienstag': input should be 'mon', 'tue'",
    ),
    "an invalid hour": (
        "hold = 20",
        'hold = 20\nschedule = { hours = ["25:00-06:00"] }',
        "schedule.hours[#1] = '25:00-06:00': is no hours; write them as 22:00",
    ),
    "hours without length": (
        "hold = 20",
        'hold = 20\nschedule = { hours = ["08:00-08:00"] }',
        "schedule.hours[#1] = '08:00-08:00': is empty; write 00:00-24:00 for the whole",
    ),
    "a schedule without hours": (
        "hold = 20",
        "hold = 20\nschedule = { hours = [] }",
        "scenario[crowd_gathering].schedule.hours: is empty; leave it out for no restriction",
    ),
    "a schedule without days": (
        "hold = 20",
        "hold = 20\nschedule = { days = [] }",
        "scenario[crowd_gathering].schedule.days: is empty; leave it out for no restriction",
    ),
    "a schedule with an unknown time zone": (
        "hold = 20",
        'hold = 20\nschedule = { timezone = "Mars/Olympus" }',
        "schedule.timezone = 'Mars/Olympus': is not a time zone; write one like Asia/Shanghai",
    ),
    "a holiday that is not a date": (
        "hold = 20",
        'hold = 20\nschedule = { holidays = ["2026-02-30"], on_holidays = "never" }',
        "schedule.holidays[#1] = '2026-02-30': is not a date; write one like 2026-10-01",
    ),
    "a holiday that is a number": (
        "hold = 20",
        'hold = 20\nschedule = { holidays = [0], on_holidays = "never" }',
        "schedule.holidays[#1] = 0: is not a date",
    ),
    "holidays without on_holidays": (
        "hold = 20",
        "hold = 20\nschedule = { holidays = [2026-10-01] }",
        "scenario[crowd_gathering].schedule: set holidays and on_holidays together",
    ),
    "an unknown key of a schedule": (
        "hold = 20",
        'hold = 20\nschedule = { dayz = ["mon"] }',
        "scenario[crowd_gathering].schedule.dayz: unknown key: did you mean days?",
    ),
    "an unknown level": ("hold = 20", 'level = "urgent"', "scenario[crowd_gathering].level"),
    "a bad camera name": ('"north-gate"', '"North Gate"', "use 1 to 64 of a-z, 0-9 and -"),
    "a bad node": (
        '"demo/market/box-1"',
        '"demo/box-1"',
        "node = 'demo/box-1': 'demo/box-1' is no node: write district/site/node",
    ),
    "no node": ('node = "demo/market/box-1"\n', "", "node: is missing"),
    "a missing file": ("file:clip.avi", "file:klip.avi", "no such file"),
    "a file that is not a video": ("file:clip.avi", "file:text.avi", "cannot be read as a video"),
    "an unknown kind of source": (
        "file:clip.avi",
        "ftp://camera/1",
        "is not a kind of source; use rtsp://",
    ),
    "an address with a sign that is not escaped": (
        "file:clip.avi",
        "rtsp://admin:pa#ss@10.0.0.9/main",
        "camera[north-gate].source = 'rtsp://***@10.0.0.9/main': is not a URL; write rtsp://",
    ),
    "decoding on demand without the gate": (
        'pace = "fast"',
        'pace = "fast"\ndecode = "on_demand"',
        "camera[north-gate].decode: on_demand needs the motion gate; set gate = true in [model]",
    ),
    "a main stream of a recording": (
        'pace = "fast"',
        'pace = "fast"\nmain_stream = "rtsp://10.0.0.9/main"',
        "camera[north-gate].main_stream: applies to live cameras only; remove it",
    ),
    "an invalid address of a main stream": (
        'source = "file:clip.avi"\nstart_at = 2026-03-01T08:00:00Z\npace = "fast"',
        'source = "rtsp://10.0.0.9/sub"\nmain_stream = "http://admin:s3cret@10.0.0.9/main"',
        "camera[north-gate].main_stream = 'http://***@10.0.0.9/main': is not the URL of a camera",
    ),
    "a start time of a live camera": (
        'source = "file:clip.avi"\nstart_at = 2026-03-01T08:00:00Z\npace = "fast"',
        'source = "rtsp://10.0.0.9/main"\nstart_at = 2026-03-01T08:00:00Z',
        "camera[north-gate].start_at: applies to recordings only; remove it",
    ),
    "a folder without a frame rate": (
        "file:clip.avi",
        "folder:.",
        "camera[north-gate].fps: is missing; set the frame rate of the pictures",
    ),
    "a folder without pictures": (
        'source = "file:clip.avi"',
        'source = "folder:."\nfps = 5',
        "contains no images; use one kind, .jpg or .png",
    ),
    "an unknown transport": (
        'pace = "fast"',
        'transport = "http"',
        "camera[north-gate].transport = 'http': input should be 'auto', 'tcp' or 'udp'",
    ),
    "a stall time of zero": (
        'pace = "fast"',
        "stall_after = 0",
        "camera[north-gate].stall_after = 0",
    ),
    "unknown footage": ("file:clip.avi", "footage:vtset", "vtset is not in the catalogue"),
    "bad syntax": (
        "port = 1883",
        "port = = 1883",
        "is not valid TOML: Invalid value (at line 8, column 8)",
    ),
    "a key that is not hexadecimal": (
        KEY.hex(),
        "secret",
        "key: is not hexadecimal; `gridwatch edge new-key`",
    ),
    "a key that is too short": (KEY.hex(), KEY.hex()[:20], "key: has 10 bytes, not 32"),
    "no key": (f'key = "{KEY.hex()}"\n', "", "or set either key or key_file"),
    "a missing key file": (
        f'key = "{KEY.hex()}"',
        'key_file = "box.key"',
        "key_file = 'box.key': No such file or directory; write the key that `gridwatch central",
    ),
    "a port out of range": (
        "port = 1883",
        "port = 70000",
        "broker.port = 70000: input should be less than or equal to 65535",
    ),
    "a port that is not a number": ("port = 1883", 'port = "mqtt"', "broker.port = 'mqtt'"),
    "an unknown model": ('"deimv2-femto"', '"deimv2-fento"', "did you mean deimv2-femto?"),
    "a frame rate of zero": (
        "detect_fps = 5",
        "detect_fps = 0",
        "model.detect_fps = 0: input should be greater than 0",
    ),
    "an address without http": (
        "http://127.0.0.1:8080",
        "127.0.0.1:8080",
        "centre.url = '127.0.0.1:8080'",
    ),
    "a time without a zone": (
        "08:00:00Z",
        "08:00:00",
        "camera[north-gate].start_at: input should have timezone info",
    ),
    "an unknown time zone": (
        "[drill]",
        '[drill]\ntimezone = "Asia/Shangai"',
        "drill.timezone = 'Asia/Shangai': is not a time zone; write one like Asia/Shanghai",
    ),
    "an invalid time of day": (
        "[drill]",
        '[drill]\nat = "ten"',
        "drill.at = 'ten': input should be in a valid time format",
    ),
    "an unknown playback speed": (
        'pace = "fast"',
        'pace = "slow"',
        "camera[north-gate].pace = 'slow': input should be 'live' or 'fast'",
    ),
    "a location off the earth": (
        "lon = 104.05",
        "lon = 204.05",
        "camera[north-gate].location.lon = 204.05",
    ),
    "a certificate authority without tls": (
        "port = 1883",
        'port = 1883\nca = "ca.pem"',
        "broker.ca: has no effect without tls",
    ),
    "a certificate authority without https": (
        'url = "http://127.0.0.1:8080"',
        'url = "http://127.0.0.1:8080"\nca = "ca.pem"',
        "centre.ca: has no effect without an url with https://",
    ),
    "a certificate authority that is not there": (
        'url = "http://127.0.0.1:8080"',
        'url = "https://127.0.0.1:8080"\nca = "ca.pem"',
        "centre.ca = 'ca.pem': no such file",
    ),
    "a certificate authority that is none": (
        'url = "http://127.0.0.1:8080"',
        'url = "https://127.0.0.1:8080"\nca = "edge.toml"',
        "centre.ca = 'edge.toml': holds no certificate in PEM form",
    ),
    "a zone with the name of the whole picture": (
        "[[camera.scenario]]",
        FRAME_ZONE + "[[camera.scenario]]",
        "camera[north-gate].zone[frame]: has the name of the whole picture",
    ),
    "no camera": (EDGE_TOML[EDGE_TOML.index("[[camera]]") :], "", "camera: is missing"),
    "two cameras of one name": (
        "[[camera]]",
        f"{SECOND_CAMERA}\n[[camera]]",
        "camera[north-gate]: is defined twice",
    ),
    "two zones of one name": (
        "[[camera.scenario]]",
        f"{SECOND_ZONE}\n[[camera.scenario]]",
        "camera[north-gate].zone[steps]: is defined twice",
    ),
    "a scenario twice on a zone": (
        "[[camera.scenario]]",
        f"{SECOND_SCENARIO}\n[[camera.scenario]]",
        "crowd_gathering on steps is defined twice",
    ),
}

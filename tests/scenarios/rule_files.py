"""A rule file that is right, for tests that break it."""

from pathlib import Path

RULE_FILE = """
title = { zh = "测试", en = "Test" }
because = { zh = "{people:.0f} 人", en = "{people:.0f} people" }
duty = "city"
level = "minor"
watches = ["person"]
when = "count >= people"
hold_s = 5
clear_s = 20

[parameters.people]
default = 2
minimum = 1
maximum = 50
zh = "人数"
en = "People"

[[case]]
name = "two people stay"
cast = [{ label = "person", standing = 2, at = [10, 10] }]
opens = 1

[[case]]
name = "one person"
cast = [{ label = "person", at = [10, 10] }]
opens = 0
"""


def write_rule_file(folder: Path, text: str = RULE_FILE, name: str = "my_rule.toml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file

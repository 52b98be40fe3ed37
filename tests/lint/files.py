# SPDX-License-Identifier: BSD-2-Clause
"""What each file must have, or must not: its licence, no trace of one machine, no unfinished work, no sprawl."""

import pathlib
import re

SPDX = re.compile(r"SPDX-License-Identifier: ([^*\n]+?)\s*(?:\*/|-->)?$")
SOURCE_SUFFIXES = (".c", ".h", ".py", ".sh", ".mk", ".yaml")
SOURCE_NAMES = ("Makefile",)
DUAL, BSD = "GPL-2.0-only OR BSD-2-Clause", "BSD-2-Clause"

NOTE_LINES, MAX_LINES = 600, 800
GENERATED_BY_HAND = ("vmlinux.h",)  # one table of types; as long as it must be

APT_SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d")
# Folders that everybody's machine has: no trace of this one.
COMMON_FOLDERS = frozenset(
    "/ /build /builds /home /mnt /opt /root /src /srv /tmp /usr /usr/local /usr/local/src /usr/src /var /var/tmp".split()
)

# Spelled so that this file does not have them.
MARKS = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")) + r")\b")


def sources(tree):
    for path in tree.files:
        if path.suffix in SOURCE_SUFFIXES or path.name in SOURCE_NAMES or not path.suffix:
            text = tree.text(path)
            if path.suffix or path.name in SOURCE_NAMES or text.startswith("#!"):
                yield path, text.splitlines()


def spdx(tree):
    findings = []
    for path, text in sources(tree):
        at = 1 if text and text[0].startswith("#!") else 0
        match = SPDX.search(text[at]) if len(text) > at else None
        kernel_side = path.parts[0] in ("bpf", "include") or str(path) == "vmlinux.h"
        wanted = DUAL if kernel_side else BSD
        if not match:
            findings.append(f"{path}:{at + 1}: no SPDX-License-Identifier on this line")
        elif match[1] != wanted:
            findings.append(f"{path}:{at + 1}: licence is {match[1]}, here it must be {wanted}")
    return findings


def one_machine(tree):
    """Paths of this checkout and hosts of this machine's package manager."""
    words = [str(tree.top)]
    if str(tree.top.parent) not in COMMON_FOLDERS:
        words.append(f"{tree.top.parent}/")
    home = str(pathlib.Path.home())
    if home not in COMMON_FOLDERS:
        words.append(f"{home}/")
    return _find(tree, re.compile("|".join(re.escape(word) for word in [*words, *_apt_hosts()])), "of one machine")


def unfinished(tree):
    return _find(tree, MARKS, "unfinished work")


def length(tree):
    findings = []
    for path, text in sources(tree):
        if len(text) > MAX_LINES and path.name not in GENERATED_BY_HAND:
            findings.append(f"{path}: {len(text)} lines: there is a second module in it")
        elif len(text) > NOTE_LINES and path.name not in GENERATED_BY_HAND:
            tree.notes.append(f"{path}: {len(text)} lines; is there a second module in it?")
    return findings


def _apt_hosts():
    hosts = set()
    for place in map(pathlib.Path, APT_SOURCES):
        for path in [place] if place.is_file() else sorted(place.glob("*")):
            hosts |= set(re.findall(r"https?://([^/\s:]+)", path.read_text("utf-8", "replace")))
    return sorted(hosts)


def _find(tree, pattern, what):
    findings = []
    for path in tree.files:
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            match = pattern.search(line)
            if match:
                findings.append(f"{path}:{number}: {what}: {match[0]}")
    return findings

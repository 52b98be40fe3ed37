# SPDX-License-Identifier: BSD-2-Clause
"""The files that the lints look at, and what all lints need."""

import os
import pathlib
import shutil
import subprocess

DEADLINE_S = 300


class Skip(Exception):
    """The lint cannot run here; the message says why."""


class Tree:
    def __init__(self, top, build):
        self.top = top
        self.build = build
        self.files = _known_to_git(top)
        self.notes = []  # for people; no finding

    def c_files(self, *folders):
        """The C files, anywhere below one of the folders, or all."""
        found = [path for path in self.files if path.suffix in (".c", ".h")]
        if folders:
            found = [path for path in found if str(path).startswith(tuple(f"{folder}/" for folder in folders))]
        return found

    def text(self, path):
        return (self.top / path).read_text("utf-8", "replace")

    def run(self, *command, **more):
        """Returns (status, output of both kinds) of a command in the tree."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.top,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=DEADLINE_S,
            check=False,
            **({"stdin": subprocess.DEVNULL} if "input" not in more else {}),
            **more,
        )
        output = done.stdout.decode("utf-8", "replace")
        return done.returncode, output.replace(f"{self.top}/", "")


def tool(*names):
    """The first of the names that is installed."""
    for name in names:
        if shutil.which(name):
            return name
    raise Skip(f"{names[0]} is not installed")


def lines(output, limit=40):
    found = [line for line in output.splitlines() if line.strip()]
    return found[:limit] + ([f"… and {len(found) - limit} lines more"] if len(found) > limit else [])


def _known_to_git(top):
    """Committed or not yet committed, but nothing that .gitignore names; sorted paths below `top`."""
    # A checkout that belongs to somebody else is fine here: nothing of it is executed by git.
    trust = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": str(top)}
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=top,
        env={**os.environ, **trust},
        stdout=subprocess.PIPE,
        check=True,
    )
    names = {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
    return [pathlib.PurePath(name) for name in sorted(names) if (top / name).is_file()]

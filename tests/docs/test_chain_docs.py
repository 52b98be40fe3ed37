# SPDX-License-Identifier: BSD-2-Clause
"""What is documented of chain: its examples on a tree that is there, and the words of the manual page and of docs/ci.md."""

import json
import re
import shutil
import subprocess

import pytest

import test_docs
import transcript
from conftest import needs_root
from test_docs import DEADLINE_S, MAN, section_of
from transcript import ROOT

PAGE = "sigtrace-chain"
CI = (ROOT / "docs" / "ci.md").read_text()
CORE = ROOT / "src" / "core"
OUT = ROOT / "src" / "out"
CMD = ROOT / "src" / "cmd"
HEADER = (CORE / "chain.h").read_text()
SCHEMA = json.loads((ROOT / "docs" / "json-schema.json").read_text())["$defs"]
# What may be on stderr: the programs' own affair is on stdout.
SAID = re.compile(r"sigtrace: (watching \S+\[\d+\] and \d+ processes below it; Ctrl-C ends it|"
                  r"sent SIG\w+ to \S+\[\d+\] alone \(pidfd_send_signal\))")


def adapt(example, sandbox, pid):
    """The documented command, with a process that exists, short deadlines and files that may be written."""
    command = re.sub(r"(?<=-p )\d+", str(pid), example)
    command = re.sub(r"(?<=--deadline )\S+", "1s", command)
    return command.replace("> ~/", f"> {sandbox.path}/")


@needs_root
@pytest.mark.parametrize("example", test_docs.all_examples(test_docs.is_chain))
def test_example(example, tmp_path):
    for tool in re.findall(r"\| (\w+)", example):
        if not shutil.which(tool):
            pytest.skip(f"the example needs {tool}")
    with test_docs.container_of(example, tmp_path) as container, transcript.Sandbox(test_docs.README) as sandbox:
        pid = sandbox.start_target("./ci.sh", "tree")
        command = adapt(example, sandbox, pid)
        if container:
            container.take(pid)
            command += f" {container.option} {container.root}"
        process = sandbox.popen(["bash", "-o", "pipefail", "-c", command if "|" in command else f"exec {command}"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = ""
        if "--watch" in command:
            said = process.stderr.readline()
            assert said.startswith("sigtrace: watching ci.sh["), said
            subprocess.run(["kill", "-TERM", str(pid)], timeout=DEADLINE_S, check=True)
        out, err = process.communicate(timeout=DEADLINE_S)
        errors = [line for line in (said + err).splitlines() if not SAID.fullmatch(line)]
        assert not errors, "\n".join(errors)
        # ci.sh waits for its child; Ctrl-C reaches nobody: it has no terminal.
        to = re.search(r"--to (foreground|group)", command)
        assert process.returncode == ({"foreground": 5, "group": 0}[to[1]] if to else 1), out
        assert out or ">" in command, "no output"


def test_there_are_examples():
    assert len(test_docs.all_examples(test_docs.is_chain)) > 12


# The words.

def names_of(text, list_name):
    """JSON names of an X-macro."""
    body = re.search(rf"#define {list_name}\(X\).*?(?=\n\n|\nenum |\n/\*)", text, re.DOTALL)[0]
    return re.findall(r'X\(\w+,[\s\\]*"([\w-]+)"\)', body)


def items_of(section, head, markup="Sy"):
    part = section_of(PAGE, section)
    if head:
        part = part.split(f"\n.Ss {head}\n")[1].split("\n.Ss ")[0]
    return [word for line in re.findall(rf"^\.It {markup} (.*)$", part, re.MULTILINE) for word in line.split(" , ")]


@pytest.mark.parametrize("list_name, head, count", [("CHAIN_WAY_LIST", "Whether it gets the signal", 19),
                                                    ("CHAIN_RULE_LIST", "Breaks", 9), ("CHAIN_NOTE_LIST", "Notes", 9)])
def test_words_are_in_the_manual(list_name, head, count):
    """In the order of the header."""
    names = names_of(HEADER, list_name)
    assert len(names) >= count
    assert items_of("OUTPUT", head) == names


def test_ways_stand_with_their_answer():
    """The comments of the header divide them as the manual does."""
    body = re.search(r"#define CHAIN_WAY_LIST\(X\).*?\n\n", HEADER, re.DOTALL)[0]
    parts = re.split(r"/\* (?:It gets it|It does not|Not known): \*/", body)[1:]
    section = section_of(PAGE, "OUTPUT").split("\n.Ss Whether it gets the signal\n")[1].split("\n.Ss ")[0]
    documented = re.split(r"\nIt does not:\n|\nIt is not known:\n", section)
    assert len(parts) == len(documented) == 3
    for source, text in zip(parts, documented, strict=True):
        assert re.findall(r"^\.It Sy (\w+)$", text, re.MULTILINE) == re.findall(r'"(\w+)"\)', source)


def test_what_they_do_is_in_the_manual():
    source = (CORE / "chain_names.c").read_text()
    names = re.findall(r'\[CHAIN_DOES_\w+\] = "(\w+)"', source)
    assert len(names) > 8
    assert items_of("OUTPUT", "What it does with it") == names


def test_programs_are_in_the_manual():
    names = names_of((CORE / "program.h").read_text(), "PROGRAM_LIST")
    assert len(names) > 20
    assert sorted(items_of("PROGRAMS", None)) == sorted(names)


def test_rules_are_in_ci_md():
    table = CI.split("\n## A job that cannot be cancelled\n")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(names_of(HEADER, "CHAIN_RULE_LIST"))


def test_commands_of_ci_md():
    """Every line of the block is a command that the program takes."""
    block = re.search(r"\n## A job that cannot be cancelled\n.*?```sh\n(.*?)```", CI, re.DOTALL)[1]
    lines = [line.partition("#")[0].split() for line in block.splitlines() if line.startswith("sigtrace ")]
    assert len(lines) > 2
    for words in lines:
        # The number is that of nobody: what is wrong is told before that.
        done = subprocess.run([transcript.SIGTRACE, *words[1:], "--no-such-option"], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        assert "'--no-such-option'" in done.stderr.splitlines()[0], done.stderr


def test_columns_and_marks_are_in_the_manual():
    source = (OUT / "chain_tree_text.c").read_text()
    function = source.split("static void add_titles(")[1].split("\n}\n")[0]
    titles = set(re.findall(r'"([A-Z ]+)"', function))
    assert len(titles) == 7
    section = section_of(PAGE, "OUTPUT")
    columns = section.split("\nThe columns:\n")[1].split("\n.El\n")[0]
    assert {word for line in re.findall(r"^\.It (.*)$", columns, re.MULTILINE) for word in line.split(" , ")} == titles
    marks = re.findall(r'\[CHAIN_LOOK_\w+\] = "(.)"', (OUT / "chain_cells.c").read_text())
    assert len(marks) == 5
    item = columns.split("\n.It WHAT HAPPENS , WHAT HAPPENED\n")[1]
    escapes = {"\\[u2713]": "✓", "\\[u2717]": "✗", "\\(pc": "·", "\\&!": "!", "\\&?": "?"}
    assert sorted(escapes[word] for word in re.findall(r"^\.Ql (\\\S+)$", item, re.MULTILINE)) == sorted(marks)


# Defaults, formats, JSON.

def test_defaults_are_in_the_manual_and_the_help():
    source = (CMD / "chain.c").read_text()
    text = " ".join(test_docs.help_of("chain").split())
    options = section_of(PAGE, "OPTIONS")
    seconds = {name: int(value) // 10**9 for name, value in re.findall(r"#define (\w+)_NS\s+(\d+)ULL", source)}
    assert seconds == {"DEADLINE": 5, "DURATION": 60}
    for option, value in (("deadline", "5s"), ("duration", "1m")):
        item = re.search(rf"^\.It .*Fl Fl {option} .*?(?=^\.It )", options, re.MULTILINE | re.DOTALL)[0]
        assert re.search(rf"; {value} without it\b", item), item
        assert re.search(rf"--{option} TIME [^-]*with --watch: [^-]*\({value}\)", text), text
    wanted = re.findall(r"SIG[A-Z]+", re.search(r"#define WANTED(.*?)\n\n", source, re.DOTALL)[1])
    assert len(wanted) == 5
    item = re.search(r"^\.It Fl s , .*?(?=^\.It )", options, re.MULTILINE | re.DOTALL)[0]
    last = item.split("without it ")[-1]
    assert re.findall(r"SIG[A-Z]+", last) == wanted
    assert f"({', '.join(name.removeprefix('SIG') for name in wanted)})" in text


def test_formats_are_in_the_manual():
    done = subprocess.run([transcript.SIGTRACE, "chain", "-o", "nosuch", "-p", "1"], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)
    formats = re.search(r"one of: (.*)\)", done.stderr)[1].split(", ")
    assert len(formats) == 4
    for line in re.findall(r"^\.(?:Op|It) .*Fl (?:o|Fl output) Cm (.*)$", MAN[PAGE], re.MULTILINE):
        assert line.split(" | ") == formats
    to = re.search(r"^\.Op Fl Fl to Cm (.*)$", MAN[PAGE], re.MULTILINE)[1].split(" | ")
    assert to == SCHEMA["chain"]["properties"]["to"]["enum"]


def test_members_of_json_are_in_the_manual():
    section = section_of(PAGE, "JSON")
    named = set(re.findall(r"\b[a-z_]+\b", " ".join(re.findall(r"\bQl (.*)", section))))
    for kind in ("chain", "chain_program", "chain_node", "chain_edge", "chain_break", "chain_note"):
        members = set(SCHEMA[kind]["properties"])
        assert members - named == set(), kind
        assert len(members) > 4


@pytest.mark.parametrize("kind, member", [("chain", "verdict"), ("chain", "evidence"), ("chain_node", "shell"), ("chain_node", "gets"),
                                          ("chain_node", "end")])
def test_words_of_json_are_in_the_manual(kind, member):
    section = " ".join(section_of(PAGE, "JSON").split())
    words = [word for word in SCHEMA[kind]["properties"][member]["enum"]]
    listed = re.search(rf"\.Ql (?:\S+ , )*{member} \(([^)]*)\)", section)[1]
    assert sorted(re.findall(r"\b[a-z_]+\b", listed.replace(" or ", " "))) == sorted(words)

# SPDX-License-Identifier: BSD-2-Clause
"""Recorded trees through prediction, watch, breaks and every format of chain, byte for byte (golden.py)."""

import copy
import functools
import json
import re
import unicodedata

import pytest

import chain_specs
import golden
from golden import HERE, compare, replay

NAMES = golden.names("chain_*.spec")
VARIANTS = {
    "txt": ["text", "--chain"],
    "width-80.txt": ["text", "--chain", "--width", "80"],
    "color.txt": ["text", "--chain", "--color"],
    "json": ["json", "--chain"],
    "dot": ["dot", "--chain"],
    "mermaid": ["mermaid", "--chain"],
}
WIDTH = 100
MARKS = {"yes": "✓", "no": "✗", "unknown": "?", None: "·"}


@functools.cache
def output(name, variant):
    return replay(name, VARIANTS[variant]).decode()


def documents(name):
    return [json.loads(line) for line in output(name, "json").splitlines()]


def every_document():
    return [document for name in NAMES for document in documents(name)]


def every_node():
    return [node for document in every_document() for node in document["nodes"]]


def flowing(text):
    """Without the lines of the tree, and as if it had never been wrapped."""
    return " ".join(re.sub(r"[│├└─]", " ", text).split())


def trees(name):
    """The text of each tree, by its heading."""
    return ["chain: " + text for text in output(name, "txt").split("chain: ")[1:]]


@pytest.mark.parametrize("name", NAMES)
def test_recording_is_what_the_spec_says(name):
    golden.compare_recording(name, chain_specs.compile_spec)


# Two thousand nodes are read by the other tests, not by people.
@pytest.mark.parametrize("name, variant", [(name, variant) for name in NAMES for variant in VARIANTS if (name, variant) != ("chain_large", "json")])
def test_output(name, variant):
    compare(HERE / "expected" / f"{name}.{variant}", replay(name, VARIANTS[variant]))


def shape(name):
    return golden.schema().schema["$defs"][name]["properties"]


@pytest.mark.parametrize("of, key, found", [
    ("chain", "verdict", lambda: {document["verdict"] for document in every_document()}),
    ("chain", "to", lambda: {document["to"] for document in every_document() if "to" in document}),
    ("chain", "evidence", lambda: {document["evidence"] for document in every_document()}),
    ("chain_node", "gets", lambda: {node.get("gets") for node in every_node()} - {None}),
    ("chain_node", "way", lambda: {node.get("way") for node in every_node()} - {None}),
    ("chain_node", "does", lambda: {node.get("does") for node in every_node()} - {None}),
    ("chain_node", "end", lambda: {node.get("end") for node in every_node()} - {None}),
    ("chain_node", "shell", lambda: {node.get("shell") for node in every_node()} - {None}),
    ("chain_break", "rule", lambda: {found["rule"] for document in every_document() for found in document["breaks"]}),
    ("chain_note", "kind", lambda: {found["kind"] for document in every_document() for found in document["notes"]}),
])
def test_every_name_has_a_recording(of, key, found):
    assert set(shape(of)[key]["enum"]) - found() == set()


def test_every_member_has_a_recording():
    for of, found in {
            "chain": every_document(), "chain_node": every_node(),
            "chain_program": [node["program"] for node in every_node() if "program" in node],
            "chain_edge": [edge for document in every_document() for edge in document["edges"]],
            "chain_break": [found for document in every_document() for found in document["breaks"]],
            "chain_note": [found for document in every_document() for found in document["notes"]],
    }.items():
        assert set(shape(of)) - {key for element in found for key in element} == set(), of


def test_schema_knows_the_same_names():
    assert shape("chain_node")["way"]["enum"] == chain_specs.names_of_list("WAY")
    assert shape("chain_break")["rule"]["enum"] == chain_specs.names_of_list("RULE")
    assert shape("chain_note")["kind"]["enum"] == chain_specs.names_of_list("NOTE")
    assert shape("chain_program")["kind"]["enum"] == chain_specs.names_of_programs()


@pytest.mark.parametrize("name", NAMES)
def test_json_is_valid_lines_of_ascii(name):
    text = output(name, "json")
    assert text.endswith("\n")
    assert [char for char in text if not " " <= char < "\x7f" and char != "\n"] == []
    assert len(documents(name)) == len(trees(name))
    for document in documents(name):
        golden.assert_valid(document)
        seen = set()
        for node in document["nodes"]:
            assert "parent" not in node or node["parent"] in seen
            seen.add(node["tgid"])
        for named in [document["root"], *(found["at"] for found in document["breaks"] + document["notes"]),
                      *(edge["target"] for edge in document["edges"])]:
            assert named in seen
        times = [edge["boot_ns"] for edge in document["edges"]]
        assert times == sorted(times)


def test_json_has_no_arguments():
    assert "hunter2" in (HERE / "specs" / "chain_seed.spec").read_text()
    assert not any("hunter2" in output(name, variant) for name in NAMES for variant in VARIANTS)


@pytest.mark.parametrize("path, value", [
    (("v",), 2), (("verdict",), "fine"), (("verdict",), "no_break"), (("to",), None), (("signal",), "SIGTERM"), (("surprise",), 1), (("nodes",), []),
    (("sent",), True), (("lost",), 1), (("edges",), [{}]), (("explanation",), ""), (("nodes", 0, "tgid"), 0), (("nodes", 0, "way"), None),
    (("nodes", 0, "gets"), "perhaps"), (("nodes", 0, "arguments"), []), (("nodes", 0, "program", "kind"), "fish"), (("nodes", 0, "pgid"), 0),
    (("nodes", 1, "parent"), 0), (("nodes", 0, "waits_for"), 1), (("nodes", 0, "foreground"), True), (("breaks", 0, "rule"), "bad luck"),
    (("breaks", 0, "at"), None), (("breaks",), []), (("notes", 0, "count"), None),
])
def test_schema_is_strict(path, value):
    document = copy.deepcopy(documents("chain_breaks")[0])
    document["nodes"][0].pop("shell", None)
    document["nodes"][0].pop("waits_for", None)
    golden.assert_strict(document, path, value)


@pytest.mark.parametrize("name", NAMES)
def test_text_and_json_say_the_same(name):
    for text, document in zip(trees(name), documents(name)):
        lines = flowing(text)
        assert lines.endswith(flowing(document["explanation"]))
        for note in document["notes"]:
            assert flowing(note["explanation"]) in lines
        if name == "chain_large":
            continue
        for node in document["nodes"]:
            assert flowing(node.get("explanation", "")) in lines
            assert flowing(node.get("program", {}).get("explanation", "")) in lines
        for found in document["breaks"]:
            assert flowing(found["explanation"]) in lines and flowing(found.get("remedy", "")) in lines


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_has_its_mark_and_a_word(name):
    for text, document in zip(trees(name), documents(name)):
        for node in document["nodes"] if name not in ("chain_large", "chain_hostile") else []:
            rows = [line for line in text.splitlines() if re.search(rf"[ ^]?\S+\[{node['tgid']}(, init|, ns \d+)?\] +(\d|\?)", line)]
            assert len(rows) == 1
            begun = not document["watched"] or "first_ns" in document
            mark = MARKS[node.get("gets") if begun else None] if node.get("does") != "drop" else "!"
            assert re.search(rf" {re.escape(mark)} [a-z]", rows[0])


@pytest.mark.parametrize("width", [1, 60, 70, 80, 100, 140])
@pytest.mark.parametrize("name", NAMES)
def test_lines_keep_the_width(name, width):
    lines = replay(name, ["text", "--chain", "--width", str(width)]).decode().splitlines()
    assert [line for line in lines if golden.columns(line) > max(width, 60)] == []
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("name", NAMES)
def test_lines_fit_where_no_width_is_known(name):
    assert [line for line in output(name, "txt").splitlines() if golden.columns(line) > WIDTH] == []


def test_two_thousand_processes_stay_readable():
    crowd = trees("chain_large")[0]
    assert len(documents("chain_large")[0]["nodes"]) > 2000
    assert len(crowd.splitlines()) < 20
    assert re.search(r"├─ python3 ×1999 \[8001 … 10998\] ", crowd)


def test_trees_that_are_alike_share_a_row():
    alike = trees("chain_large")[2]
    assert re.search(r"├─ sh ×2 \[30001, 30011\] +30000 ", alike)
    assert re.search(r"│  └─ sleep ×4 \[30002 …\] +30000 ", alike)
    # Each leads a group of its own.
    assert re.search(r"├─ sh ×2 \[30021, 30031\] +each ", alike)
    assert re.search(r"│  └─ sleep ×2 \[30022 …\] +each ", alike)
    # Alike but for the terminal.
    assert "cat[30040]" in alike and "cat[30041]" in alike


def test_no_level_is_missing_in_a_deep_tree():
    lines = trees("chain_large")[1].splitlines()
    found = [re.search(r"^(\d+…)? *└─ sh\[(\d+)\]", line) for line in lines]
    levels = [(int(line[2]) - 20000, int((line[1] or "0…")[:-1])) for line in found if line]
    assert levels == [(level, level - level % 10) for level in range(1, 200)]


@pytest.mark.parametrize("name", NAMES)
def test_color_adds_only_escapes(name):
    assert re.sub(r"\x1b\[[0-9;]*m", "", output(name, "color.txt")) == output(name, "txt")
    assert "\x1b" not in output(name, "txt")


@pytest.mark.parametrize("variant", ["txt", "dot", "mermaid"])
@pytest.mark.parametrize("name", NAMES)
def test_no_control_character(name, variant):
    allowed = "\n" if variant == "txt" else "\n\t"
    assert [char for char in output(name, variant) if unicodedata.category(char) in ("Cc", "Cf") and char not in allowed] == []


# Graphs: small parsers that take nothing but what is meant.


def read_dot_label(text):
    """Lines of a label: escString with HTML entities."""
    assert re.fullmatch(r'(?:[^"\\&]|\\["\\l]|&amp;)*', text)
    lines = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "l" else found[1], text)
    assert lines.endswith("\n") and "\n\n" not in lines
    return lines.replace("&amp;", "&").split("\n")[:-1]


STRING = r'"((?:[^"\\]|\\.)*)"'


def read_dot(text):
    """[(title, {node: label}, {(from, to, style): label})]"""
    graphs = []
    for line in text.splitlines():
        if line == "digraph chain {":
            graphs.append(([], {}, {}))
        elif found := re.fullmatch(rf"\tgraph \[labelloc=t, label={STRING}\];", line):
            graphs[-1][0].extend(read_dot_label(found[1]))
        elif found := re.fullmatch(rf"\t(n\d+) \[label={STRING}, style=(?:dashed, color=gray50|filled, fillcolor=[a-z]+(?:, peripheries=2)?)\];", line):
            assert found[1] not in graphs[-1][1]
            graphs[-1][1][found[1]] = read_dot_label(found[2])
        elif found := re.fullmatch(rf"\t(n\d+) -> (n\d+) \[(arrowhead=none, color=gray50|penwidth=2, color=darkgreen|"
                                   rf"style=dashed, penwidth=2, color=red)(?:, label={STRING})?\];", line):
            assert {found[1], found[2]} <= graphs[-1][1].keys()
            arrow = {"a": "child", "p": "forwards", "s": "break"}[found[3][0]]
            graphs[-1][2][found[1], found[2], arrow] = found[4] or ""
        else:
            assert line in ("}", '\tnode [shape=box, fontname="monospace"];', '\tedge [fontname="monospace"];')
    assert text.count("}\n") >= len(graphs)
    return graphs


def read_mermaid_text(text):
    """Nothing but letters, digits, blanks, commas and slashes of ASCII is there as it is."""
    assert re.fullmatch(r"(?:[A-Za-z0-9 ,/]|[^\x00-\x7f]|#\d+;)*", text)
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


def read_mermaid(text):
    graphs = []
    for line in text.splitlines():
        if line == "flowchart TD":
            graphs.append(([], {}, {}))
        elif found := re.fullmatch(r'\t(\w+)\["(.*)"\](?::::(\w+))?', line):
            label = [read_mermaid_text(part) for part in found[2].split("<br/>")]
            if found[1] == "verdict":
                graphs[-1][0].extend(label)
                continue
            assert re.fullmatch(r"n\d+", found[1]) and f"\tclassDef {found[3]} " in text
            graphs[-1][1][found[1]] = label
        elif found := re.fullmatch(r'\t(n\d+) (---|==>|-\.->)(?:\|"(.*)"\|)? (n\d+)', line):
            assert {found[1], found[4]} <= graphs[-1][1].keys()
            arrow = {"---": "child", "==>": "forwards", "-.->": "break"}[found[2]]
            graphs[-1][2][found[1], found[4], arrow] = read_mermaid_text(found[3] or "")
        else:
            assert re.fullmatch(r"\tclassDef [a-z]+ [a-z:#0-9,-]+", line)
    return graphs


@pytest.mark.parametrize("name", NAMES)
def test_both_graphs_are_the_same(name):
    drawn = read_dot(output(name, "dot"))
    assert drawn == read_mermaid(output(name, "mermaid"))
    for (title, nodes, arrows), text, document in zip(drawn, trees(name), documents(name), strict=True):
        assert flowing(" ".join(title)) == flowing(document["explanation"])
        for label in nodes.values():
            assert re.search(rf"{re.escape(label[0])} .* {re.escape(label[1])}\n", text)
        # Every row but the top has an arrow from its parent.
        assert len({to for _, to, _ in arrows}) == len(nodes) - 1
        broken = {label for (_, _, arrow), label in arrows.items() if arrow == "break"}
        assert broken <= {f"✗ break: {found['rule']}" for found in document["breaks"]}
        missed = [found for found in document["breaks"] if "missed" in found]
        assert bool(broken) == bool(missed)


@pytest.mark.parametrize("name", NAMES)
def test_arrows_show_who_forwards_and_where_it_breaks(name):
    for (_, nodes, arrows), document in zip(read_dot(output(name, "dot")), documents(name)):
        for (start, end, arrow) in arrows:
            sender, receiver = (document["nodes"][int(node[1:])] for node in (start, end))
            if arrow == "forwards":
                assert receiver["from"] == sender["tgid"] and receiver["gets"] == "yes"
            else:
                assert receiver["parent"] == sender["tgid"]
            assert arrow != "break" or receiver["gets"] == "no"
        places = {node["tgid"]: f"n{index}" for index, node in enumerate(document["nodes"])}
        for found in document["breaks"]:
            if "missed" in found and {places[found["at"]], places[found["missed"]]} <= nodes.keys():
                assert arrows[places[found["at"]], places[found["missed"]], "break"] == f"✗ break: {found['rule']}"

# SPDX-License-Identifier: BSD-2-Clause
"""Runs `sigtrace chain -o json`, predicted and watched, and reads its document."""

import json
import os
import subprocess

import harness
from harness import DEADLINE_S, SIGTRACE, Event, Lines, signal_number

# For a signal to go on. What forwards does so in milliseconds, on a busy machine in tenths of a second.
DEADLINE = ("--deadline", "1s")
CODES = {"broken": 1, "no_break": 0, "not_known": 0, "nothing_happened": 5}


def code_of(document):
    """What a prediction leaves open is no failure; a watch that proves nothing is inconclusive."""
    return 5 if document["watched"] and document["verdict"] == "not_known" else CODES[document["verdict"]]


def command(*arguments):
    return [SIGTRACE, "chain", *(str(argument) for argument in arguments)]


def run(*arguments, prefix=(), **keywords):
    """The caller judges the result."""
    keywords.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([*prefix, *command(*arguments)], capture_output=True, text=True, timeout=3 * DEADLINE_S,
                          check=False, **keywords)


class Document(Event):
    """The document of a run. `names`: of Tree, to say "bash" for a pid."""

    exit_code = 0
    stderr = ""
    names = {}

    def name(self, tgid):
        return self.names.get(tgid, tgid)

    def in_tree(self):
        return [Event(node) for node in self["nodes"] if node["in_tree"]]

    def node(self, tgid):
        [found] = [node for node in self["nodes"] if node["tgid"] == tgid]
        return Event(found)

    def gets(self, answer):
        """The names of the processes of the tree of which that is said."""
        return sorted(str(self.name(node["tgid"])) for node in self.in_tree() if node.get("gets") == answer)

    def breaks(self):
        """{name: rule}"""
        return {str(self.name(found["at"])): found["rule"] for found in self["breaks"]}

    def notes(self, kind):
        return [Event(note) for note in self["notes"] if note["kind"] == kind]

    def alive(self):
        """Those that were not seen to end; in a prediction all."""
        return sorted(str(self.name(node["tgid"])) for node in self.in_tree() if "end" not in node)

    def show(self):
        """What matters, in a few lines."""
        lines = [f"{'watched' if self['watched'] else 'predicted'}: {self.get('explanation')} (exit {self.exit_code})"]
        for node in self["nodes"]:
            facts = [f"{key} {node[key]}" for key in ("gets", "way", "does", "cause", "shell", "end") if key in node]
            lines.append(f"  {self.name(node['tgid'])}[{node['tgid']}] {', '.join(facts)}: {node.get('explanation')}")
        for edge in self["edges"]:
            sender = edge["sender"].get("tgid", edge["sender"]["kind"])
            lines.append(f"  {edge['signal']['name']} {self.name(sender)} -> {self.name(edge['target'])} "
                         f"{edge.get('result')} {edge['cause']}{'' if edge['asks'] else ', does not ask'}")
        for found in self["breaks"]:
            lines.append(f"  broken at {self.name(found['at'])} ({found['rule']}): {found['explanation']}; "
                         f"{found.get('remedy')}")
        lines += [f"  note {note['kind']}: {note.get('explanation')}" for note in self["notes"]]
        return "\n".join(lines)


def _check_sentences(document):
    parts = [document, *document["nodes"], *document["breaks"], *document["notes"]]
    for part in parts:
        for key in ("explanation", "remedy"):
            text = part.get(key, "x")
            assert text and not text.endswith(".") and "%" not in text and "  " not in text, json.dumps(part, indent=1)
    for found in document["breaks"] + document["notes"]:
        assert found.get("explanation"), found


def _check_nodes(document):
    seen = {}
    for node in document["nodes"]:
        if seen:
            assert node.get("parent") in seen, f"its parent does not stand before it: {node}"
        if node["in_tree"] and node["tgid"] != document["root"]:
            assert seen[node["parent"]]["in_tree"], node
        seen[node["tgid"]] = node
        if "gets" in node:
            assert (node["gets"] == "yes") == ("signal" in node), node
            assert (node.get("does") == "nothing") == (node["gets"] == "no"), node
    assert len(seen) == len(document["nodes"])
    assert seen[document["root"]]["in_tree"]
    return seen


def _check_breaks(document, nodes):
    for found in document["breaks"]:
        assert nodes[found["at"]]["gets"] == "yes", found
        assert ("missed" in found) == (found["missed_count"] > 0), found
        assert found["beyond"] >= found["missed_count"], found
        if "missed" in found:
            assert nodes[found["missed"]]["parent"] == found["at"], found
            assert nodes[found["missed"]]["gets"] == "no", found
        assert "remedy" not in found or found["remedy"], found
    at = [found["at"] for found in document["breaks"]]
    assert len(at) == len(set(at)), f"two breaks at one process: {document['breaks']}"


def read(done, names=None):
    """Checks what every run must satisfy."""
    assert done.returncode in CODES.values(), f"exit status {done.returncode}; stderr:\n{done.stderr}\n{done.stdout[:2000]}"
    assert done.stdout.isascii() and done.stdout.endswith("\n") and done.stdout[:-1].isprintable(), done.stdout
    document = Document(json.loads(done.stdout))
    document.exit_code, document.stderr, document.names = done.returncode, done.stderr, names or {}
    harness.validate([document])
    assert document["type"] == "chain" and document["v"] == 1
    assert done.returncode == code_of(document), document.show()
    assert (document["verdict"] == "broken") == bool(document["breaks"]), document.show()
    assert "lost" not in document and "edges_dropped" not in document, document.show()
    _check_sentences(document)
    _check_breaks(document, _check_nodes(document))
    return document


def predict(root, sig="TERM", to="process", names=None, **keywords):
    document = read(run("-p", root, "-s", sig, "--to", to, "-o", "json", **keywords), names)
    assert not document["watched"] and not document["sent"] and not document["edges"]
    assert document["signal"]["number"] == signal_number(sig) and document["to"] == to
    return document


def watch(root, sig="TERM", to="process", names=None, deadline=DEADLINE, **keywords):
    """Sends it, and says what was seen."""
    done = run("-p", root, "--send", sig, "--to", to, *deadline, "-d", f"{DEADLINE_S}s", "-o", "json", **keywords)
    document = read(done, names)
    assert document["watched"] and document["sent"] and "first_ns" in document, document.show()
    assert "sent SIG" in done.stderr, done.stderr
    mine = [edge for edge in document["edges"] if edge["sender"].get("comm") == "sigtrace"]
    assert mine and all(edge["signal"]["number"] == signal_number(sig) for edge in mine), document.show()
    if to == "process":
        assert [edge["target"] for edge in mine] == [root], document.show()
    return document


class Watch:
    """A run with --watch that goes on while the test does something; ready when the constructor returns."""

    def __init__(self, *arguments, say="watching ", **popen):
        self.process = subprocess.Popen(command(*arguments, "--watch", "-o", "json"), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)
        self.output = Lines(self.process.stdout, lambda raw: raw.decode())
        self.messages = Lines(self.process.stderr, lambda raw: raw.decode("utf-8", "replace").rstrip("\n"))
        self.messages.wait(lambda line: say in line, what=say)

    def finish(self, names=None):
        status = self.process.wait(3 * DEADLINE_S)
        self.output.wait_end()
        self.messages.wait_end()
        return read(subprocess.CompletedProcess([], status, "".join(self.output.items), "\n".join(self.messages.items)), names)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        self.output.wait_end()
        self.messages.wait_end()
        self.process.stdout.close()
        self.process.stderr.close()


def sudo_works():
    return os.access("/usr/bin/sudo", os.X_OK) and \
        subprocess.run(["/usr/bin/sudo", "-n", "true"], capture_output=True, check=False, timeout=DEADLINE_S).returncode == 0

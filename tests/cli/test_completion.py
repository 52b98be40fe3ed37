# SPDX-License-Identifier: BSD-2-Clause
"""The completion scripts: what they offer, driven in the shells themselves."""

import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from conftest import DEADLINE_S, needs, run

COMMANDS = {"trace", "inspect", "check", "chain", "features", "completion", "help"}
READY = {"settle", "log:", "tcp:", "file:", "cmd:", "delay:"}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    directory = tmp_path_factory.mktemp("completion")
    paths = {}
    for shell in ("bash", "zsh", "fish"):
        result = run("completion", shell)
        assert result.code == 0, result
        assert result.stderr == "", result
        paths[shell] = directory / f"sigtrace.{shell}"
        paths[shell].write_text(result.stdout)
    return paths


def shell_output(*command, **more):
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
        **more,
    )
    assert done.returncode == 0, done
    return done.stdout.decode()


BASH = r"""
source "$1" || exit 1
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
compopt() { :; } # only works while readline completes
_sigtrace || exit 1
printf '%s\n' "${COMPREPLY[@]}"
"""


def bash_offers(scripts, *words):
    """What bash offers for the last word; '=' is a word of its own, as COMP_WORDBREAKS has it."""
    shell = ["bash", "--norc", "--noprofile", "-c", BASH, "bash"]
    out = shell_output(*shell, str(scripts["bash"]), "sigtrace", *words)
    return set(out.split())


def help_options(*command):
    """Every option that --help lists, the short ones as well."""
    options = set()
    text = run(*command, "-h").stdout
    for short, long in re.findall(r"^  (?:(-.), |    )(--[a-z-]+)", text, re.MULTILINE):
        options |= {short, long}
    return options - {""}


@needs("bash")
class TestBash:
    def test_syntax(self, scripts):
        shell_output("bash", "-n", str(scripts["bash"]))

    @needs("shellcheck")
    def test_shellcheck(self, scripts):
        shell_output("shellcheck", "--shell=bash", str(scripts["bash"]))

    def test_registers_itself(self, scripts):
        out = shell_output("bash", "-c", f"source {scripts['bash']}; complete -p sigtrace")
        assert out == "complete -F _sigtrace sigtrace\n"

    def test_commands(self, scripts):
        assert bash_offers(scripts, "") == COMMANDS
        assert bash_offers(scripts, "fe") == {"features"}
        assert bash_offers(scripts, "xyz") == set()

    @pytest.mark.parametrize("command", [[], ["trace"], ["inspect"], ["check"], ["chain"], ["features"], ["completion"], ["help"]])
    def test_all_options_of_the_help(self, scripts, command):
        offered = bash_offers(scripts, *command, "-")
        assert offered - {"--"} == help_options(*command)

    def test_options_by_prefix(self, scripts):
        assert bash_offers(scripts, "--fo") == {"--follow"}
        assert bash_offers(scripts, "-x", "--pr") == {"--problems"}
        assert bash_offers(scripts, "features", "--pr") == set()

    @pytest.mark.parametrize(
        "words", [["-o"], ["--output"], ["-x", "--output"], ["features", "-o"], ["inspect", "-t", "-o"]], ids=" ".join
    )
    def test_values(self, scripts, words):
        assert bash_offers(scripts, *words, "") == {"text", "json"}
        assert bash_offers(scripts, *words, "j") == {"json"}

    def test_values_after_equals_sign(self, scripts):
        assert bash_offers(scripts, "--color", "=") == {"auto", "always", "never"}
        assert bash_offers(scripts, "--color", "=", "al") == {"always"}
        assert bash_offers(scripts, "--color=al") == {"--color=always"}

    def test_pids(self, scripts):
        offered = bash_offers(scripts, "-p", "")
        assert {"1", str(os.getpid())} <= offered
        assert all(word.isdigit() for word in offered)
        assert f"1,{os.getpid()}" in bash_offers(scripts, "--pid", "1,")

    def test_inspect(self, scripts):
        assert str(os.getpid()) in bash_offers(scripts, "inspect", "-p", "")
        assert bash_offers(scripts, "inspect", "-p", "-", "--thr") == {"--threads"}
        assert bash_offers(scripts, "inspect", "-p", "-", "-s", "TER") == {"TERM"}
        assert bash_offers(scripts, "inspect", "--fo") == set()

    def test_check(self, scripts):
        assert bash_offers(scripts, "check", "-r", "") == READY
        assert bash_offers(scripts, "check", "--ready", "=", "lo") == {"log:"}
        assert bash_offers(scripts, "check", "--report", "j") == {"json:", "junit:"}
        assert bash_offers(scripts, "check", "--engine", "p") == {"podman"}
        assert bash_offers(scripts, "check", "-i", "web", "--format", "g") == {"github"}
        assert bash_offers(scripts, "check", "-i", "") == set()
        assert "setpriv" in bash_offers(scripts, "check", "-g", "1s", "--", "setpri")

    def test_chain(self, scripts):
        assert str(os.getpid()) in bash_offers(scripts, "chain", "-p", "")
        assert bash_offers(scripts, "chain", "--to", "") == {"process", "group", "foreground"}
        assert bash_offers(scripts, "chain", "--to", "=", "f") == {"foreground"}
        assert bash_offers(scripts, "chain", "-p", "1", "-o", "") == {"text", "json", "dot", "mermaid"}
        assert bash_offers(scripts, "chain", "-p", "1", "--send", "TER") == {"TERM"}
        assert bash_offers(scripts, "chain", "--up", "") == set()

    def test_file_of_check(self, scripts, tmp_path):
        (tmp_path / "output.log").touch()
        assert bash_offers(scripts, "check", "--log", f"{tmp_path}/out") == {f"{tmp_path}/output.log"}

    def test_signals(self, scripts):
        offered = bash_offers(scripts, "-s", "")
        assert {"TERM", "KILL", "RTMIN", "RTMIN+1", "RTMAX"} <= offered
        assert not {"32", "33"} & offered
        assert bash_offers(scripts, "-s", "TER") == {"TERM"}
        assert bash_offers(scripts, "-s", "SIGTER") == {"SIGTERM"}
        assert bash_offers(scripts, "-s", "!CH") == {"!CHLD"}
        assert bash_offers(scripts, "-s", "TERM,!WIN") == {"TERM,!WINCH"}

    def test_option_whose_argument_is_free(self, scripts):
        assert bash_offers(scripts, "-n", "") == set()

    def test_operands(self, scripts):
        assert bash_offers(scripts, "completion", "") == {"bash", "zsh", "fish"}
        assert bash_offers(scripts, "help", "") == COMMANDS
        assert bash_offers(scripts, "features", "") == set()

    def test_program_after_double_dash(self, scripts, tmp_path):
        assert "setpriv" in bash_offers(scripts, "--", "setpri")
        assert "setpriv" in bash_offers(scripts, "-x", "--", "setpri")
        path = tmp_path / "data-file"
        path.touch()
        assert bash_offers(scripts, "--", "cat", str(path)[:-2]) == {str(path)}
        assert bash_offers(scripts, "--", "cat", "--fo") == set()


def zsh_completes(script, line):
    """What the line editor of an interactive zsh makes of `line` and a tab."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "COLUMNS": "200"})
    deadline = time.monotonic() + DEADLINE_S

    def read_until(mark):
        seen = b""
        while mark not in seen:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([fd], [], [], left)[0], seen
            seen += os.read(fd, 65536)
        return seen.decode()

    try:
        # The marks are typed in two parts, so that what the terminal echoes is not taken for them.
        setup = f"PS1='PRO''MPT> '; autoload -Uz compinit; compinit -u -D; source {script}\n"
        os.write(fd, setup.encode())
        read_until(b"PROMPT> ")
        os.write(fd, line.encode() + b"\t#END")
        seen = read_until(b"#END")
    finally:
        os.close(fd)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    # Less the bell, and less the blank behind a word, which the editor takes back by backspace.
    seen = seen[seen.rindex("sigtrace ") : seen.index("#END")].replace("\x07", "")
    return seen.split("\x08")[0].rstrip()


@needs("zsh")
class TestZsh:
    def test_syntax(self, scripts):
        shell_output("zsh", "-n", str(scripts["zsh"]))

    def test_is_found_by_compinit(self, scripts):
        assert scripts["zsh"].read_text().startswith("#compdef sigtrace\n")

    @pytest.mark.parametrize(
        "line, completed",
        [
            ("fea", "features"),
            ("--outp", "--output="),
            ("-o j", "-o json"),
            ("features --output=j", "features --output=json"),
            ("insp", "inspect"),
            ("inspect --thr", "inspect --threads"),
            ("inspect -p - --thr", "inspect -p - --threads"),
            ("inspect -s TER", "inspect -s TERM"),
            ("che", "check"),
            ("check --im", "check --image="),
            ("check -r se", "check -r settle"),
            ("check --ready lo", "check --ready log:"),
            ("check --report ju", "check --report junit:"),
            ("check -i web -o gi", "check -i web -o github"),
            ("check -s QUI", "check -s QUIT"),
            ("check -i web -- setpri", "check -i web -- setpriv"),
            ("cha", "chain"),
            ("chain --wat", "chain --watch"),
            ("chain --to fore", "chain --to foreground"),
            ("chain -o me", "chain -o mermaid"),
            ("chain --send QUI", "chain --send QUIT"),
            ("--color al", "--color always"),
            ("-s INT,TER", "-s INT,TERM"),
            ("-s SIGTER", "-s SIGTERM"),
            ("completion f", "completion fish"),
            ("help feat", "help features"),
            ("-x -- setpri", "-x -- setpriv"),
        ],
    )
    def test_completes(self, scripts, line, completed):
        assert zsh_completes(scripts["zsh"], f"sigtrace {line}") == f"sigtrace {completed}"

    def test_pids(self, scripts):
        stubs = "compdef() { : }; compset() { : }; compadd() { print -l -- $@ };"
        out = shell_output("zsh", "-fc", f"{stubs} source {scripts['zsh']}; _sigtrace_pids")
        assert {"1", str(os.getpid())} <= set(out.split())

    def test_options_of_sigtrace_end_at_double_dash(self, scripts):
        line = "sigtrace -- cat --probl"
        assert zsh_completes(scripts["zsh"], line) == line


@needs("fish")
class TestFish:
    def offers(self, scripts, line):
        out = shell_output(
            "fish",
            "--no-config",
            "-c",
            'source $argv[1]; complete -C "$argv[2]"',
            str(scripts["fish"]),
            "sigtrace " + line,
            env={**os.environ, "HOME": str(scripts["fish"].parent)},
        )
        return {row.split("\t")[0] for row in out.splitlines()}

    def test_syntax(self, scripts):
        shell_output("fish", "--no-execute", str(scripts["fish"]))

    def test_commands(self, scripts):
        assert self.offers(scripts, "") == COMMANDS
        assert self.offers(scripts, "comp") == {"completion"}

    @pytest.mark.parametrize("command", ["", "trace ", "inspect ", "check ", "chain ", "features ", "help "])
    def test_all_long_options_of_the_help(self, scripts, command):
        expected = {o for o in help_options(*command.split()) if o.startswith("--")}
        assert self.offers(scripts, command + "--") == expected

    def test_values(self, scripts):
        assert self.offers(scripts, "-o ") == {"text", "json"}
        assert self.offers(scripts, "features --output=j") == {"--output=json"}

    def test_check(self, scripts):
        assert self.offers(scripts, "check -r ") == READY
        assert self.offers(scripts, "check --report j") == {"json:", "junit:"}
        assert self.offers(scripts, "check --engine=p") == {"--engine=podman"}
        assert "QUIT" in self.offers(scripts, "check -s QU")
        assert "setpriv" in self.offers(scripts, "check -i web -- setpri")

    def test_chain(self, scripts):
        assert self.offers(scripts, "chain --to ") == {"process", "group", "foreground"}
        assert self.offers(scripts, "chain --to=g") == {"--to=group"}
        assert self.offers(scripts, "chain -o ") == {"text", "json", "dot", "mermaid"}
        assert "QUIT" in self.offers(scripts, "chain --send QU")
        assert str(os.getpid()) in self.offers(scripts, "chain -p ")

    def test_signals_and_pids(self, scripts):
        assert "TERM" in self.offers(scripts, "-s TE")
        assert "INT,TERM" in self.offers(scripts, "-s INT,TE")
        assert str(os.getpid()) in self.offers(scripts, "-p ")
        assert str(os.getpid()) in self.offers(scripts, "inspect -p ")
        assert self.offers(scripts, "inspect -p - --thr") == {"--threads"}

    def test_operands(self, scripts):
        assert self.offers(scripts, "completion ") == {"bash", "zsh", "fish"}

    def test_program_after_double_dash(self, scripts):
        assert "setpriv" in self.offers(scripts, "-- setpri")
        assert not self.offers(scripts, "-- cat --fo") & help_options()

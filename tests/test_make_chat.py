"""`make chat` joins action server, training and terminal; an engine in disguise plays along."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"

ENGINE = """\
#!{python}
import http.server, os, sys
words = sys.argv[1:]
if words[:2] == ["run", "actions"]:
    if "NO_ACTIONS" in os.environ:
        sys.exit("actions/actions.py:1: no such module")
    with open("action_server.pid", "w") as file:
        file.write(str(os.getpid()))
    http.server.HTTPServer(("localhost", int(words[3])), http.server.BaseHTTPRequestHandler).serve_forever()
elif words[0] == "train":
    print("training", flush=True)
    sys.exit(1 if "NO_MODEL" in os.environ else 0)
elif words[0] == "shell":
    flags = dict(zip(words[2::2], words[3::2]))
    print("endpoints:", open(flags["--endpoints"]).read().strip())
    for line in sys.stdin:
        print("heard:", line.strip())
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with endpoints and the engine in disguise."""
    (tmp_path / "endpoints.yml").write_text(
        'action_endpoint: {url: "http://localhost:5055/webhook"}\n', encoding="utf-8"
    )
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python").symlink_to(sys.executable)
    engine = programs / "rasa"
    engine.write_text(ENGINE.format(python=sys.executable), encoding="utf-8")
    engine.chmod(0o755)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    return tmp_path


def make_chat(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `make chat` with two lines on stdin, which is no terminal."""
    return subprocess.run(
        ["make", "-f", str(MAKEFILE), "--no-print-directory", "BIN=bin", "RUNTIME=bin/rasa", "chat"],
        cwd=project,
        env=os.environ | environment,
        input="hi\n/stop\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def action_server_runs(project: Path) -> bool:
    """Whether the action server is still there."""
    try:
        os.kill(int((project / "action_server.pid").read_text(encoding="utf-8")), 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return True


def test_chat_trains_serves_actions_and_talks(project: Path) -> None:
    """The shell gets stdin, and endpoints that name the action server's free port; nothing stays behind."""
    run = make_chat(project)
    assert run.returncode == 0, run.stderr
    trained, endpoints, *heard = run.stdout.splitlines()
    assert trained == "training"
    assert "localhost:" in endpoints
    assert "localhost:5055" not in endpoints
    assert heard == ["heard: hi", "heard: /stop"]
    assert not action_server_runs(project)


@pytest.mark.parametrize(
    ("fault", "message"), [("NO_MODEL", ""), ("NO_ACTIONS", "see .turnwise/actions.log")]
)
def test_chat_stops_when_a_piece_fails(fault: str, message: str, project: Path) -> None:
    """Without a model or without actions there is no conversation, and nothing is left running."""
    run = make_chat(project, **{fault: "1"})
    assert run.returncode != 0
    assert "heard" not in run.stdout
    assert message in run.stderr
    assert not action_server_runs(project)

"""Colours and the progress bar."""

from __future__ import annotations

import io

import pytest

from turnwise.cli.console import RED, Progress, coloured, print_error, print_success


class FakeScreen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets plain text, and so does a terminal whose user set NO_COLOR."""
    monkeypatch.setenv("TERM", "xterm")
    assert coloured("no", RED, FakeScreen()) == "\x1b[31mno\x1b[0m"
    assert coloured("no", RED, io.StringIO()) == "no"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("no", RED, FakeScreen()) == "no"


def test_results_and_errors_go_separate_ways(capsys: pytest.CaptureFixture[str]) -> None:
    """What was done is on stdout, what went wrong on stderr."""
    print_success("trained")
    print_error("broken")
    assert capsys.readouterr() == ("trained\n", "broken\n")


def test_the_bar_overdraws_itself_and_leaves_a_clean_line() -> None:
    """Each step takes the place of the last; the end erases the bar."""
    screen = FakeScreen()
    with Progress(screen) as progress:
        progress("CRFEntityExtractor", 0.5)
        progress("RulePolicy", 1.0)
    first, second, end = screen.getvalue().split("\r\x1b[K")[1:]
    assert first == "████████████░░░░░░░░░░░░  50% CRFEntityExtractor"
    assert second == "████████████████████████ 100% RulePolicy"
    assert end == ""


def test_the_bar_is_drawn_only_when_it_changes() -> None:
    """A component may report as often as it likes."""
    screen = FakeScreen()
    progress = Progress(screen)
    for _ in range(100):
        progress("RulePolicy", 0.25)
    assert screen.getvalue().count("RulePolicy") == 1


@pytest.mark.parametrize(("fraction", "shown"), [(-1.0, "  0%"), (7.0, "100%")])
def test_fractions_are_kept_in_range(fraction: float, shown: str) -> None:
    """A rounding error of a component must not break the bar."""
    screen = FakeScreen()
    Progress(screen)("RulePolicy", fraction)
    assert shown in screen.getvalue()


def test_a_log_file_gets_a_line_for_each_finished_step() -> None:
    """Nothing is overdrawn where nothing can be."""
    file = io.StringIO()
    with Progress(file) as progress:
        for fraction in (0.0, 0.5, 1.0, 1.0):
            progress("RulePolicy", fraction)
    assert file.getvalue() == "RulePolicy: done\n"

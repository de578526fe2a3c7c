"""Commands that judge: `test [core|nlu]`, `evaluate markers`, `visualize`."""

from __future__ import annotations

import argparse
from pathlib import Path

from turnwise.cli import parser_options as options
from turnwise.cli.parser_options import Commands, add_command, add_subcommands

TEST = "turnwise.cli.test:run"
MARKERS = "turnwise.cli.markers:run"


def add_evaluation_commands(commands: Commands) -> None:
    """Adds `test [core|nlu]`, `evaluate markers ...` and `visualize`."""
    _add_test(commands)
    _add_visualize(commands)
    _add_markers(commands)


def _add_test(commands: Commands) -> None:
    test = add_command(commands, "test", "test a model on stories and NLU data", handler=TEST)
    # Whole tests are always end to end; only `test core` leaves the choice.
    test.set_defaults(e2e=True)
    options.add_model(test)
    options.add_stories(test, default=".")
    _add_core_options(test)
    _add_nlu_options(test)
    _add_report_options(test)
    parts = add_subcommands(test)
    core = add_command(parts, "core", "test the dialogue part only", handler=TEST, subcommand="core")
    core.add_argument(
        "-m", "--model", nargs="+", default=["models"], help="one model, or several to compare them"
    )
    options.add_stories(core)
    core.add_argument(
        "--e2e", "--end-to-end", action="store_true", help="let the NLU part read the users' texts"
    )
    _add_core_options(core)
    _add_report_options(core)
    nlu = add_command(parts, "nlu", "test the NLU part only", handler=TEST, subcommand="nlu")
    options.add_model(nlu)
    _add_nlu_options(nlu)
    _add_report_options(nlu)


def _add_core_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--max-stories", type=int, metavar="N", help="no more stories than this")
    options.add_endpoints(parser)
    parser.add_argument(
        "--fail-on-prediction-errors", action="store_true", help="stop at a wrong prediction, exit 1"
    )
    parser.add_argument("--url", help="accepted, without effect")
    parser.add_argument(
        "--evaluate-model-directory", action="store_true", help="compare all models of a folder"
    )


def _add_nlu_options(parser: argparse.ArgumentParser) -> None:
    options.add_nlu_data(parser)
    options.add_configs(parser, default=None)
    options.add_domain(parser)
    parser.add_argument(
        "--cross-validation", action="store_true", help="train and test on folds of the NLU data"
    )
    parser.add_argument("-f", "--folds", type=int, default=5, help="number of folds")
    options.add_runs(parser, "-r", "--runs")
    options.add_comparison(parser, percentages_flags=("-p", "--percentages"), nargs="+")


def _add_report_options(parser: argparse.ArgumentParser) -> None:
    options.add_out(parser, default="results", summary="folder of the reports")
    parser.add_argument("--no-plot", action="store_true", help="draw no pictures")
    parser.add_argument("--successes", action="store_true", help="write what was right too")
    parser.add_argument("--no-errors", action="store_true", help="do not write what was wrong")
    parser.add_argument("--no-warnings", action="store_true", help="do not write stories with warnings")


def _add_visualize(commands: Commands) -> None:
    summary = "draw the graph of the stories"
    visualize = add_command(commands, "visualize", summary, handler="turnwise.cli.visualize:run")
    options.add_domain(visualize)
    options.add_stories(visualize)
    options.add_out(visualize, default="graph.html", summary="file the graph is written to")
    visualize.add_argument("--max-history", type=int, default=2, help="turns that tell nodes apart")
    options.add_nlu_data(visualize, default=None)


def _add_markers(commands: Commands) -> None:
    evaluate = add_command(commands, "evaluate", "evaluate stored conversations", handler=None)
    markers = add_command(
        add_subcommands(evaluate), "markers", "find the conversations in which markers apply", handler=None
    )
    choices = add_subcommands(markers)
    summaries = {"all": "all conversations", "first_n": "the first N", "sample_n": "N drawn at random"}
    for name, summary in summaries.items():
        choice = add_command(choices, name, summary, handler=MARKERS, subcommand=name)
        if name != "all":
            choice.add_argument("count", type=int, help="number of conversations")
        if name == "sample_n":
            choice.add_argument("--seed", type=int, help="makes the draw repeatable")
        _add_marker_options(choice)


def _add_marker_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output_filename", type=Path, help="CSV file for the markers found; must not exist")
    parser.add_argument(
        "--config", type=Path, default=Path("markers.yml"), help="the markers: a file or a folder"
    )
    stats = parser.add_mutually_exclusive_group()
    stats.add_argument("--no-stats", dest="stats", action="store_false", help="write no statistics")
    stats.add_argument(
        "--stats-file-prefix",
        nargs="?",
        type=Path,
        default=Path("stats"),
        help="how the statistics' files begin",
    )
    options.add_endpoints(parser)
    options.add_domain(parser)

"""`rasa interactive [core]`: teaches the assistant while talking with it, and writes what it was taught."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from turnwise.cli.console import print_error, print_info, print_warning
from turnwise.cli.paths import existing_path, optional_path
from turnwise.errors import UsageError

if TYPE_CHECKING:
    from turnwise.assistant import Assistant
    from turnwise.cli.graph_server import GraphServer
    from turnwise.evaluation.lesson import Lesson
    from turnwise.project.project import Project

T = TypeVar("T")
MOST_STORIES_SHOWN = 200
"""Stories up to which the graph is served: a larger one helps nobody."""


def run(args: argparse.Namespace) -> int:
    """Holds a lesson; returns the exit code.

    Raises:
        UsageError: the model has no policies, or config.yml no assistant_id.
        ProjectError: the project has mistakes.
    """
    project = _project(args)
    assistant = _assistant(args, project)
    if assistant is None:
        return 1
    loop = asyncio.new_event_loop()
    try:
        return _teach(args, project, assistant, loop)
    finally:
        loop.close()


def _project(args: argparse.Namespace) -> Project:
    from turnwise.project.project import Project

    data = [args.stories] if getattr(args, "subcommand", None) == "core" else args.data
    paths = [path for path in data if Path(path).exists()]
    config = existing_path(args.config, flag="--config", default="config.yml")
    domain = optional_path(args.domain, flag="--domain") or args.domain
    return Project(domain=domain, data=paths, config=config)


def _assistant(args: argparse.Namespace, project: Project) -> Assistant | None:
    """The model that is taught: the one that is given, or a new one; None if it cannot be trained."""
    from turnwise.training.model import load_assistant

    if args.model is None:
        from turnwise.cli.train import train_for

        if getattr(args, "subcommand", None) == "core":
            args.data = [args.stories]
        trained = train_for(args)
        if trained is None:
            return None
        path = trained
    else:
        if not project.config.assistant_id:
            raise UsageError(
                f"{project.config_path}: the key 'assistant_id' is missing"
                "\n  fix: write a name of your own there"
            )
        path = existing_path(args.model, flag="--model", default="models")
    assistant = load_assistant(path)
    if not assistant.has_core:
        raise UsageError(f"{path}: a model without policies cannot converse\n  fix: train with `rasa train`")
    return assistant


def _teach(
    args: argparse.Namespace, project: Project, assistant: Assistant, loop: asyncio.AbstractEventLoop
) -> int:
    from turnwise.cli.serving import endpoints_of
    from turnwise.cli.teacher import Nobody, Teacher
    from turnwise.evaluation.lesson import Lesson
    from turnwise.server.assembly import action_server

    def run_now(step: Coroutine[Any, Any, T]) -> T:
        # Not asyncio.run: it would turn Ctrl-C, which opens the menu, into the end of the lesson.
        return loop.run_until_complete(step)

    server = action_server(endpoints_of(args).action_endpoint)
    lesson = Lesson(assistant=assistant, server=server, say=_show, sender_id=args.conversation_id)
    graph = _graph(args, project, lesson)
    teacher = Teacher(lesson, run_now)
    try:
        run_now(lesson.begin())
        if teacher.lead():
            return _export(args, project, lesson)
    except Nobody:
        print_warning("The input has ended; nothing was written. Send /stop to export what was taught.")
    finally:
        run_now(server.close())
        if graph is not None:
            graph.close()
    return 0


def _show(message: Mapping[str, Any]) -> None:
    text = message.get("text") or message.get("image") or message.get("custom") or message.get("attachment")
    print_info(f"assistant: {text}")
    for button in message.get("buttons") or ():
        print_info(f"  {button.get('title')} ({button.get('payload')})")


def _graph(args: argparse.Namespace, project: Project, lesson: Lesson) -> GraphServer | None:
    """A page that shows the stories and, as it grows, the conversation."""
    from turnwise.cli.graph_server import GraphServer

    if args.skip_visualization or len(project.stories.stories) > MOST_STORIES_SHOWN:
        return None
    try:
        graph = GraphServer(project, lesson, port=args.port + 1)
    except OSError as error:
        print_warning(f"The graph of the stories is not shown: port {args.port + 1} {error.strerror}.")
        return None
    print_info(f"The graph of the stories is at {graph.url}")
    return graph


def _export(args: argparse.Namespace, project: Project, lesson: Lesson) -> int:
    from turnwise.cli.lesson_files import LessonFiles, default_paths

    files = LessonFiles(project, lesson, with_words=getattr(args, "e2e", False))
    if files.is_empty:
        print_warning("Nothing was taught, so nothing is written.")
        return 0
    if not files.write(default_paths(args)):
        print_error("Nothing was written.")
    return 0

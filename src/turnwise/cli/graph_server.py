"""The page that `rasa interactive` serves to this machine: stories, and the conversation as it grows."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from turnwise.evaluation.graph_page import graph_page
from turnwise.evaluation.lesson import Lesson
from turnwise.evaluation.lesson_export import stories_of
from turnwise.evaluation.story_graph import conversation_graph
from turnwise.project.project import Project
from turnwise.training.stories import TrainingTracker, training_trackers

PATH = "/visualization.html"


class GraphServer:
    """Serves the page from a thread of its own until it is closed."""

    def __init__(self, project: Project, lesson: Lesson, *, port: int) -> None:
        """
        Raises:
            OSError: the port is taken.
        """
        self._stories = training_trackers(project.stories, project.domain, augmentation=0).trackers
        self._lesson = lesson
        page = self.page

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != PATH:
                    self.send_error(404)
                    return
                body = page().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
                """Requests are not worth a line between question and answer."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}{PATH}"
        threading.Thread(target=self._server.serve_forever, name="graph", daemon=True).start()

    def page(self) -> str:
        """The page as of now."""
        tracker = self._lesson.tracker
        now = [
            TrainingTracker(
                name="(this conversation)", tracker=type(tracker).start(tracker.domain).after_all(part)
            )
            for conversation in self._lesson.conversations()
            for part in stories_of(conversation)
        ]
        graph = conversation_graph([*self._stories, *now], tracker.domain)
        return graph_page(graph, title="Stories and this conversation")

    def close(self) -> None:
        """Frees the port."""
        self._server.shutdown()
        self._server.server_close()

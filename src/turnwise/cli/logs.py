"""Where log records go: one line each on stderr, at the level that flag or environment ask for."""

from __future__ import annotations

import json
import logging
import logging.config
import os
import sys
from pathlib import Path
from typing import Any

from turnwise.errors import UsageError
from turnwise.tracing import current_turn

LIBRARIES = ("aiohttp", "asyncio", "pymongo", "sanic", "sqlalchemy", "urllib3")
"""Third parties whose own records are rarely wanted: LOG_LEVEL_LIBRARIES (default ERROR) rules them."""

LINE = "%(asctime)s %(levelname)-8s %(name)s  %(message)s"


def configure_logging(*, level: int | None, config_file: str | None = None) -> None:
    """Sets up logging for the process.

    Args:
        level: A level of `logging`; None takes LOG_LEVEL, or INFO.
        config_file: A YAML file in the dict format of `logging.config`; it then rules alone.

    Raises:
        UsageError: the file cannot be used, or an environment variable names no level.
    """
    if config_file is not None:
        _configure_from(Path(config_file))
        return
    root = logging.getLogger()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if os.environ.get("FORCE_JSON_LOGGING") else LineFormatter(LINE))
    root.handlers[:] = [handler]
    root.setLevel(_level_from("LOG_LEVEL", logging.INFO) if level is None else level)
    # The action server's own variable keeps its meaning: rasa-sdk reads it too.
    libraries = _level_from("LOG_LEVEL_LIBRARIES", logging.ERROR)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(libraries)


class LineFormatter(logging.Formatter):
    """A line for each record; in a turn it ends with the ids of the conversation and the message."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by the base class
        """The record's line, without a traceback."""
        return " ".join((super().formatMessage(record), *(f"{k}={v}" for k, v in current_turn().items())))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, event, ids of the turn, and the traceback, if any."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; non-ASCII text is kept as it is."""
        line = {
            "timestamp": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **current_turn(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _level_from(variable: str, default: int) -> int:
    word = os.environ.get(variable)
    if not word:
        return default
    levels = logging.getLevelNamesMapping()
    if word.upper() not in levels:
        raise UsageError(f"{variable}: '{word}' is no log level\n  fix: one of {', '.join(sorted(levels))}")
    return levels[word.upper()]


def _configure_from(path: Path) -> None:
    import yaml

    try:
        config: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        # The default would silence every logger made before, ours included, unless the file names it.
        logging.config.dictConfig({"disable_existing_loggers": False} | config)
    except (OSError, yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(
            f"--logging-config-file {path}: {error}\n  fix: a YAML file in the dict format of logging.config"
        ) from error

"""A YAML parser's complaints in the words of someone who wants to mend the file."""

from __future__ import annotations

import yaml

from turnwise.errors import Place, ProjectError

_REASONS = (
    ("found character '\\t'", "a tab stands where spaces are needed", "indent with spaces"),
    ("violates indentation", "a tab stands where spaces are needed", "indent with spaces"),
    ("cannot start any token", "a value cannot begin with this character", "put the value in quotes"),
    (
        "mapping values are not allowed",
        "there is a ':' too many",
        "put the value in quotes, or check the indentation",
    ),
    (
        "could not find expected ':'",
        "a ':' is missing after the key",
        "write 'key: value', or indent the line",
    ),
    ("did not find expected key", "this line does not fit the lines above", "check indentation and quotes"),
    ("did not find expected '-'", "this line does not fit the list above", "check the indentation"),
    ("did not find expected ',' or", "a bracket is not closed", "close it, or put the value in quotes"),
    ("unexpected end of stream", "a quote or bracket is never closed", "close it"),
    ("block sequence entries", "a list cannot begin here", "begin it on a line of its own"),
    ("block mapping", "this line does not fit the lines above", "check the indentation"),
    ("unexpected ':'", "a space is missing after ':'", "write 'key: value'"),
)

_NOTICED_LATE = ("could not find expected ':'", "did not find expected ',' or", "unexpected end of stream")
"""Of these the parser knows only later; what has to be mended is where it began."""


def explained(error: yaml.MarkedYAMLError, file: str) -> ProjectError:
    """The mistake that made the parser give up."""
    told = " ".join(part for part in (error.problem, error.context) if part)
    mark = error.problem_mark
    if mark is None or any(sign in told for sign in _NOTICED_LATE):
        mark = error.context_mark or mark
    line = mark.line + 1 if mark is not None else 0
    for sign, problem, fix in _REASONS:
        if sign in told:
            return ProjectError(Place(file, line), f"is no YAML: {problem}", fix=fix)
    return ProjectError(Place(file, line), f"is no YAML: {told}", fix="check indentation and quotes")

"""Questions a command asks before it goes on, answered by a line on stdin."""

from __future__ import annotations

from turnwise.errors import UsageError

YES, NO = ("y", "yes"), ("n", "no")


def ask(question: str, *, default: str) -> str:
    """The answer to `question`; `default` where it is an empty line.

    Raises:
        UsageError: stdin has ended, so nobody can answer.
    """
    try:
        return input(f"{question} [{default}] ").strip() or default
    except EOFError as error:
        raise UsageError(f"nobody answers the question '{question}'\n  fix: use --no-prompt") from error


def confirm(question: str, *, default: bool) -> bool:
    """Whether the user agrees; asks again until the answer is yes or no."""
    while True:
        answer = ask(question, default="yes" if default else "no").lower()
        if answer in YES:
            return True
        if answer in NO:
            return False
        print("Please answer yes or no.")

"""Reading stories, rules and test stories."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from turnwise.dialogue.domain import RULE_SNIPPET, Domain
from turnwise.dialogue.events import ActionExecuted
from turnwise.errors import ProjectError
from turnwise.project.cursor import Cursor
from turnwise.project.files import YAML_EXTENSIONS, files_below, holds_stories, is_test_file
from turnwise.project.findings import Findings
from turnwise.project.story_events import StepReader
from turnwise.project.story_steps import StoryBuilder, StoryGraph, StoryStep
from turnwise.project.versions import is_readable
from turnwise.project.yaml import Document, parse_yaml, read_text

_STORY_KEYS = ("story", "metadata", "steps")
_RULE_KEYS = ("rule", "metadata", "steps", "condition", "conversation_start", "wait_for_user_input")


def load_stories(
    paths: str | Path | Iterable[str | Path], domain: Domain, *, only_tests: bool = False
) -> StoryGraph:
    """All stories and rules in files, and in files below folders.

    Args:
        only_tests: Leave out files that do not hold test conversations by name.

    Raises:
        ProjectError: something in them is wrong; ProjectErrors lists several.
    """
    findings = Findings()
    graph = read_stories(paths, domain, findings, only_tests=only_tests)
    findings.stop_on_mistakes()
    return graph


def stories_from_text(text: str, domain: Domain, *, file: str = "stories.yml") -> StoryGraph:
    """The stories and rules that `text` holds in YAML; `file` is what errors call it.

    Raises:
        ProjectError: something in it is wrong; ProjectErrors lists several.
    """
    findings = Findings()
    steps = read_story_document(parse_yaml(text, file=file), domain, findings)
    findings.stop_on_mistakes()
    return StoryGraph(steps=tuple(steps), notices=tuple(findings.notices))


def read_stories(
    paths: str | Path | Iterable[str | Path],
    domain: Domain | None,
    findings: Findings,
    *,
    only_tests: bool = False,
) -> StoryGraph:
    """As `load_stories`, but mistakes go to `findings` and what is right is returned.

    Without a domain every slot is taken to be one of text.
    """
    steps: list[StoryStep] = []
    before = len(findings.notices)
    for file in files_below(paths, YAML_EXTENSIONS):
        if only_tests and not is_test_file(file):
            continue
        try:
            text = read_text(file)
            if holds_stories(text):
                steps.extend(read_story_document(parse_yaml(text, file=file), domain, findings))
        except ProjectError as error:
            findings.add(error)
    return StoryGraph(steps=tuple(steps), notices=tuple(findings.notices[before:]))


def read_story_document(document: Document, domain: Domain | None, findings: Findings) -> list[StoryStep]:
    """What stands under `stories` and `rules` of a parsed file."""
    top = Cursor.top(document, findings)
    if not top.is_mapping("'stories:' or 'rules:' and, below it, a list") or not is_readable(top):
        return []
    reader = StepReader(domain, is_test=is_test_file(document.file))
    steps: list[StoryStep] = []
    for key, kind in (("stories", "story"), ("rules", "rule")):
        section = top.get(key)
        if section is not None and section.value is not None and section.is_list(f"- {kind}: name"):
            for item in section.items():
                steps.extend(_read_block(item, kind, reader))
    return steps


def _read_block(item: Cursor, kind: str, reader: StepReader) -> list[StoryStep]:
    """One story or rule."""
    is_rule = kind == "rule"
    if not item.is_mapping(f"{kind}: name") or not item.has_only(_RULE_KEYS if is_rule else _STORY_KEYS):
        return []
    if kind not in item.value:
        item.note(f"what has no '{kind}:' is skipped", fix=f"add {kind}: and its name")
        return []
    name = item.child(kind)
    if name.value is not None and not name.is_text("the name, in quotes if it looks like a number"):
        return []
    if not name.value:
        name.note(f"the {kind} has no name", fix="write one, so that messages can name it")
    item = item.named(f"{kind} '{name.value or ''}'")
    steps = item.get("steps")
    if steps is None or not steps.value:
        item.note(f"the {kind} has no steps and is skipped", fix="add steps:")
        return []
    builder = StoryBuilder(name.value or "", is_rule=is_rule, is_test=reader.is_test, place=item.place)
    if steps.is_list("- intent: name") and (not is_rule or _read_conditions(item, builder, reader)):
        for step in steps.items():
            reader.read(step, builder)
        if _flag(item, "wait_for_user_input") is False:
            builder.add(ActionExecuted(name=RULE_SNIPPET), item.place)
    return builder.result()


def _read_conditions(rule: Cursor, builder: StoryBuilder, reader: StepReader) -> bool:
    """What must hold for a rule, and whether anything may have happened before it."""
    conditions = rule.get("condition")
    if conditions is not None and conditions.value is not None:
        if not conditions.is_list("- active_loop: name"):
            return False
        for condition in conditions.items():
            reader.read_condition(condition, builder)
    if not _flag(rule, "conversation_start"):
        builder.add(ActionExecuted(name=RULE_SNIPPET), rule.place)
    return True


def _flag(item: Cursor, key: str) -> Any:
    flag = item.get(key)
    return flag.value if flag is not None and flag.value is not None and flag.is_bool() else None

"""Checks of a whole project: whether domain, NLU data, stories and rules fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from turnwise.nlu import data_checks
from turnwise.project import domain_checks, nlu_checks, story_checks
from turnwise.project.checks import Finding, Severity
from turnwise.project.project import Project

__all__ = ["Finding", "Severity", "findings_of"]

_CHECKS: tuple[Callable[[Project], Iterator[Finding]], ...] = (
    domain_checks.config,
    domain_checks.empty_domain,
    domain_checks.triggers,
    domain_checks.form_slots,
    domain_checks.mapping_conditions,
    domain_checks.mapping_sources,
    story_checks.unknown_actions,
    story_checks.unknown_loops,
    story_checks.unknown_story_slots,
    story_checks.unknown_responses,
    story_checks.unused_responses,
    nlu_checks.intents,
    nlu_checks.entities,
    nlu_checks.unused_entities,
    data_checks.under_two_intents,
    data_checks.few_examples,
    data_checks.rare_labels,
    data_checks.misaligned_spans,
    data_checks.annotated_in_two_ways,
    data_checks.unanswered_keys,
)


def findings_of(project: Project) -> list[Finding]:
    """Everything that the checks find, by file and line; each thing once.

    Story structure conflicts are not among them: they need stories expanded, see
    `turnwise.training.story_conflicts`.
    """
    found = {finding: None for check in _CHECKS for finding in check(project)}
    return sorted(found, key=lambda finding: finding.notice)

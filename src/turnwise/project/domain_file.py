"""Reading the domain: a file, a folder of files, or several of these."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from turnwise.dialogue.domain import Domain
from turnwise.errors import Place, ProjectError
from turnwise.project.cursor import Cursor
from turnwise.project.domain_build import build_domain, domain_from_source
from turnwise.project.domain_merge import DomainSource, merged, source_of_file
from turnwise.project.domain_schema import DOMAIN_KEYS, check_domain
from turnwise.project.files import YAML_EXTENSIONS, files_below, holds_domain
from turnwise.project.findings import Findings
from turnwise.project.versions import is_readable
from turnwise.project.yaml import Document, parse_yaml, read_text

__all__ = ["domain_from_source", "domain_from_text", "load_domain", "read_domain"]


def load_domain(path: str | Path) -> Domain:
    """The domain of a file or folder alone, without what NLU data and stories add to it.

    Raises:
        ProjectError: it does not exist or has mistakes; ProjectErrors lists several.
    """
    findings = Findings()
    return _built(read_domain(path, findings), findings)


def domain_from_text(text: str, *, file: str = "domain.yml") -> Domain:
    """The domain that `text` describes in YAML; `file` is what errors call it.

    Raises:
        ProjectError: it has mistakes; ProjectErrors lists several.
    """
    findings = Findings()
    source = _source(parse_yaml(text, file=file), findings)
    return _built(source or DomainSource(), findings)


def _built(source: DomainSource, findings: Findings) -> Domain:
    findings.stop_on_mistakes()
    domain = build_domain(source, findings)
    findings.stop_on_mistakes()
    return domain


def read_domain(paths: str | Path | Iterable[str | Path], findings: Findings) -> DomainSource:
    """Reads and merges domain files in the order of their paths; mistakes go to `findings`."""
    roots = [paths] if isinstance(paths, str | Path) else list(paths)
    sources: list[DomainSource] = []
    seen: set[Path] = set()
    for root in roots:
        if not Path(root).exists():
            findings.wrong(Place(str(root)), "does not exist", fix="name the domain with --domain")
            continue
        is_folder = Path(root).is_dir()
        files = files_below(root, YAML_EXTENSIONS) if is_folder else [os.fspath(root)]
        new = [file for file in files if Path(file).resolve() not in seen]
        seen.update(Path(file).resolve() for file in new)
        read = [_read_file(file, findings, may_be_other=is_folder) for file in new]
        sources.extend(source for source in read if source is not None)
    return merged(sources, findings) if sources else DomainSource()


def _read_file(file: str, findings: Findings, *, may_be_other: bool) -> DomainSource | None:
    try:
        text = read_text(file)
        if may_be_other and not holds_domain(text):
            return None
        document = parse_yaml(text, file=file)
    except ProjectError as error:
        findings.add(error)
        return None
    if may_be_other and not _is_domain(document.data):
        return None
    return _source(document, findings)


def _is_domain(data: Any) -> bool:
    return isinstance(data, dict) and any(key in data for key in DOMAIN_KEYS if key != "config")


def _source(document: Document, findings: Findings) -> DomainSource | None:
    top = Cursor.top(document, findings)
    before = len(findings.mistakes)
    if isinstance(top.value, dict) and not is_readable(top):
        return None
    check_domain(top)
    return source_of_file(top) if len(findings.mistakes) == before else None

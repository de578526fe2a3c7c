"""What earlier trainings learned, by fingerprint: whoever would learn the same again is given it."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

DEFAULT_FOLDER = Path(".turnwise") / "cache"
DEFAULT_LIMIT_MB = 1000


@dataclass(frozen=True, slots=True)
class FileCache:
    """One uncompressed tar a fingerprint; the longest unused ones go when there are too many bytes."""

    folder: Path
    limit_mb: float = DEFAULT_LIMIT_MB
    """0 switches the cache off."""

    @classmethod
    def of_environment(cls) -> FileCache:
        """The cache of the project in the current directory, as Rasa's variables set it."""
        folder = Path(os.environ.get("RASA_CACHE_DIRECTORY") or DEFAULT_FOLDER)
        return cls(folder, float(os.environ.get("RASA_MAX_CACHE_SIZE") or DEFAULT_LIMIT_MB))

    def get(self, key: str) -> Mapping[str, bytes] | None:
        """The files put under `key`; None when there are none, or none that can be read."""
        path = self._path(key)
        try:
            with tarfile.open(path) as archive:
                files = {member.name: _content(archive, member) for member in archive}
            path.touch()
        except (OSError, tarfile.TarError):
            return None
        return files

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Keeps `files` under `key`. A folder that cannot be written is no reason not to train."""
        if self.limit_mb <= 0:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{key}.{os.getpid()}"
            with tarfile.open(unfinished, "w") as archive:
                for name, content in files.items():
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, BytesIO(content))
            unfinished.replace(self._path(key))
            self._forget_longest_unused()
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.tar"

    def _forget_longest_unused(self) -> None:
        entries = sorted(((path.stat(), path) for path in self.folder.glob("*.tar")), key=_last_used)
        total = sum(stat.st_size for stat, _ in entries)
        for stat, path in entries:
            if total <= self.limit_mb * 1_000_000:
                break
            path.unlink(missing_ok=True)
            total -= stat.st_size


def _last_used(entry: tuple[os.stat_result, Path]) -> tuple[float, str]:
    return entry[0].st_mtime, entry[1].name


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    return content.read() if content else b""

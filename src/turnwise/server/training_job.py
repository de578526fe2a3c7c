"""Training in a process of its own, so that conversations go on as quickly as before."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from turnwise.errors import ModelError

MODELS = Path("models")
"""Where models are kept, relative to the project's folder."""
PROGRAM = "import sys; from turnwise.cli.main import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingJob:
    """What a request asks to be trained."""

    project: bytes
    """Domain, configuration and data in one YAML file."""
    save: bool = True
    """Whether the model is kept in `models` too."""
    force: bool = False
    augmentation: int = 50
    num_threads: int = 1

    def words(self, file: Path, out: Path) -> list[str]:
        """The command line that trains from `file` into the folder `out`."""
        same = str(file)
        words = ["train", "--config", same, "--domain", same, "--data", same, "--out", str(out)]
        words += ["--augmentation", str(self.augmentation), "--num-threads", str(self.num_threads)]
        return [*words, "--force"] if self.force else words


async def train(job: TrainingJob) -> tuple[str, bytes]:
    """The name and the content of the archive that `job` makes.

    Raises:
        ModelError: training failed; the message is what it said.
    """
    folder = Path(tempfile.mkdtemp(prefix="turnwise-training-"))
    try:
        file, out = folder / "project.yml", folder / "out"
        await asyncio.to_thread(file.write_bytes, job.project)
        await _run(job.words(file, out))
        return await asyncio.to_thread(_result, out, save=job.save)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _result(out: Path, *, save: bool) -> tuple[str, bytes]:
    archive = next(out.glob("*.tar.gz"))
    if save:
        MODELS.mkdir(exist_ok=True)
        shutil.copy(archive, MODELS)
    return archive.name, archive.read_bytes()


async def _run(words: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        raise ModelError(said.decode(errors="replace").strip()[-2000:] or "training failed")

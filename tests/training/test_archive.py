"""The model archive: whole or not at all, the same bytes for the same files, and no code in it."""

from __future__ import annotations

import random
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from turnwise.errors import ModelError
from turnwise.training.archive import find_model, fixed_model_name, model_name, read_archive, write_archive

FILES = {"components/nlu/a.json": b"{}", "components/policies/b.npz": b"\x00\x01"}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_archive(tmp_path / "m.tar.gz", {"model_id": "x"}, FILES)
    assert read_archive(tmp_path / "m.tar.gz") == ({"model_id": "x"}, FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["m.tar.gz"]


def test_equal_contents_are_equal_bytes(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.tar.gz", {"model_id": "x"}, FILES)
    write_archive(tmp_path / "b.tar.gz", {"model_id": "x"}, dict(reversed(FILES.items())))
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00broken"])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.tar.gz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not a model"):
        read_archive(path)


def test_an_archive_without_metadata_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    with tarfile.open(path, "w:gz"):
        pass
    with pytest.raises(ModelError, match=r"metadata\.json"):
        read_archive(path)


def test_the_newest_model_of_a_folder_is_found(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="rasa train"):
        find_model(tmp_path)
    for name in ("old.tar.gz", "new.tar.gz"):
        write_archive(tmp_path / name, {}, {})
    assert find_model(tmp_path).name == "new.tar.gz"


def test_models_are_named_as_rasa_names_them() -> None:
    name = model_name("nlu-", datetime(2024, 1, 31, 12, 0, tzinfo=UTC), random.Random(1))
    assert name.startswith("nlu-20240131-120000-")
    assert name.endswith(".tar.gz")


@pytest.mark.parametrize(
    ("given", "file"),
    [("x", "x.tar.gz"), ("x.tar.gz", "x.tar.gz"), ("a.b", "a.tar.gz"), ("folder/x", "x.tar.gz")],
)
def test_a_fixed_name_is_a_file_name(given: str, file: str) -> None:
    assert fixed_model_name(given) == file

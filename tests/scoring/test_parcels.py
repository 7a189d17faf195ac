"""Bundles that travel: packed, unpacked once a machine, verified there."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from headwater.bundle import open_bundle
from headwater.errors import BundleError
from headwater.scoring.parcels import pack, unpack


@pytest.fixture(scope="module")
def parcel(news):
    return pack(open_bundle(news))


def never():
    raise AssertionError("the files were fetched although they are there")


def test_round_trip_and_once_only(parcel, news, tmp_path):
    folder = unpack(parcel.name, parcel.digest, lambda: parcel.files, tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == parcel.files
    assert open_bundle(folder).digest == open_bundle(news).digest == parcel.digest
    assert unpack(parcel.name, parcel.digest, never, tmp_path) == folder
    assert [path.name for path in folder.parent.iterdir()] == [parcel.name], "a temporary folder was left"


def test_a_damaged_copy_is_replaced(parcel, tmp_path):
    folder = unpack(parcel.name, parcel.digest, lambda: parcel.files, tmp_path)
    (folder / "model.onnx").write_bytes(b"half of it")
    unpack(parcel.name, parcel.digest, lambda: parcel.files, tmp_path)
    assert (folder / "model.onnx").read_bytes() == parcel.files["model.onnx"]


def test_other_bytes_than_the_digest_says_are_refused(parcel, tmp_path):
    with pytest.raises(BundleError, match="expected the bundle 0000"):
        unpack(parcel.name, "0" * 64, lambda: parcel.files, tmp_path)
    with pytest.raises(BundleError, match="digest differs"):
        unpack(parcel.name, parcel.digest, lambda: {**parcel.files, "tokenizer.json": b"{}"}, tmp_path)
    outside = replace(parcel, files={**parcel.files, "../evil": b""})
    with pytest.raises(BundleError, match="points out of the folder"):
        unpack(parcel.name, parcel.digest, lambda: outside.files, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_many_at_once(parcel, tmp_path):
    with ThreadPoolExecutor(8) as threads:
        folders = list(
            threads.map(lambda _: unpack(parcel.name, parcel.digest, lambda: parcel.files, tmp_path), range(8))
        )
    assert set(folders) == {folders[0]}
    assert open_bundle(folders[0]).digest == parcel.digest

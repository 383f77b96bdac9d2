"""What a worker process gives up before it runs a stranger's query. Elsewhere than on Linux fewer layers hold.

Landlock: see landlock(7) and the kernel's documentation of its user interface.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE = 1 << 2
_PDEATHSIG, _DUMPABLE, _NO_NEW_PRIVS = 1, 4, 38
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # kinds of access that each version can take away; 16 from version 5 on
_NET_SINCE, _SCOPE_SINCE = 4, 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class Sandbox:
    """The layers around this process; `layers` names those that hold."""

    def __init__(self) -> None:
        self.layers: list[str] = []
        self._statm = -1
        if sys.platform == "linux":
            self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def before_opening(self, readable: Iterable[Path]) -> None:
        """Give up files, network and privileges, except reading these files.

        It comes before the engine starts its threads: a thread that runs already would keep its rights.
        """
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        self.layers.append("no-writing")
        if sys.platform != "linux":
            return
        _prctl(_DUMPABLE, 0)
        if _prctl(_NO_NEW_PRIVS, 1):
            self.layers.append("no-new-privileges")
            if version := _landlock(readable):
                self.layers.append(f"landlock-{version}")

    def after_opening(self, headroom_bytes: int) -> None:
        """Allow no further file, and only so much memory beyond what the engine has reserved."""
        lowest = os.dup(1)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, lowest))
        self.layers.append("no-descriptors")
        if self._statm >= 0:
            pages = int(os.pread(self._statm, 64, 0).split()[0])
            space = pages * resource.getpagesize() + headroom_bytes
            resource.setrlimit(resource.RLIMIT_AS, (space, space))
            self.layers.append("memory")


def die_with(parent: int) -> None:
    """End this process when its parent ends; at once where the parent is gone already."""
    if sys.platform == "linux":
        _prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _landlock(readable: Iterable[Path]) -> int:
    """The version of the interface that now holds, or 0 where the kernel has none."""
    version = _syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return 0
    files = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    net = 0b11 if version >= _NET_SINCE else 0
    scoped = 0b11 if version >= _SCOPE_SINCE else 0
    # An older kernel knows a shorter structure, and takes a longer one whose rest is zero.
    wanted = _Ruleset(files, net, scoped)
    ruleset = _syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.sizeof(wanted), 0)
    if ruleset < 0:
        return 0
    try:
        for path in readable:
            _allow_reading(ruleset, path)
        held = _syscall(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)
    return version if held else 0


def _allow_reading(ruleset: int, path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = _PathBeneath(_READ_FILE, handle)
            if _syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0) != 0:
                raise OSError(ctypes.get_errno(), f"no Landlock rule for {path}")
        finally:
            os.close(handle)


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return int(libc.syscall(ctypes.c_long(number), *words))


def _prctl(option: int, value: int) -> bool:
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(value), 0, 0, 0)) == 0

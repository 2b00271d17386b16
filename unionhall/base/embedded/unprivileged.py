"""Runs one command without the powers of root: ``python unprivileged.py [OPTIONS] -- COMMAND …``.

PostgreSQL refuses to run as root. Whoever is root becomes ``nobody`` here, and nothing outside is
changed for it: no user is made and no folder above ours is opened. ``nobody`` cannot look below a
private folder such as /root, so each ``--bind FROM TO`` shows one folder to the command alone, in a
mount namespace of its own. Where the kernel forbids that, as in many containers, FROM is used in
place and the command keeps the one capability to walk through folders.

Who is not root just runs the command, with FROM in the place of TO. Standard library only.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pwd
import signal
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECUREBITS = 1, 8, 28
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SETPCAP = 1, 2, 8
LINUX_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Reads the options, steps down if need be, and becomes the command."""
    parser = argparse.ArgumentParser(description="run a command without the powers of root")
    parser.add_argument("--bind", nargs=2, action="append", default=[], metavar=("FROM", "TO"))
    parser.add_argument(
        "--die-with-parent", action="store_true", help="interrupt the command when its parent ends"
    )
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    command = options.command
    binds = [(Path(source), Path(target)) for source, target in options.bind]
    if os.geteuid() != 0:
        command = in_place(command, binds)
        if not has_a_name(os.geteuid()):
            be_called_nobody()
    elif show(binds):
        become_nobody(reach=[])
    else:
        command = in_place(command, binds)
        become_nobody(reach=[source for source, _ in binds])
    if options.die_with_parent:  # last, because a change of user clears it
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    os.execv(command[0], command)  # noqa: S606 - no shell wanted


def has_a_name(user: int) -> bool:
    """Whether the number stands in the list of users; in a container it often does not."""
    try:
        return bool(pwd.getpwuid(user).pw_name)
    except KeyError:
        return False


def be_called_nobody() -> None:
    """Shows the command ``nobody`` as its own number, because initdb demands a name.

    Outside of this user namespace nothing changes. Where the kernel forbids it, initdb complains.
    """
    mine, nobody = os.geteuid(), pwd.getpwnam("nobody").pw_uid
    if _libc.unshare(CLONE_NEWUSER) == 0:
        Path("/proc/self/uid_map").write_text(f"{nobody} {mine} 1")


def in_place(command: list[str], binds: list[tuple[Path, Path]]) -> list[str]:
    """The command with every TO replaced by its FROM."""
    for source, target in binds:
        command = [word.replace(str(target), str(source)) for word in command]
    return command


def show(binds: list[tuple[Path, Path]]) -> bool:
    """Mounts each FROM on its TO for this process alone; False where the kernel says no."""
    if (
        _libc.unshare(CLONE_NEWNS) != 0
        or _libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0
    ):
        return False
    return all(
        _libc.mount(bytes(source), bytes(target), None, MS_BIND | MS_REC, None) == 0
        for source, target in binds
    )


def become_nobody(*, reach: list[Path]) -> None:
    """Gives up root for good; keeps a capability to walk through folders if ``reach`` needs it."""
    nobody = pwd.getpwnam("nobody")
    _libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    if all(os.access(path, os.R_OK | os.X_OK) for path in reach):
        return
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if keep_capability(capability):
            return


def keep_capability(capability: int) -> bool:
    """Keeps just one capability, also past ``exec``; False if this process does not have it.

    The secure bit makes it count for access(2) as well, with which PostgreSQL looks for itself.
    """
    if not set_capabilities(1 << capability | 1 << CAP_SETPCAP):
        return False
    _libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    set_capabilities(1 << capability)
    return bool(_libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)


def set_capabilities(bits: int) -> bool:
    """Reduces the effective, permitted and inheritable sets to these bits (capset(2))."""
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)  # the lower halves, then the upper ones
    return bool(_libc.capset(header, sets) == 0)


if __name__ == "__main__":
    main()

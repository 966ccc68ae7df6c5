"""What a process gives up before it looks at a file from outside: files, network, other programs, other
processes.

Four layers of the Linux kernel, each of which holds by itself. Where one is missing, the others still hold,
and
:class:`Confinement` says which and why.

- User, network and IPC namespaces: a network with no device in it, and no privilege outside.
- Landlock: no file can be opened but the libraries' own; no signal, TCP port or abstract socket reaches
  outside.
- seccomp: system calls that open sockets, start programs or reach other processes are refused.
- No capabilities, and no new privileges.

Sources: the manual pages unshare(2), landlock(7), seccomp(2), capset(2), and the kernel's system call tables.
"""

import ctypes
import errno
import os
import platform
import signal
import site
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x04000000, 0x08000000, 0x10000000, 0x40000000
CLONE_THREAD = 0x00010000

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_VERSION_FLAG = 1
LANDLOCK_PATH_BENEATH = 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
FILESYSTEM_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Every right on files that a version of Landlock knows; later versions know those of version 5."""
TCP_BIND_AND_CONNECT = 0b11
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
WRITE_RIGHTS = (1 << 1) | (1 << 5) | (1 << 8) | (1 << 14)  # write, remove, make and truncate regular files

READABLE_FILES = ("/dev/urandom", "/etc/ld.so.cache")
READABLE_FOLDERS = ("/usr/share/zoneinfo", "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")


@dataclass(frozen=True)
class Layer:
    """One layer of the confinement: whether it holds, and its version or why it does not."""

    name: str
    holds: bool
    detail: str = ""

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.name}: {'on' if self.holds else 'OFF'}{detail}"


@dataclass(frozen=True)
class Confinement:
    """All layers as they hold in one process."""

    namespaces: Layer
    landlock: Layer
    seccomp: Layer
    capabilities: Layer

    @property
    def layers(self) -> tuple[Layer, ...]:
        return (self.landlock, self.namespaces, self.seccomp, self.capabilities)

    @property
    def is_enough(self) -> bool:
        """No file can be opened, and no network reached."""
        return self.landlock.holds and (self.namespaces.holds or self.seccomp.holds)

    def __str__(self) -> str:
        return "; ".join(str(layer) for layer in self.layers)


class UnavailableError(Exception):
    """The kernel does not offer a layer, or refuses it to this process."""


def end_with_parent() -> None:
    """Be killed by the kernel as soon as the parent has ended. Does nothing where this is not Linux."""
    with suppress(UnavailableError, AttributeError):
        _process_control(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))


def leave_namespaces() -> Layer:
    """Move to a user, network and IPC namespace of one's own. The process must have one thread only."""
    try:
        for flags in (
            CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
            CLONE_NEWNET | CLONE_NEWIPC,
        ):
            try:
                _call("unshare", flags)
            except UnavailableError as error:
                refusal = error
            else:
                return Layer("network namespace", True)
    except AttributeError:
        return Layer("network namespace", False, "not a Linux system")
    return Layer("network namespace", False, str(refusal))


def confine(namespaces: Layer, writable: Path | None = None) -> Confinement:
    """Take on every other layer, for this process and for good. ``writable`` is the one folder it may write
    to."""
    landlock = _layer("Landlock", lambda: _restrict_files(writable))
    capabilities = _layer("no capabilities", _drop_capabilities)
    return Confinement(namespaces, landlock, _layer("seccomp", _filter_system_calls), capabilities)


def library_folders() -> list[str]:
    """The folders that hold Python's libraries and data of theirs: all that a confined process can read."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [sysconfig.get_path(name) for name in names] + site.getsitepackages() + list(READABLE_FOLDERS)
    folders.append(str(Path(sys.base_prefix) / "lib"))
    return sorted(
        {os.path.realpath(folder) for folder in folders if folder and Path(folder).is_dir()} - {"/"}
    )


def _layer(name: str, take_on: Callable[[], str]) -> Layer:
    try:
        return Layer(name, True, take_on())
    except UnavailableError as error:
        return Layer(name, False, str(error))
    except (AttributeError, OSError) as error:
        return Layer(name, False, f"not offered by this system ({type(error).__name__})")


def _call(name: str, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    answer = int(getattr(libc, name)(*arguments))
    if answer < 0:
        raise UnavailableError(f"{name}: {os.strerror(ctypes.get_errno())}")
    return answer


def _system_call(number: int, *arguments: object) -> int:
    return _call("syscall", ctypes.c_long(number), *arguments)


def _process_control(option: int, *arguments: object) -> None:
    padded = [*arguments, *[ctypes.c_ulong(0)] * (4 - len(arguments))]
    _call("prctl", ctypes.c_int(option), *padded)


def _forgo_new_privileges() -> None:
    _process_control(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1))


# Landlock


def _restrict_files(writable: Path | None) -> str:
    if platform.system() != "Linux":
        raise UnavailableError("not a Linux system")
    version = _system_call(
        LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(LANDLOCK_VERSION_FLAG)
    )
    handled = FILESYSTEM_RIGHTS[min(version, 5)]
    network = TCP_BIND_AND_CONNECT if version >= 4 else 0
    scoped = ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = ctypes.create_string_buffer(struct.pack("<QQQ", handled, network, scoped)[:size], size)
    rules = _system_call(LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        _allow(rules, library_folders(), READ_FILE | READ_DIR)
        _allow(rules, READABLE_FILES, READ_FILE)
        if writable is not None:
            _allow(rules, [str(writable)], (READ_FILE | READ_DIR | WRITE_RIGHTS) & handled)
        _forgo_new_privileges()
        _system_call(LANDLOCK_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)
    return f"version {version}"


def _allow(rules: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            rule = ctypes.create_string_buffer(struct.pack("<Qi", rights, descriptor), 12)
            _system_call(
                LANDLOCK_ADD_RULE,
                ctypes.c_int(rules),
                ctypes.c_int(LANDLOCK_PATH_BENEATH),
                rule,
                ctypes.c_uint32(0),
            )
        finally:
            os.close(descriptor)


# Capabilities

CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION_3 = 0x20080522


def _drop_capabilities() -> str:
    number = CAPSET.get(platform.machine())
    if number is None:
        raise UnavailableError(f"not known on {platform.machine()}")
    header = ctypes.create_string_buffer(struct.pack("<Ii", CAPABILITY_VERSION_3, 0), 8)
    _system_call(number, header, ctypes.create_string_buffer(24))
    return ""


# seccomp

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LOAD_WORD, JUMP_EQUAL, JUMP_GREATER, JUMP_BITS, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
ALLOW, KILL_PROCESS, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT, SECOND_ARGUMENT_AT = 0, 4, 16, 24

LATEST_KNOWN = 462
"""System calls with a higher number did not exist when this list was made, so they are not there."""
ALIKE_EVERYWHERE = (
    *range(424, 435),  # pidfd_send_signal, io_uring_*, open_tree, move_mount, fs*, pidfd_open
    438,  # pidfd_getfd
    440,  # process_madvise
    442,  # mount_setattr
    443,  # quotactl_fd
    447,  # memfd_secret
    448,  # process_mrelease
    452,  # fchmodat2
    *range(456, 462),  # futex_requeue to lsm_list_modules, with statmount and listmount
)
CLONE3 = 435
REFUSED_CALLS: dict[str, tuple[int | None, int | None]] = {
    # name: number on x86_64, on aarch64
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "sendto": (44, 206), "recvfrom": (45, 207),
    "sendmsg": (46, 211), "recvmsg": (47, 212), "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199),
    "accept4": (288, 242), "recvmmsg": (299, 243), "sendmmsg": (307, 269),
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "setpgid": (109, 154), "setsid": (112, 157),
    "setpriority": (141, 140), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "mknod": (133, None), "mknodat": (259, 33),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "fanotify_init": (300, 262), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setgroups": (116, 159), "setresuid": (117, 147), "setresgid": (119, 149), "setfsuid": (122, 151),
    "setfsgid": (123, 152), "personality": (135, 92), "unshare": (272, 97), "setns": (308, 268),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "acct": (163, 89),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "sethostname": (170, 161),
    "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None), "vhangup": (153, 58),
    "init_module": (175, 105), "delete_module": (176, 106), "finit_module": (313, 273), "quotactl": (179, 60),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "perf_event_open": (298, 241), "bpf": (321, 280), "userfaultfd": (323, 282),
    "io_setup": (206, 0), "io_submit": (209, 2), "ioprio_set": (251, 30),
}  # fmt: skip
ONLY_THREADS = {"x86_64": 56, "aarch64": 220}  # clone
ONLY_ITSELF = {"x86_64": (62, 200, 234), "aarch64": (129, 130, 131)}  # kill, tkill, tgkill
FCNTL = {"x86_64": 72, "aarch64": 25}
SIGNALLING = (8, 10, 15)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX: by these a pipe would send a signal to any process when it can be read."""
ITSELF_OR_NOUGHT = {"x86_64": (302, 142, 144, 203, 314), "aarch64": (261, 118, 119, 122, 274)}
"""Calls whose first argument is a process, and 0 the present one: prlimit64, then sched_setparam,
sched_setscheduler, sched_setaffinity and sched_setattr."""


def _filter_system_calls() -> str:
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in AUDIT_ARCH:
        raise UnavailableError(f"not known on {platform.system()} {machine}")
    steps = b"".join(struct.pack("<HBBI", *step) for step in _filter(machine))
    program = ctypes.create_string_buffer(steps, len(steps))
    described = struct.pack("<HxxxxxxQ", len(steps) // 8, ctypes.addressof(program))
    _forgo_new_privileges()
    _process_control(PR_SET_DUMPABLE)
    filter_ = ctypes.create_string_buffer(described, len(described))
    _process_control(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), filter_)
    return ""


def _filter(machine: str) -> list[tuple[int, int, int, int]]:
    """The filter as steps of Berkeley Packet Filter: operation, jump if true, jump if false, value."""
    refused = [numbers[machine == "aarch64"] for numbers in REFUSED_CALLS.values()]
    steps = [
        (LOAD_WORD, 0, 0, ARCHITECTURE_AT),
        (JUMP_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD_WORD, 0, 0, NUMBER_AT),
        (JUMP_GREATER, 0, 1, LATEST_KNOWN),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (JUMP_EQUAL, 0, 1, CLONE3),  # its flags can't be looked at; the C library then uses clone
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (JUMP_EQUAL, 0, 4, ONLY_THREADS[machine]),
        (LOAD_WORD, 0, 0, FIRST_ARGUMENT_AT),
        (JUMP_BITS, 1, 0, CLONE_THREAD),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    for number in ONLY_ITSELF[machine]:
        steps += [
            (JUMP_EQUAL, 0, 4, number),
            (LOAD_WORD, 0, 0, FIRST_ARGUMENT_AT),
            (JUMP_EQUAL, 1, 0, os.getpid()),
            (RETURN, 0, 0, REFUSE | errno.EPERM),
            (RETURN, 0, 0, ALLOW),
        ]
    steps += [(JUMP_EQUAL, 0, 2 + 2 * len(SIGNALLING), FCNTL[machine]), (LOAD_WORD, 0, 0, SECOND_ARGUMENT_AT)]
    for command in SIGNALLING:
        steps += [(JUMP_EQUAL, 0, 1, command), (RETURN, 0, 0, REFUSE | errno.EPERM)]
    steps.append((RETURN, 0, 0, ALLOW))
    for number in ITSELF_OR_NOUGHT[machine]:
        steps += [
            (JUMP_EQUAL, 0, 5, number),
            (LOAD_WORD, 0, 0, FIRST_ARGUMENT_AT),
            (JUMP_EQUAL, 2, 0, 0),
            (JUMP_EQUAL, 1, 0, os.getpid()),
            (RETURN, 0, 0, REFUSE | errno.EPERM),
            (RETURN, 0, 0, ALLOW),
        ]
    for number in sorted({*(known for known in refused if known is not None), *ALIKE_EVERYWHERE}):
        steps += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE | errno.EPERM)]
    return [*steps, (RETURN, 0, 0, ALLOW)]

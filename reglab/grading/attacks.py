"""What a hostile submission tries, one function for each limit; they run inside the sandbox.

Each is sent in as a cell and called. It does its worst and returns what it achieved; the doctor,
outside, decides whether the limit held. The functions are complete in themselves.
"""

# ruff: noqa: B018, E722

from __future__ import annotations


def read_files(canary, folders):
    """Look everywhere for a file of the grader's, and into given folders."""
    import os

    found = []
    for folder in folders:
        try:
            found += [os.path.join(folder, name) for name in os.listdir(folder)]
        except OSError:
            pass
    for here, inside, names in os.walk("/"):
        found += [os.path.join(here, name) for name in names if canary in name]
        if here == "/":
            inside[:] = [name for name in inside if name not in ("proc", "sys")]
        if here.count("/") > 5:
            inside[:] = []
    return found[:20]


def read_answers(words):
    """Look for the checks' references and the solutions."""
    import importlib
    import os
    import sys

    found = []
    for name in ("reglab.checks.chapter02.write_the_penalty", "reglab.claims.l2",
                 "reglab.grading.judge", "solutions"):
        try:
            importlib.import_module(name)
            found.append(name)
        except Exception:
            pass
    for folder in [*sys.path, "/course"]:
        for here, _, names in os.walk(os.path.join(folder, "reglab")):
            for name in names:
                try:
                    with open(os.path.join(here, name), encoding="utf-8") as file:
                        text = file.read()
                except (OSError, ValueError):
                    continue
                found += [f"{name}: {word}" for word in words if word in text]
    return found[:20]


def write_files():
    """Write to Python, the system, the course and the devices."""
    import os
    import sys
    import sysconfig

    done = []
    for folder in (sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), "/", "/usr", "/etc",
                   "/usr/lib", "/course", "/course/reglab", "/dev", "/tmp", "/proc/sys/kernel",
                   "/sys", "/var"):
        path = os.path.join(folder, "written-by-an-attack")
        try:
            with open(path, "w") as file:
                file.write("here")
            done.append(path)
        except OSError:
            pass
    return done


def use_network(port, name):
    """Reach a server on this machine, and the world."""
    import socket

    reached = []
    targets = [(socket.AF_INET, ("127.0.0.1", port)), (socket.AF_UNIX, "\0" + name),
               (socket.AF_INET, ("1.1.1.1", 53))]
    for family, address in targets:
        with socket.socket(family) as sock:
            sock.settimeout(1)
            try:
                sock.connect(address)
                reached.append(str(address))
            except OSError:
                pass
    try:
        socket.getaddrinfo("example.org", 80)
        reached.append("example.org")
    except OSError:
        pass
    return reached


def see_processes():
    """See other processes, and end all that can be ended."""
    import os
    import signal

    seen = [name for name in os.listdir("/proc") if name.isdigit() and int(name) > 2]
    for number in range(1, 2000):
        if number != os.getpid():
            try:
                os.kill(number, signal.SIGKILL)
                if number > 1:    # process 1 of the room may be tried; it does not heed it
                    seen.append(f"ended {number}")
            except OSError:
                pass
    for number in (1, os.getppid()):
        for name in ("environ", "mem", "fd", "root", "cwd"):
            path = f"/proc/{number}/{name}"
            try:
                if name in ("environ", "mem"):
                    with open(path, "rb") as file:
                        file.read(1)
                else:
                    os.listdir(path)
                seen.append(path)
            except OSError:
                pass
    return seen[:20]


def read_environment():
    """Everything that names or settings could give away."""
    import os
    import sys

    text = [str(dict(os.environ)), str(sys.argv), str(sys.orig_argv)]
    for number in os.listdir("/proc"):
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{number}/{name}", "rb") as file:
                    text.append(file.read(100_000).decode("utf-8", "replace"))
            except OSError:
                pass
    return "\n".join(text)


def fork_bomb():
    """Start as many processes as possible."""
    import os
    import time

    count = 0
    while count < 5000:
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            count += 1
        except OSError:
            break
    return count


def take_memory(limit):
    """Allocate and fill memory in one process."""
    held = []
    try:
        while len(held) * 2**24 < limit:
            held.append(bytearray(b"x") * 2**24)
    except MemoryError:
        pass
    taken = len(held) * 2**24
    held.clear()
    return taken


def take_memory_together(processes, each):
    """Allocate memory in many processes at once."""
    import os
    import time

    reading, writing = os.pipe()
    for _ in range(processes):
        try:
            if os.fork() == 0:
                held = []
                try:
                    while len(held) * 2**24 < each:
                        held.append(bytearray(b"x") * 2**24)
                except MemoryError:
                    pass
                os.write(writing, len(held).to_bytes(4, "big"))
                time.sleep(60)
                os._exit(0)
        except OSError:
            break
    os.close(writing)
    total = 0
    for _ in range(processes):
        part = os.read(reading, 4)
        total += int.from_bytes(part, "big") * 2**24
    time.sleep(1)
    return total


def fill_disk(limit):
    """Write files until there is no room: one large one, then many."""
    import os

    largest, total = 0, 0
    for folder in ("/scratch", "/dev/shm", "/tmp"):
        for number in range(200):
            size = 0
            try:
                with open(os.path.join(folder, f"fill{number}"), "wb", buffering=0) as file:
                    while total + size < limit:
                        size += file.write(b"x" * 2**20)
            except OSError:
                pass
            largest, total = max(largest, size), total + size
            if not size:
                break
    return [largest, total]


def gain_privileges():
    """Capabilities, new namespaces, forbidden system calls, higher limits."""
    import ctypes
    import os
    import resource

    done = []
    with open("/proc/self/status") as file:
        status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(status[name], 16):
            done.append(f"{name} is {status[name]}")
    if status["NoNewPrivs"] != "1":
        done.append("new privileges are possible")
    libc = ctypes.CDLL(None, use_errno=True)
    for flag in (0x10000000, 0x20000000, 0x00020000):
        if libc.unshare(flag) == 0:
            done.append(f"unshare({flag:#x})")
    if libc.mount(b"tmpfs", b"/scratch", b"tmpfs", 0, None) == 0:
        done.append("mount")
    if libc.memfd_create(b"held", 0) >= 0:
        done.append("memfd_create")
    if libc.shmget(1, 4096, 0o1666) >= 0:
        done.append("shmget")
    if libc.ptrace(0, 0, 0, 0) == 0:
        done.append("ptrace")
    for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.chroot("/scratch"),
                 lambda: os.nice(-5)):
        try:
            call()
            done.append("a call for root")
        except OSError:
            pass
    for name in ("RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_NOFILE"):
        kind = getattr(resource, name)
        soft, hard = resource.getrlimit(kind)
        try:
            resource.setrlimit(kind, (hard + 1, hard + 1))
            done.append(f"raised {name}")
        except (OSError, ValueError):
            pass
    return done


def open_descriptors():
    """Files and sockets that are open and no business of a submission's."""
    import os

    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        found.append(target)
    return found


def leave_things():
    """Files, a process and shared memory for the next submission."""
    import os
    import time

    for folder in ("/scratch", "/dev/shm", "/tmp", "/dev", "/course"):
        try:
            with open(os.path.join(folder, "left-behind"), "w") as file:
                file.write("here")
        except OSError:
            pass
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.closerange(0, 64)
        while True:
            time.sleep(1)
    return True


def find_things():
    """What an earlier submission left."""
    import os

    found = [os.path.join(folder, "left-behind")
             for folder in ("/scratch", "/dev/shm", "/tmp", "/dev", "/course")
             if os.path.exists(os.path.join(folder, "left-behind"))]
    found += os.listdir("/scratch") + os.listdir("/dev/shm")
    return found + [name for name in os.listdir("/proc") if name.isdigit() and int(name) > 2]


def never_end():
    """Ignore every signal and hold on."""
    import signal
    import time

    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        time.sleep(1)


def compute_forever():
    """A loop in C that lets no other Python code in."""
    return sum(iter(int, 1))


def print_much():
    print("x" * 50_000_000)
    raise ValueError("y" * 50_000_000)


def answer_much():
    return "x" * 100_000_000


def forge(text, channel=3):
    """Write to the judge directly what is no answer."""
    import os
    import struct

    data = text.encode("latin-1")
    os.write(channel, struct.pack(">I", len(data)) + data)
    return False

"""Outside: bubblewrap around the fork server, and the life of its jobs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .cgroup import Cgroup
from .limits import Limits
from .staging import COURSE, mounts, stage
from .wire import Channel

START_SECONDS = 120.0
OWN_END_SECONDS, END_SECONDS = 0.3, 10.0    # for a job to end by itself, and when killed

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": "/scratch", "TMPDIR": "/scratch", "LANG": "C.UTF-8",
    "MPLBACKEND": "agg", "MPLCONFIGDIR": "/scratch", "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "TQDM_DISABLE": "1", "CUDA_VISIBLE_DEVICES": "",
}
START = (f"import sys; sys.path.insert(0, {COURSE!r}); "
         "from reglab.grading.zygote import main; main(int(sys.argv[1]))")


class SandboxError(Exception):
    """The sandbox does not start or has stopped working; the text says what to do."""


class Sandbox:
    """A fork server in a sandbox; one job at a time.

    Args:
        limits: of every job.
        hidden: folders that must not be visible inside, such as submissions and solutions.
        folder: where its own files go; a temporary folder by default.
    """

    def __init__(self, limits: Limits, hidden: tuple[Path, ...] = (), folder: Path | None = None):
        self.limits, self.hidden = limits, hidden
        self.folder = tempfile.TemporaryDirectory(prefix="reglab-sandbox-",
                                                  dir=folder and folder.resolve())
        self.process: subprocess.Popen | None = None
        self.control: socket.socket | None = None
        self.cgroup: Cgroup | None = None
        self.jobs = 0
        self.over_memory = False

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        self.folder.cleanup()

    def start(self) -> None:
        """Start the fork server and wait until it has imported torch."""
        program = shutil.which("bwrap")
        if program is None:
            raise SandboxError("bubblewrap is not installed: `apt-get install bubblewrap`.")
        staged = Path(self.folder.name) / "course"
        if not staged.exists():
            os.chmod(self.folder.name, 0o755)
            staged.mkdir()
            stage(staged)
        self.cgroup = Cgroup(self.limits)
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.errors = (Path(self.folder.name) / "errors").open("w+b")
        command = [program, *self._options(staged), sys.executable, "-I", "-c", START,
                   str(theirs.fileno())]
        self.process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.errors, cwd="/", env={},
            preexec_fn=self.cgroup.join)
        theirs.close()
        self.control.settimeout(START_SECONDS)
        try:
            ready = self.control.recv(2**16)
        except OSError:
            ready = b""
        if b"ready" not in ready:
            reason = self._said()
            self.stop()
            raise SandboxError(f"the sandbox did not start: {reason or 'no reason given'}")

    def stop(self) -> None:
        """End everything inside."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.kill()    # --die-with-parent: all inside go with it
            self.process.wait()
            self.errors.close()
        if self.cgroup is not None:
            self.cgroup.remove()
        self.process = self.control = self.cgroup = None

    @contextlib.contextmanager
    def job(self) -> Iterator[Channel]:
        """A channel to a fresh process inside; it ends with the block, whatever it does."""
        if self.process is None or self.process.poll() is not None:
            self._start_again()
        self.jobs += 1
        self.over_memory = False
        ours, theirs = socket.socketpair()
        order = {"run": self.jobs, "limits": self.limits.as_dict()}
        try:
            socket.send_fds(self.control, [json.dumps(order).encode()], [theirs.fileno()])
        except OSError:
            raise SandboxError("the sandbox takes no more jobs") from None
        finally:
            theirs.close()
        channel = Channel(ours)
        channel.deadline = time.monotonic() + self.limits.seconds
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(over,), daemon=True)
        watch.start()
        try:
            yield channel
        finally:
            over.set()
            watch.join()
            ours.close()
            self._end()

    def _start_again(self) -> None:
        for patience in (1, 5, None):    # what a job took may not all be given back yet
            self.stop()
            try:
                return self.start()
            except SandboxError:
                if patience is None:
                    raise
                time.sleep(patience)

    def _end(self) -> None:
        """Kill the job if it has not ended; start anew if even that does not work."""
        self.status = None
        for patience in (OWN_END_SECONDS, END_SECONDS):
            try:
                self.control.settimeout(patience)
                done = json.loads(self.control.recv(2**16) or b"{}")
                if done.get("done") == self.jobs:
                    self.status = done["status"]
                    return
                break
            except TimeoutError:
                with contextlib.suppress(OSError):
                    self.control.sendall(b'{"kill": true}')
            except (OSError, ValueError):
                break
        self.stop()    # the next job starts it again

    def _watch(self, over: threading.Event) -> None:
        """Kill the job when all processes together hold too much memory."""
        base = None
        while not over.wait(0.1):
            held = self._memory()
            base = held if base is None else min(base, held)
            if held - base > self.limits.total_memory:
                self.over_memory = True
                with contextlib.suppress(OSError):
                    self.control.sendall(b'{"kill": true}')
                return

    def _memory(self) -> int:
        """Bytes that the processes inside hold for themselves."""
        import psutil

        held = 0
        try:
            inside = psutil.Process(self.process.pid).children(recursive=True)
        except (psutil.Error, AttributeError):
            return 0
        for process in inside:
            with contextlib.suppress(psutil.Error):
                info = process.memory_info()
                held += max(0, info.rss - info.shared)
        return held

    def _options(self, staged: Path) -> list[str]:
        options = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts",
                   "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
        options += mounts(staged, list(self.hidden))
        options += ["--perms", "0755", "--dir", "/scratch", "--dev", "/dev"]
        if os.geteuid() == 0:    # the fork server mounts /proc and gives up root itself
            options += ["--perms", "0755", "--dir", "/proc", "--cap-drop", "ALL"]
            for capability in ("SETUID", "SETGID", "SYS_ADMIN"):
                options += ["--cap-add", f"CAP_{capability}"]
        else:
            options += ["--unshare-user", "--proc", "/proc"]
        for name, value in ENVIRONMENT.items():
            options += ["--setenv", name, value]
        return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/scratch"]

    def _said(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1)
        self.errors.seek(0)
        return self.errors.read(2000).decode(errors="replace").strip()


def available() -> bool:
    """Whether bubblewrap is installed here."""
    return sys.platform == "linux" and shutil.which("bwrap") is not None



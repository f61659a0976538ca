"""What the tests of grading share: a sandbox where there can be one, small limits, a release."""

import dataclasses
import resource

import pytest
import torch

from reglab.grading.limits import MIB, Limits
from reglab.grading.release import course_release
from reglab.grading.sandbox import Sandbox, SandboxError, available

SMALL = Limits(seconds=2.0, cell_seconds=0.8, memory=512 * MIB, total_memory=1024 * MIB,
               files=4 * MIB, disk=16 * MIB)


@pytest.fixture(scope="module", autouse=True)
def memory_of_this_process():
    """A judge bounds the memory of its own process: not that of the tests that follow."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture(scope="session")
def limits():
    return SMALL


@pytest.fixture(scope="session")
def sandbox():
    """A started sandbox with small limits; skips where there can be none."""
    if not available():
        pytest.skip("bubblewrap is not installed: apt-get install bubblewrap")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    started = Sandbox(SMALL)
    try:
        started.start()
    except SandboxError as error:
        pytest.skip(f"no sandbox here: {error}")
    yield started
    started.stop()
    started.folder.cleanup()
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def releases():
    return course_release()


@pytest.fixture(scope="session")
def pair(releases):
    """The release of chapter 02 with two of its tasks, 2.1 and 2.7."""
    full = releases["02_l2_and_weight_decay"]
    return dataclasses.replace(full, tasks=tuple(
        task for task in full.tasks if task.number in ("2.1", "2.7")))

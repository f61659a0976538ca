"""What every test run needs, the notebooks' strict comparison (nbval) above all."""

import os

from reglab.build import KERNEL_ENV

# The .py files beside the notebooks are their sources, not modules with doctests.
collect_ignore_glob = ["notebooks/*.py", "solutions/*.py"]

# Kernels inherit the environment: notebooks are compared as they were built. A variable that is
# set already wins, as in `OMP_NUM_THREADS=2 make test`.
for name, value in KERNEL_ENV.items():
    os.environ.setdefault(name, value)
# But no test writes into anyone's logbook, wherever that is.
os.environ["REGLAB_PROGRESS"] = "off"


def pytest_configure():
    """Cure nbval #194: it runs cells without history, where a trailing `;` hides nothing."""
    from nbval.kernel import RunningKernel

    def execute_cell_input(self, cell_input, allow_stdin=None):
        return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin,
                               stop_on_error=False)

    RunningKernel.execute_cell_input = execute_cell_input

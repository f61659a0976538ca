"""Do the notebooks say the same where numbers are rounded differently, as on another CPU or a GPU?

Training magnifies what is rounded: after some epochs the weights are others. Here all networks
start with weights that are off by about a millionth, and nbval runs the notebooks as always. What
fails would fail on some machine: a number that wants the tag ``nbval-ignore-output``, or a verdict
that hangs by a thread.

    python tests/other_rounding.py [--size 1e-6] [--seed 0] [notebooks, options of pytest …]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# IPython runs this in each kernel before the first cell.
STARTUP = """
from reglab import models

def initialize(model, seed, _exact=models.initialize):
    import torch
    _exact(model, seed)
    random = torch.Generator().manual_seed({seed})
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(1 + {size} * torch.randn(p.shape, generator=random, dtype=p.dtype))
    return model

models.initialize = initialize
del models, initialize
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e-6, help="relative, for each weight")
    parser.add_argument("--seed", type=int, default=0)
    options, arguments = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        startup = Path(folder, "profile_default", "startup", "00-other-rounding.py")
        startup.parent.mkdir(parents=True)
        startup.write_text(STARTUP.format(size=options.size, seed=options.seed), encoding="utf-8")
        return subprocess.run([sys.executable, "-m", "pytest", *(arguments or ["notebooks"])],
                              env=os.environ | {"IPYTHONDIR": folder}).returncode


if __name__ == "__main__":
    sys.exit(main())

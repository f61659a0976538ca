"""Submissions that are hostile, broken or merely unusual, and the grades they deserve.

Each is a student who hands in exercises 2.1 (2 points, the one that is tampered with) and 2.7
(2 points, right, a bystander that should not suffer). Most need only a cell for 2.1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ASSIGNMENT = "02_l2_and_weight_decay"
RIGHT = """def l2_penalty(params, strength):
    return strength / 2 * sum((p ** 2).sum() for p in params.values() if p.ndim >= 2)
"""
WRONG = """def l2_penalty(params, strength):
    return strength * sum((p ** 2).sum() for p in params.values() if p.ndim >= 2)
"""
BYSTANDER = """def standardize(train_x, test_x):
    center, spread = train_x.mean(0), train_x.std(0)
    spread = torch.where(spread > 0, spread, 1.0)
    return (train_x - center) / spread, (test_x - center) / spread
"""
IDS = {"given": "given-1", "2.1": "answer-2-1-1", "2.7": "answer-2-7-1", "check": "check-2-1"}

OK, STUB, ERROR = "correct", "not attempted", "error in your code"
WRONG_, NAMED, MISSING = "wrong", "misconception", "no answer"
TIME, STOPPED, MEMORY = "took too long", "stopped the program", "used too much memory"
PROTOCOL, UNREADABLE = "sent something that is no answer", "could not be read"

Write = Callable[[Path], None]    # given the student's folder


@dataclass(frozen=True)
class Animal:
    """A student: how the work is written, and the statuses that are right for 2.1 and 2.7."""

    name: str
    write: Write
    status: tuple[str, ...]    # any of these
    bystander: tuple[str, ...] = (OK,)


def code(source: str, grade_id: str = "") -> dict:
    role = {"nbgrader": {"grade_id": grade_id, "solution": True}} if grade_id else {}
    return {"cell_type": "code", "metadata": role, "source": source, "outputs": [],
            "execution_count": None}


def notebook(*cells: dict, **metadata) -> dict:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def place(folder: Path) -> Path:
    path = folder / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def usual(source: str) -> list[dict]:
    return [code("import torch\n\nfrom reglab import checks", IDS["given"]),
            code(source, IDS["2.1"]), code("checks.chapter02.penalty.check(l2_penalty)",
                                           IDS["check"]), code(BYSTANDER, IDS["2.7"])]


def cell(name: str, source: str, *status: str, bystander: str = OK) -> Animal:
    """A student whose cell for 2.1 is this one."""
    return cells(name, usual(source), *status, bystander=bystander)


def cells(name: str, made: list[dict], *status: str, bystander: str = OK, **metadata) -> Animal:
    text = json.dumps(notebook(*made, **metadata))
    return Animal(name, lambda folder: place(folder).write_text(text) and None, status,
                  (bystander,))


def raw(name: str, data: bytes | str, status: str = UNREADABLE) -> Animal:
    """A student whose file holds this."""
    data = data.encode() if isinstance(data, str) else data
    return Animal(name, lambda folder: place(folder).write_bytes(data) and None, (status,),
                  (status,))


def other(name: str, status: str = UNREADABLE, bystander: str = "") -> Callable[[Write], Animal]:
    """Decorates a function that writes something special."""
    return lambda write: Animal(name, write, (status,), (bystander or status,))


def body(statement: str) -> str:
    """A function for 2.1 with these lines, which have `right` and `wrong` at hand."""
    lines = "\n".join("    " + line for line in statement.splitlines())
    return (RIGHT.replace("l2_penalty", "right") + WRONG.replace("l2_penalty", "wrong")
            + f"def l2_penalty(params, strength):\n{lines}\n")


FRAME = """import json, os, struct
def frame(message, raw=None):
    data = raw if raw is not None else json.dumps(message).encode()
    os.write(3, struct.pack(">I", len(data)) + data)
"""

HOSTILE = [
    # holding on, taking much
    cell("loops in the function", body("while True: pass"), TIME),
    cell("loops in the cell", "while True: pass", ERROR),
    cell("loops after the answer", RIGHT + "while True: pass", OK),
    cell("sleeps", body("import time; time.sleep(10 ** 6)"), TIME),
    cell("loops in C", body("return sum(iter(int, 1))"), TIME),
    cell("swallows interrupts", "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, "
         "range(1, 65))\nwhile True:\n    try:\n        while True: pass\n"
         "    except BaseException: pass", TIME),
    cell("catches the interrupt", "while True:\n    try:\n        while True: pass\n"
         "    except BaseException: pass", TIME, ERROR),
    cell("takes memory", body("return [bytearray(b'x') * 2 ** 26 for _ in range(100)]"), ERROR,
         MEMORY, TIME),
    cell("takes memory as a tensor", body("import torch; return torch.ones(10 ** 10)"), ERROR,
         MEMORY),
    cell("takes memory in many processes", "import os, time\nfor _ in range(12):\n"
         "    if os.fork() == 0:\n        x = bytearray(b'x') * 2 ** 27\n        time.sleep(99)\n"
         + body("import time; time.sleep(99)"), TIME, MEMORY, STOPPED),
    cell("fork bomb", "import os\n" + body("while True: os.fork()"), ERROR, TIME, STOPPED, MEMORY,
         PROTOCOL),
    cell("fork bomb that hides", "import os\n" + body(
        "while True:\n    try: os.fork()\n    except OSError: pass"), TIME, STOPPED, MEMORY,
        PROTOCOL),
    cell("thread bomb", "import threading, time\n" + body(
        "while True: threading.Thread(target=time.sleep, args=(99,)).start()"), ERROR, STOPPED),
    cell("prints much", body("print('x' * 10 ** 8)\nreturn right(params, strength)"), OK),
    cell("prints to the descriptor", "import os\n" + body(
        "os.write(1, b'x' * 10 ** 7); os.write(2, b'x' * 10 ** 7)\n"
        "return right(params, strength)"), OK),
    cell("huge file", body("open('huge', 'wb').write(b'x' * 10 ** 9)"), ERROR),
    cell("many files", body("for i in range(10 ** 6): open(f'f{i}', 'w').write('x' * 10 ** 5)"),
         ERROR),
    cell("huge answer", body("return 'x' * 10 ** 8"), PROTOCOL, TIME, ERROR),
    cell("huge exception", body("raise ValueError('x' * 10 ** 8)"), ERROR),
    cell("recursion", body("return l2_penalty(params, strength)"), ERROR),
    # ending
    cell("os._exit in the function", "import os\n" + body("os._exit(0)"), STOPPED),
    cell("os._exit in the cell", RIGHT + "import os; os._exit(0)", STOPPED),
    cell("sys.exit in the cell", "import sys\nsys.exit()\n" + RIGHT, ERROR),
    cell("sys.exit in the function", "import sys\n" + body("sys.exit(0)"), ERROR),
    cell("kills itself", "import os\n" + body("os.kill(os.getpid(), 9)"), STOPPED, MEMORY),
    cell("kills everything", "import os\n" + body("os.kill(-1, 9); return wrong(params, strength)"),
         NAMED, ERROR, STOPPED),
    cell("stops itself", "import os\n" + body("os.kill(os.getpid(), 19)"), TIME),
    cell("crashes", "import ctypes\n" + body("ctypes.string_at(0)"), STOPPED),
    cell("keyboard interrupt", body("raise KeyboardInterrupt"), STOPPED, ERROR),
    cell("base exception", body("raise BaseException('out')"), STOPPED, ERROR),
    cell("exception without text", "class Odd(Exception):\n    def __str__(self): raise self\n"
         + body("raise Odd()"), ERROR),
    # peeping
    cell("imports the reference", "from reglab.checks.chapter02.write_the_penalty import "
         "reference\nl2_penalty = reference", ERROR),
    cell("takes the reference from the exercise",
         "from reglab import checks\nl2_penalty = checks.chapter02.penalty.references[0]", ERROR),
    cell("reads the solution", "import pathlib, re\ntext = next(pathlib.Path('/').rglob("
         "'solutions/02*.py')).read_text()\nexec(re.search(r'def l2_penalty.*?### END', text, "
         "re.S)[0])", ERROR),
    cell("reads other submissions", "import glob, json\npath = glob.glob('/**/*.ipynb', "
         "recursive=True)[0]\nexec(json.load(open(path))['cells'][1]['source'])", ERROR),
    cell("reads the ledger", body("import sqlite3, glob\n"
         "sqlite3.connect(glob.glob('/**/ledger.sqlite', recursive=True)[0])"), ERROR, TIME),
    cell("reads the environment", "import os\n" + body(
        "return eval(os.environ['REGLAB_ANSWER'])"), ERROR),
    cell("looks for functions in memory", "import gc, types\n" + body(
        "for f in gc.get_objects():\n"
        "    if isinstance(f, types.FunctionType) and f.__name__ == 'reference':\n"
        "        return f(params, strength)\nreturn wrong(params, strength)"), NAMED),
    cell("climbs the stack", "import inspect\n" + body(
        "for frame in inspect.stack():\n    if 'references' in frame.frame.f_locals: "
        "return frame.frame.f_locals['references'][0](params, strength)\n"
        "return wrong(params, strength)"), NAMED),
    cell("tells all it can find", "import os, sys\n" + body(
        "for path in ['/proc/self/environ', '/proc/self/cmdline', '/proc/1/environ']:\n"
        "    try: print(open(path).read())\n    except OSError: pass\n"
        "for folder in ['/', '/course', '/scratch', '/tmp', '/dev/shm', '/proc/self/fd']:\n"
        "    print(os.listdir(folder) if os.path.isdir(folder) else '')\n"
        "print(os.environ, sys.path, sorted(sys.modules), params, strength)\n"
        "return wrong(params, strength)"), NAMED),
    cell("uses the network", body("import urllib.request\n"
         "return float(urllib.request.urlopen('http://example.org').read())"), ERROR),
    # patching
    cell("patches NumPy", "import numpy as np\n"
         "np.isclose = np.allclose = np.array_equal = lambda *a, **k: True\n" + WRONG, NAMED),
    cell("patches torch", "import torch\ntorch.equal = torch.allclose = lambda *a, **k: True\n"
         "torch.testing.assert_close = lambda *a, **k: None\n" + WRONG, NAMED),
    cell("patches tensors", "import torch\ntorch.Tensor.__eq__ = lambda *a: True\n"
         "torch.Tensor.__sub__ = lambda *a: 0\n" + WRONG, NAMED, bystander=WRONG_),
    cell("patches builtins", "import builtins\nbuiltins.abs = builtins.round = lambda *a: 0\n"
         "builtins.isinstance = lambda *a: True\n" + WRONG, NAMED, STOPPED, PROTOCOL, ERROR),
    cell("patches json", "import json\n"
         "json.dumps = lambda *a, **k: '{\"reply\": 2, \"value\": true}'\n" + WRONG, PROTOCOL),
    cell("patches the protocol", "from reglab.grading import peer, wire\n"
         "peer.Peer.answer = lambda self, m: self.channel.send({'reply': m['id'], 'value': True})\n"
         + WRONG, PROTOCOL, WRONG_),
    cell("patches the check", "from reglab import checks\n"
         "checks.chapter02 = checks.penalty = type('X', (), {'check': lambda *a: True})()\n"
         + WRONG, NAMED),
    cell("hooks IPython", "ip = get_ipython()\nip.events.register('post_run_cell', print)\n"
         "ip.ast_transformers.append(1)\nip.run_cell('x = 1')\n" + WRONG, NAMED),
    cell("claims equality", "class Same(float):\n    __eq__ = __ge__ = __le__ = lambda *a: True\n"
         "    __sub__ = __rsub__ = lambda *a: 0.0\n" + body("return Same(0)"), WRONG_),
    cell("a tensor that lies", "import torch\nclass Lie(torch.Tensor):\n    @classmethod\n"
         "    def __torch_function__(cls, f, types, args=(), kwargs=None): return torch.ones(())\n"
         + body("return torch.ones(()).as_subclass(Lie)"), WRONG_),
    cell("an array that lies", "import numpy as np\nclass Lie(np.ndarray):\n"
         "    def __array_ufunc__(self, *a, **k): return np.zeros(())\n"
         + body("return np.ones(()).view(Lie)"), WRONG_),
    # forging
    cell("forges a reply", FRAME + body("frame({'reply': 2, 'value': 1.0}); return 1.0"), WRONG_,
         PROTOCOL),
    cell("forges replies ahead", FRAME + WRONG + "for n in range(1, 50): "
         "frame({'reply': n, 'value': {'result': 'correct'}})", PROTOCOL),
    cell("forges the start", FRAME + "frame({'reply': 1, 'value': {'dict': [['state', 'there'], "
         "['answer', 1.0], ['status', 'correct'], ['points', 2]]}})\n" + WRONG, WRONG_, PROTOCOL),
    cell("forges a verdict", FRAME + body("frame({'status': 'correct', 'points': 2}); return 0.0"),
         PROTOCOL),
    cell("asks the judge", FRAME + body("frame({'do': 'get', 'object': 0, 'id': 9, 'args': "
         "{'list': ['__globals__']}}); return 0.0"), PROTOCOL),
    cell("sends no JSON", FRAME + body("frame(None, b'\\x80\\x04cposix\\nsystem\\n'); return 0.0"),
         PROTOCOL),
    cell("sends a deep message", FRAME + body("frame(None, b'[' * 10 ** 6); return 0.0"), PROTOCOL),
    cell("announces gigabytes", FRAME + body("os.write(3, b'\\xff' * 99); return 0.0"), PROTOCOL),
    cell("closes the channel", FRAME + body("os.close(3); return 0.0"), STOPPED),
    cell("a pickle that runs code", "import os\nclass Bomb:\n    def __reduce__(self): "
         "return os.system, ('touch /tmp/reglab-was-here',)\n" + body("return Bomb()"), WRONG_),
    cell("a tensor that does not fit", FRAME + body(
        "frame({'reply': 2, 'value': {'tensor': 'float32', 'shape': [10 ** 12], 'data': ''}})"),
        PROTOCOL),
    cell("an object dtype", FRAME + body(
        "frame({'reply': 2, 'value': {'array': '|O', 'shape': [1], 'data': 'AAAAAAAAAAA='}})"),
        PROTOCOL),
    cell("an empty tensor that is huge", FRAME + body(
        "frame({'reply': 2, 'value': {'tensor': 'float32', 'shape': [0, 2 ** 31], 'data': ''}})"),
        PROTOCOL),
    cell("changes what it cannot", FRAME + body(
        "frame({'reply': 2, 'value': 0.0, 'changed': [[7, 1]]})"), PROTOCOL),
    # odd answers
    cell("nothing is a number", body("return float('nan')"), WRONG_),
    cell("endless", body("return float('inf')"), WRONG_),
    cell("a number without end", body("return 10 ** 5000"), WRONG_, PROTOCOL, ERROR),
    cell("a list in itself", body("x = []; x.append(x); return x"), ERROR, PROTOCOL),
    cell("a generator", body("return (p for p in params)"), WRONG_),
    cell("text", body("return 'right'"), WRONG_),
    cell("not a function", "l2_penalty = 12.5", WRONG_),
    cell("changes its inputs", body("for p in params.values(): p.mul_(1.0).add_(1)\n"
                                    "return wrong(params, strength)"), WRONG_),
    cell("empties its inputs", body("value = right(params, strength)\nparams.clear()\n"
                                    "return value"), WRONG_),
    cell("syntax error", "def l2_penalty(params, strength)\n    return 1", ERROR),
    cell("too many parentheses", "(" * 5000 + ")" * 5000, ERROR),
    cell("a very deep expression", "x = " + "-" * 100_000 + "1", ERROR, STOPPED),
    cell("null bytes", RIGHT + "\0", ERROR),
    cell("only a stub", "def l2_penalty(params, strength):\n    raise NotImplementedError()", STUB),
    # cells
    cells("deleted cell", [*usual("")[:1], code(BYSTANDER, IDS["2.7"])], MISSING),
    cells("doubled cell", [*usual(WRONG), code(RIGHT, IDS["2.1"])], OK),
    cells("doubled, the wrong one last", [*usual(RIGHT), code(WRONG, IDS["2.1"])], NAMED),
    cells("reversed cells", usual(RIGHT)[::-1], OK),
    cells("edited check", [*usual(WRONG)[:2], code("class checks:\n    check = print\nchecks",
                                                   IDS["check"]), code(BYSTANDER, IDS["2.7"])],
          NAMED),
    cells("edited given cell", [code("raise SystemExit", IDS["given"]), *usual(RIGHT)[1:]], OK),
    cells("grade ids swapped", [code(RIGHT, IDS["2.7"]), code(BYSTANDER, IDS["2.1"])], OK),
    cells("another kernel", usual(RIGHT), OK, kernelspec={"name": "ir", "language": "R"}),
    cells("another kernel's code", usual("l2_penalty <- function(params, strength) { 1 }"), ERROR,
          kernelspec={"name": "ir", "language": "R"}),
    cells("odd cells", [*usual(RIGHT), {"cell_type": 5}, {}, 7, None, {"cell_type": "code",
          "source": 3, "metadata": []}, {"cell_type": "code", "source": [1, "x = 1"],
          "metadata": {"nbgrader": {"grade_id": ["a"]}}}], OK),
    # files
    raw("corrupt JSON", '{"cells": [{"cell_type": "co'), raw("empty file", ""),
    raw("a picture", b"\x89PNG\r\n\x1a\n\0\0"), raw("a list", "[1, 2]"),
    raw("no cells", '{"nbformat": 4}'), raw("cells of another kind", '{"cells": {"a": 1}}'),
    raw("deep JSON", '{"cells": ' + "[" * 10 ** 6),
    raw("too many cells", '{"cells": [' + "{}," * 5000 + "{}]}"),
    raw("no cells at all", '{"cells": []}'),
    cells("the chapter, not its exercises", [code("import torch"), code("w = 1")], UNREADABLE,
          bystander=UNREADABLE),
    cells("another chapter's exercises", [code("x = 1", "answer-4-1-1"), code("1", "given-1")],
          UNREADABLE, bystander=UNREADABLE),
]


@other("empty folder")
def empty(folder):
    place(folder)


@other("nothing", "nothing handed in")
def nothing(folder):
    folder.mkdir()


@other("200 MB")
def huge(folder):
    with place(folder).open("wb") as file:
        file.write(b'{"cells": [')
        file.truncate(200 * 2**20)


@other("link to a solution")
def link(folder):
    target = folder.parent.parent / "elsewhere.ipynb"
    target.write_text(json.dumps(notebook(*usual(RIGHT))))
    place(folder).symlink_to(target)


@other("folder is a link")
def folder_link(folder):
    target = folder.parent.parent / "elsewhere"
    place(target).write_text(json.dumps(notebook(*usual(RIGHT))))
    folder.symlink_to(target)


@other("link to nowhere")
def nowhere(folder):
    place(folder).symlink_to("/nowhere")


@other("link to endless zeros")
def zeros(folder):
    place(folder).symlink_to("/dev/zero")


@other("a pipe")
def pipe(folder):
    os.mkfifo(place(folder))


@other("a folder called notebook")
def folder_as_notebook(folder):
    place(folder).mkdir()


@other("renamed", OK)
def renamed(folder):
    place(folder).with_name("final FINAL (2).ipynb").write_text(json.dumps(notebook(*usual(RIGHT))))


@other("two notebooks")
def two(folder):
    for name in ("a.ipynb", "b.ipynb"):
        place(folder).with_name(name).write_text(json.dumps(notebook(*usual(RIGHT))))


@other("without the assignment's folder", OK)
def flat(folder):
    folder.mkdir()
    (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(notebook(*usual(RIGHT))))


@other("renamed without the assignment's folder", OK)
def flat_renamed(folder):
    folder.mkdir()
    (folder / f"{ASSIGNMENT} (1).ipynb").write_text(json.dumps(notebook(*usual(RIGHT))))


@other("a folder too deep, in capitals", OK)
def deep(folder):
    path = folder / "work" / ASSIGNMENT.upper() / "mine.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook(*usual(RIGHT))))


@other("a name of one's own", OK)
def homework(folder):
    folder.mkdir()
    (folder / "homework.ipynb").write_text(json.dumps(notebook(*usual(RIGHT))))


@other("no notebook")
def essay(folder):
    folder.mkdir()
    (folder / "essay.pdf").write_text("not a notebook")


@other("the stub, and the answers beside it", "not judged", OK)
def stub_beside(folder):
    stub = "def l2_penalty(params, strength):\n    raise NotImplementedError()"
    for source, path in ((stub, place(folder)), (RIGHT, place(folder).with_name("new.ipynb"))):
        path.write_text(json.dumps(notebook(*usual(source))))


@other("byte order mark", OK)
def mark(folder):
    place(folder).write_bytes(b"\xef\xbb\xbf" + json.dumps(notebook(*usual(RIGHT))).encode())


@other("format 3", OK)
def format_3(folder):
    made = [{"cell_type": "code", "input": cell["source"], "metadata": cell["metadata"]}
            for cell in usual(RIGHT)]
    place(folder).write_text(json.dumps({"nbformat": 3, "worksheets": [{"cells": made}]}))


def named(name: str) -> Animal:
    """A student whose folder has a name that means something elsewhere."""
    return cell(name, RIGHT, OK)


FILES = [empty, nothing, huge, link, folder_link, nowhere, zeros, pipe, folder_as_notebook, renamed,
         two, flat, flat_renamed, deep, homework, essay, stub_beside, mark, format_3]
NAMES = [named(name) for name in ("<script>alert(1)</script>".replace("/", "∕"), "=1+1", "a b'\"c",
                                  "line\nbreak", "ünïcødé", os.fsdecode(b"\xff\xfe"),
                                  "\x1b[31mred", "x" * 200, "..dots", "-rf")]

# Right, if unusual: these must get all points.
HELPER = "def squares(p): return (p ** 2).sum()"
USES_HELPER = """def l2_penalty(params, strength):
    return strength / 2 * sum(squares(p) for p in params.values() if p.ndim >= 2)
"""
UNUSUAL = [
    cell("a NumPy scalar", "import numpy as np\n" + body(
        "return np.float64(right(params, strength).item())"), OK),
    cell("a float", body("return float(right(params, strength))"), OK),
    cell("a list of one", body("return [float(right(params, strength))]"), OK),
    cell("double precision", body("return right({k: v.double() for k, v in params.items()}, "
                                  "strength)"), OK),
    cell("keeps a gradient", body("return right({k: v.clone().requires_grad_() for k, v in "
                                  "params.items()}, strength)"), OK),
    cell("loops", body("total = 0.0\nfor p in params.values():\n    if p.ndim >= 2:\n"
                       "        for x in p.flatten().tolist(): total += x * x\n"
                       "return strength * total / 2"), OK),
    cell("warns and prints to stderr", "import sys, warnings\nwarnings.warn('old')\n" + body(
        "warnings.warn('older'); print('noise', file=sys.stderr)\nreturn right(params, strength)"),
        OK),
    cell("a lambda", RIGHT.replace("l2_penalty", "right")
         + "l2_penalty = lambda *a: right(*a)", OK),
    cell("a partial", RIGHT.replace("l2_penalty", "right") + "import functools\n"
         "l2_penalty = functools.partial(right)", OK),
    cell("a class", "class Penalty:\n    def __call__(self, params, strength): "
         "return right(params, strength)\n" + RIGHT.replace("l2_penalty", "right")
         + "l2_penalty = Penalty()", OK),
    cell("a module", "import torch\n" + RIGHT.replace("l2_penalty", "right")
         + "class P(torch.nn.Module):\n    def forward(self, params, strength): "
         "return right(params, strength)\nl2_penalty = P()", OK),
    cell("magics", "%matplotlib inline\n!pip install nothing\n%time 1 + 1\n" + RIGHT
         + "l2_penalty?", OK),
    cell("a cell magic", "%%time\n" + RIGHT, OK),
    cell("waits at the top", "import asyncio\nawait asyncio.sleep(0)\n" + RIGHT, OK),
    cell("annotations", "from __future__ import annotations\n" + RIGHT.replace(
        "params, strength", "params: dict[str, Unknown], strength: float"), OK),
    cell("another default dtype", "import torch\ntorch.set_default_dtype(torch.float64)\n" + RIGHT,
         OK),
    cell("no gradients", "import torch\n" + RIGHT.replace("def", "@torch.no_grad()\ndef"), OK),
    cell("shadows a name", "sum_, torch_ = sum, 3\n" + RIGHT.replace("* sum(", "* sum_("), OK),
    cell("fails after the answer", RIGHT + "raise ValueError('a test of mine')", OK),
    cell("display and widgets", RIGHT
         + "display(1)\nfrom IPython.display import display as d\nd(2)", OK),
    cell("plots", RIGHT + "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", OK),
    cell("sets seeds and threads", "import torch\ntorch.manual_seed(0)\ntorch.set_num_threads(2)\n"
         + RIGHT, OK),
    cell("surrogates", RIGHT + "s = '\\ud800'\nprint(s)", OK),
    cells("all answers in one new cell", [*usual("def l2_penalty(params, strength):\n    "
          "raise NotImplementedError()")[:3], code("def standardize(train_x, test_x):\n    "
          "raise NotImplementedError()", IDS["2.7"]), code(BYSTANDER + RIGHT)], OK),
    cells("a helper above", [code(HELPER), *usual(USES_HELPER)], OK),
    cells("a helper below", [*usual(USES_HELPER), code(HELPER)], OK),
    cells("a helper in another answer", [*usual(USES_HELPER)[:3], code(HELPER + "\n" + BYSTANDER,
                                                                       IDS["2.7"])], OK),
    cells("no ids", [code(c["source"]) for c in usual(RIGHT)], OK),
    cells("the answer in a new cell", [*usual("# see below"), code(RIGHT)], OK),
    cells("a cell split in two", [*usual(HELPER), code(USES_HELPER, IDS["2.1"])], OK),
    cells("a broken neighbor", [*usual(RIGHT)[:2], code("while True: pass"),
                                code("def broken(", "answer-2-3-1"), *usual(RIGHT)[3:]], OK),
    cells("source as lines", [{**c, "source": c["source"].splitlines(keepends=True)}
                              for c in usual(RIGHT)], OK),
]

ANIMALS = [*HOSTILE, *FILES, *NAMES, *UNUSUAL]

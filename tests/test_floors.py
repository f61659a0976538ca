"""The floors of the package: who may import whom, what is heavy, where vmap stands."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "reglab"

# From the ground up. A file (or a folder, as one) imports only what stands before it.
FLOORS = """
    0  arguments forking devices seeding parameters statistics hyperparameters progress checkpoint
       kernel logbook
    1  data layers normalization optimizers technique history
    2  models regularizers augmentation step recipe
    3  workspace batched dense_norm dense folded solo replicas
    4  runs groups group_training jobs resuming result training live_training comparison claims
    5  plotting checks
    6  widgets notebook doctor build standing grading cli __main__
"""
ORDER = [word for word in FLOORS.split() if not word.isdigit()]
# Result.plot() and Comparison.plot() are short for plotting's functions.
ALLOWED_UPWARD = {"result": {"plotting"}, "comparison": {"plotting"}}
HEAVY = {"IPython", "anywidget", "ipywidgets", "matplotlib", "mnist1d", "pandas", "scipy",
         "sklearn"}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def unit(path: Path) -> str:
    """The file or folder of the package that a path belongs to, as the table names it."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(tree: ast.AST, path: Path) -> set[str]:
    """The parts of the package that a file imports when it runs, inside functions too."""
    package = ("reglab", *path.relative_to(PACKAGE).parent.parts)
    found = set()
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            modules = ([f"{module}.{alias.name}" for alias in node.names] if module == "reglab"
                       else [module])
        found |= {module.split(".")[1] for module in modules if module.startswith("reglab.")}
    return found - {unit(path)}


def without_type_checking(tree: ast.Module) -> ast.Module:
    """The file without its `if TYPE_CHECKING:` blocks, which never run."""
    tree.body = [node for node in tree.body if not (
        isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"))]
    return tree


@pytest.fixture(params=FILES, ids=name)
def path(request):
    return request.param


@pytest.fixture
def tree(path):
    return without_type_checking(ast.parse(path.read_text(encoding="utf-8")))


def test_imports_go_down(path, tree):
    assert unit(path) in ORDER, f"give {unit(path)} its floor in tests/test_floors.py"
    below = set(ORDER[: ORDER.index(unit(path))])
    assert imports(tree, path) <= below | ALLOWED_UPWARD.get(unit(path), set())


def test_heavy_packages_are_imported_inside_functions(tree):
    top = {alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import)
           for alias in node.names}
    top |= {node.module.split(".")[0] for node in tree.body
            if isinstance(node, ast.ImportFrom) and not node.level}
    assert not top & HEAVY


def test_only_replicas_uses_vmap(path, tree):
    words = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    words |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    words |= {alias.name for node in ast.walk(tree)
              if isinstance(node, ast.ImportFrom | ast.Import) for alias in node.names}
    assert ("vmap" in words) == (name(path) == "replicas.py")


def test_import_loads_nothing_heavy():
    """All of reglab, not only its lazy front, against what torch loads by itself."""
    code = ("import sys, torch; before = set(sys.modules); import reglab; "
            "print(*{m.partition('.')[0] for m in set(sys.modules) - before})")
    result = subprocess.run([sys.executable, "-c", code], env={**os.environ, "EAGER_IMPORT": "1"},
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    loaded = set(result.stdout.split())
    assert "reglab" in loaded
    assert not loaded & HEAVY

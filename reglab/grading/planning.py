"""Inside the sandbox: which of a notebook's cells does one exercise need, and in which order?

Only cells that matter run, so that a mistake in one exercise leaves the others alone and the
notebook's demonstrations cost nothing. An exercise needs its own cells, what the student added
beside them or at the top, and every cell that binds a name that a needed cell uses: the cells
before it, or those after it if there is none.

The code is read here and not outside, since a compiler can be crashed by what it reads.
"""

from __future__ import annotations

import ast
import re
import symtable
from dataclasses import dataclass

# Code that reaches names in a way that cannot be read off: then every cell counts.
REFLECTION = {"globals", "locals", "vars", "eval", "exec", "getattr", "__import__", "get_ipython"}
WRAPPERS = re.compile(r"\A\s*%%(time|timeit|capture|prun|python3?)\b[^\n]*\n")


@dataclass(frozen=True)
class Reading:
    """What a cell does with global names; ``all_names`` if that cannot be told."""

    uses: frozenset[str]
    binds: frozenset[str]
    all_names: bool = False


def plan(cells: list[dict], answer: str) -> list[dict]:
    """The cells to run for an exercise, in order.

    Args:
        cells: in the order of the notebook, each ``{"name", "source", "kind", "place"}``; kind
            is "given", "own" (of this exercise), "beside" (added next to it, or at the top),
            "other" (another exercise's, or added elsewhere).
        answer: the expression that the check is handed.
    """
    cells = [{**cell, "source": plain_python(cell["source"])} for cell in cells]
    readings = [read(cell["source"]) for cell in cells]
    last = max((i for i, cell in enumerate(cells) if cell["kind"] in ("own", "beside")),
               default=len(cells) - 1)
    chosen = {i for i, cell in enumerate(cells) if cell["kind"] in ("own", "beside")}
    names = set(read(answer).uses)
    seen: set[str] = set()
    for i in chosen:
        names |= readings[i].uses
    if any(readings[i].all_names for i in chosen if cells[i]["kind"] != "given"):
        chosen |= {i for i in range(last + 1) if cells[i]["kind"] != "other"}
        names |= {name for i in chosen for name in readings[i].uses}
    while names - seen:
        name = min(names - seen)
        seen.add(name)
        binders = [i for i, reading in enumerate(readings) if name in reading.binds]
        for i in [i for i in binders if i <= last] or binders:
            if i not in chosen:
                chosen.add(i)
                names |= readings[i].uses
    order = sorted(chosen, key=lambda i: (i > last, i))
    return [cells[i] for i in order]


def read(source: str) -> Reading:
    """The global names that a cell uses and binds.

    >>> sorted(read("import numpy as np\\ndef f(x):\\n    return g(x)").binds)
    ['f', 'np']
    >>> sorted(read("def f(x):\\n    y = x\\n    return g(x)").uses)
    ['g']
    """
    try:
        tree = ast.parse(source)
        top = symtable.symtable(source, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Reading(frozenset(), frozenset())
    uses, binds, tables = set(), set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if table is not top and not symbol.is_global():
                continue
            if symbol.is_referenced():
                uses.add(symbol.get_name())
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                binds.add(symbol.get_name())
    for node in ast.walk(tree):    # `f.x = 1` and `d["x"] = 1` change what the name stands for
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            while isinstance(node, ast.Attribute | ast.Subscript):
                node = node.value
            if isinstance(node, ast.Name) and node.id in uses:
                binds.add(node.id)
    star = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
               for node in ast.walk(tree))
    return Reading(frozenset(uses), frozenset(binds), star or bool(uses & REFLECTION))


def plain_python(source: str) -> str:
    """A cell without IPython's own syntax (magics, shell commands, question marks)."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        ast.parse(source)
        return source
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    try:
        return TransformerManager().transform_cell(WRAPPERS.sub("", source))
    except Exception:    # what cannot be read fails where it runs, and is told there
        return source

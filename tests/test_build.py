"""The build: what it writes, what it keeps, what it refuses."""

import nbformat
import pytest

from reglab import build

CHAPTER = """\
# %% [markdown]
# # A chapter

# %%
print("hello")

# %% tags=["nbval-ignore-output"]
1 + 1
"""

SOLUTION = """\
# %% [markdown]
# ## Exercise 2.1 — Write the penalty
# Half the strength times the squares.

# %%
def penalty(w, strength):
    \"\"\"L2.\"\"\"
    ### BEGIN SOLUTION
    return strength / 2 * w**2
    ### END SOLUTION

# %% tags=["test-solution"]
assert penalty(2, 1) == 2

# %% [markdown] tags=["solution-only"]
# The half makes the gradient simple.

# %% [markdown]
# A hint.

# %% [markdown]
# ## Next
"""


@pytest.fixture
def course(tmp_path):
    for folder in ("notebooks", "solutions"):
        (tmp_path / folder).mkdir()
    (tmp_path / "notebooks/02_x.py").write_text(CHAPTER)
    (tmp_path / "solutions/02_x.py").write_text(SOLUTION)
    return tmp_path


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def exercise_cells(course):
    source = course / "solutions/02_x.py"
    return build.exercise(build.read_source(source), source).cells


def test_build_runs_cells_and_repeats_byte_for_byte(course):
    chapter, solution = build.sources(course)
    page = chapter.with_suffix(".ipynb")
    assert build.build(chapter) == [page]
    first = page.read_bytes()
    page.unlink()
    build.build(chapter)

    assert page.read_bytes() == first
    assert build.build(chapter) == []
    cells = nbformat.read(page, as_version=4).cells
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2]
    assert cells[1].outputs[0].text == "hello\n"
    assert cells[2].metadata.tags == ["nbval-ignore-output"]


def test_inserting_a_cell_keeps_the_other_ids(course):
    chapter = course / "notebooks/02_x.py"
    before = {cell.source: cell.id for cell in build.read_source(chapter).cells}
    chapter.write_text("# %%\nprint('first')\n\n" + chapter.read_text() + "\n# %%\n1 + 1\n")
    after = build.read_source(chapter).cells

    assert {cell.source: cell.id for cell in after[1:4]} == before
    again = build.read_source(chapter).cells
    assert [cell.id for cell in again] == [cell.id for cell in after]    # equal cells, too
    assert len({cell.id for cell in after}) == 5


@pytest.mark.parametrize("code, told", [
    ("1 / 0", "cell 2 (1 / 0): ZeroDivisionError: division by zero"),
    ("import os; os._exit(1)", "DeadKernelError"),
    ("object()", "memory address"),
])
def test_a_failed_build_names_the_cell_and_keeps_the_old_notebook(course, code, told):
    chapter = course / "notebooks/02_x.py"
    build.build(chapter)
    page = chapter.with_suffix(".ipynb")
    before = page.read_bytes()
    edit(chapter, 'print("hello")', code)

    with pytest.raises(build.BuildError) as error:
        build.build(chapter)
    assert told in str(error.value) and "notebooks/02_x.py, cell 2" in str(error.value)
    assert page.read_bytes() == before
    assert sorted(path.name for path in page.parent.iterdir()) == ["02_x.ipynb", "02_x.py"]


def test_live_widgets_are_not_stored(course):
    chapter = course / "notebooks/02_x.py"
    edit(chapter, 'print("hello")', "import ipywidgets\nipywidgets.IntSlider(3)")
    build.build(chapter)
    notebook = nbformat.read(chapter.with_suffix(".ipynb"), as_version=4)

    assert notebook.metadata == build.METADATA
    assert list(notebook.cells[1].outputs[0].data) == ["text/plain"]


def test_check_names_the_cell_that_is_out_of_step(course):
    chapter, solution = build.sources(course)
    assert "does not exist" in build.check(chapter)[0]
    build.build(chapter)
    assert build.check(chapter) == []
    edit(chapter, "hello", "goodbye")
    assert "cell 2 differs" in build.check(chapter)[0]


def test_exercise_hides_the_solution_and_folds_it_at_the_end(course):
    heading, stub, hint, folded, following = exercise_cells(course)

    assert "BEGIN" not in stub.source and "w**2" not in stub.source
    assert stub.source.endswith(
        '    """L2."""\n    raise NotImplementedError("Exercise 2.1: Write the penalty")')
    assert hint.source == "A hint."
    assert folded.source.startswith("<details><summary>Solution</summary>\n\n```python\ndef pen")
    assert "    return strength / 2 * w**2\n```" in folded.source
    assert "BEGIN" not in folded.source and "assert" not in folded.source
    assert folded.source.endswith("The half makes the gradient simple.\n\n</details>")
    assert following.source == "## Next"


@pytest.mark.parametrize("old, new, told", [
    ("    ### END SOLUTION\n", "", "has no"),
    ("    ### BEGIN SOLUTION\n", "", "take turns"),
    ("## Exercise 2.1 — Write", "## Write", "needs a heading"),
])
def test_malformed_solutions_are_refused(course, old, new, told):
    edit(course / "solutions/02_x.py", old, new)
    with pytest.raises(build.BuildError, match=told):
        exercise_cells(course)


def test_an_edited_exercise_is_not_overwritten(course):
    solution = course / "solutions/02_x.py"
    build.build(solution)
    path = course / "exercises/02_x.ipynb"
    assert not build.is_edited(path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="ran")]
    nbformat.write(notebook, path)
    assert not build.is_edited(path)    # running is not editing

    notebook.cells[1].source = "my answer"
    nbformat.write(notebook, path)
    with pytest.raises(build.BuildError, match="not overwritten.*--force"):
        build.build(solution)
    assert "my answer" in path.read_text()
    build.build(solution, force=True)
    assert "my answer" not in path.read_text()


def test_a_new_version_does_not_overwrite_an_edited_exercise(course):
    solution, path = course / "solutions/02_x.py", course / "exercises/02_x.ipynb"
    build.build(solution)
    edit(path, "raise NotImplementedError", "return 0")
    edit(solution, "A hint.", "A better hint.")
    before = path.read_bytes()
    with pytest.raises(build.BuildError, match="exercises/02_x.ipynb holds edited cells"):
        build.build(solution)
    assert path.read_bytes() == before


def test_a_new_version_overwrites_what_nobody_edited(course):
    solution, path = course / "solutions/02_x.py", course / "exercises/02_x.ipynb"
    build.build(solution)
    edit(solution, "A hint.", "A better hint.")
    assert path in build.build(solution)
    assert "A better hint." in path.read_text()


def add_a_note(notebook):
    notebook.cells.append(nbformat.v4.new_markdown_cell("my note"))


def change_a_cell(notebook):
    notebook.cells[1].source = "print('my note')"


@pytest.mark.parametrize("change", [add_a_note, change_a_cell])
def test_a_chapter_with_someones_notes_is_not_overwritten(course, change):
    chapter = course / "notebooks/02_x.py"
    page = chapter.with_suffix(".ipynb")
    build.build(chapter)
    notebook = nbformat.read(page, as_version=4)
    notebook.cells[1].outputs = []
    nbformat.write(notebook, page)
    assert not build.is_edited(page)    # running is not editing
    change(notebook)
    nbformat.write(notebook, page)
    edit(chapter, "1 + 1", "2 + 2")    # a new version of the course
    with pytest.raises(build.BuildError, match="notebooks/02_x.ipynb.*not overwritten.*--force"):
        build.build(chapter)
    assert "my note" in page.read_text()
    build.build(chapter, force=True)
    assert "my note" not in page.read_text() and "2 + 2" in page.read_text()


def test_a_notebook_that_cannot_be_read_is_not_overwritten(course):
    page = course / "notebooks/02_x.ipynb"
    page.write_text("<<<<<<< HEAD: an unfinished merge")
    with pytest.raises(build.BuildError, match="not overwritten"):
        build.build(course / "notebooks/02_x.py")
    assert "unfinished" in page.read_text()

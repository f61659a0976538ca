"""Grade folders of submissions, safely: ``reglab grade``.

A submission is transplanted onto the release, runs in a sandbox that only answers function
calls, and is judged outside of it by the checks of the course (:mod:`reglab.checks`), on inputs
that depend on a secret. In the order of the way of a submission::

    release     makes the assignments for nbgrader from solutions/
    intake      reads what students handed in, whatever it is
    transplant  the student's cells in the release's places, one program for each exercise
    staging     the course without its answers, which is all that the sandbox sees of it
    sandbox     starts bubblewrap around a fork server (zygote, namespaces, kernel, job)
    wire, peer  function calls as JSON messages
    judge       a program and an exercise to a verdict
    ledger      verdicts that survive a crash
    batch       all submissions, on all cores; cluster: on Dask
    gradebook   verdicts to nbgrader; pages: to CSV and HTML
    doctor      attacks the sandbox, and says whether it held
"""

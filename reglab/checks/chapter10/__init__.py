"""Checks of chapter 10, the replication clinic: six flawed demos to audit and to replicate.

>>> reporting
Exercise 10.2 — Report by a rule (code · difficulty 2 of 3 · 15 minutes · 4 points)
"""

from .audit_a_layer import audit_layer
from .audit_a_logged_loss import audit_log
from .audit_a_selection import audit_selection
from .audit_a_start import audit_start
from .audit_one_run import audit_run
from .audit_the_copies import audit_copies
from .match_the_steps import matching
from .pair_a_log import pairing, small_log
from .plan_a_replication import planning
from .read_replications import replications
from .read_the_test_once import reading, study
from .report_by_a_rule import reporting
from .score_against_a_constant import skilled

EXERCISES = (audit_run, reporting, audit_layer, planning, audit_start, skilled, audit_copies,
             matching, audit_selection, reading, audit_log, pairing,
             replications)

__all__ = ["EXERCISES", "audit_copies", "audit_layer", "audit_log", "audit_run", "audit_selection",
           "audit_start", "matching", "pairing", "planning", "reading", "replications", "reporting",
           "skilled", "small_log", "study"]

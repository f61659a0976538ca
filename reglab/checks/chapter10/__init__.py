"""Checks of chapter 10, the replication clinic: six flawed demos to audit and to replicate.

>>> reporting
Exercise 10.2 — Report by a rule (code · difficulty 2 of 3 · 15 minutes · 4 points)
"""

from .audit_a_layer import audit_2
from .audit_a_logged_loss import audit_6
from .audit_a_selection import audit_5
from .audit_a_start import audit_3
from .audit_one_run import audit_1
from .audit_the_copies import audit_4
from .match_the_steps import matching
from .pair_a_log import pairing, small_log
from .plan_a_replication import planning
from .read_replications import replications
from .read_the_test_once import reading, study
from .report_by_a_rule import reporting
from .score_against_a_constant import skilled

EXERCISES = (audit_1, reporting, audit_2, planning, audit_3, skilled, audit_4, matching, audit_5,
             reading, audit_6, pairing, replications)

__all__ = ["EXERCISES", "audit_1", "audit_2", "audit_3", "audit_4", "audit_5", "audit_6",
           "matching", "pairing", "planning", "reading", "replications", "reporting", "skilled",
           "small_log", "study"]

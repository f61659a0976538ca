"""The chapters that are written, in the order of the course."""

from . import dropout, l2

CHAPTERS = (l2.CHAPTER, dropout.CHAPTER)

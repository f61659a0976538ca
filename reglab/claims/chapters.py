"""The chapters that are written, in the order of the course."""

from . import augmentation, batch_norm, combining, dropout, early_stopping, l1, l2, measuring

CHAPTERS = (measuring.CHAPTER, l2.CHAPTER, l1.CHAPTER, dropout.CHAPTER, early_stopping.CHAPTER,
            augmentation.CHAPTER, batch_norm.CHAPTER, combining.CHAPTER)

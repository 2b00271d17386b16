"""Reads of the quiz, cut by noun: ``banks``, ``attempts``, ``results``, ``winners``."""

"""Reads of the lecture halls: ``halls`` for members, ``composing`` and ``running`` for the desk."""

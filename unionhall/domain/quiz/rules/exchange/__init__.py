"""The formats in which banks travel between programs: GIFT, Aiken, Moodle XML.

Pure: text in, ``written.Written`` out, and back. A line end is one line feed in every text.
"""

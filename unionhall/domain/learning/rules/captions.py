"""Captions as WebVTT (W3C, https://www.w3.org/TR/webvtt1/), made from a script."""

from __future__ import annotations


def caption_lines(script: str) -> list[str]:
    """The lines of the script that are shown as captions: those that begin with ``> ``."""
    marked = (line[2:].strip() for line in script.splitlines() if line.startswith("> "))
    return [line for line in marked if line]


def captions_from(script: str, *, length_ms: int) -> str:
    """The caption lines one after another over the whole length; a line's time is its share of letters.

    Empty when the script has no caption lines or the video no length.
    """
    lines = caption_lines(script)
    letters = sum(map(len, lines))
    if not lines or length_ms <= 0:
        return ""
    cues, past = [], 0
    for line in lines:
        begin = length_ms * past // letters
        past += len(line)
        cues.append(f"{_stamp(begin)} --> {_stamp(length_ms * past // letters)}\n{_plain(line)}\n")
    return "WEBVTT\n\n" + "\n".join(cues)


def _stamp(ms: int) -> str:
    seconds, thousandths = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


def _plain(line: str) -> str:
    """Cue text is markup: these three characters are written as escapes."""
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""``bin/bench``: measures, tells, and fails if a goal is missed. Loopback only."""

from __future__ import annotations

import argparse
import importlib
import sys

from bench._harness import house

BENCHES = (
    *("claims", "import_roll", "export", "bank"),
    *("rush", "sold_out", "quiz", "audience", "members", "search", "tree", "pages"),
    *("first_visit", "overload", "doors", "matrix", "lighthouse"),
)


def main(words: list[str]) -> int:
    """The exit code: 0 if every figure reached its goal."""
    given = read(words)
    reached = True
    with house():
        for name in ["sliced"] if given.sliced else given.names or BENCHES:
            bench = importlib.import_module(f"bench.{name}")
            for figure in bench.short() if given.short else bench.figures(given.rounds):
                print(figure.as_json() if given.json else figure.as_line(), flush=True)
                reached = reached and (figure.ok or (given.short and figure.is_timed))
    return 0 if reached else 1


def read(words: list[str]) -> argparse.Namespace:
    """The options of bin/bench."""
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure beside a floor.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--short", action="store_true", help="small; goals of speed do not count")
    parser.add_argument(
        "--sliced", action="store_true", help="of the rush the pool in slices alone"
    )
    parser.add_argument("--rounds", type=int, default=5, help="medians of so many (5)")
    given = parser.parse_args(words)
    if given.sliced and given.names != ["rush"]:
        parser.error("--sliced goes with rush alone")
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no bench of the name {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

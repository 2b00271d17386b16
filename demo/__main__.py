"""`bin/demo` starts database, web server and worker; `bin/demo --check` tries them."""

from __future__ import annotations

import argparse
import signal
import sys

from demo import certificate, check
from demo.addresses import Front, choose_front
from demo.processes import ChildError
from demo.running import running
from unionhall.base import provisions
from unionhall.base.embedded import EmbeddedError


def main(words: list[str]) -> int:
    """The exit code."""
    options = read(words)
    for stops in (signal.SIGTERM, signal.SIGINT):  # a shell's background job ignores the latter
        signal.signal(stops, signal.default_int_handler)
    try:
        if options.check:
            return check.run()
        serve(choose_front(options.host, options.port, https=options.https))
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
    except (ChildError, EmbeddedError, provisions.ProvisionError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def read(words: list[str]) -> argparse.Namespace:
    """The options of bin/demo."""
    parser = argparse.ArgumentParser(prog="bin/demo", description="Start the demonstration.")
    parser.add_argument("--port", type=int, help="default: 8000, or another one if that is taken")
    parser.add_argument("--host", help="default: 127.0.0.1, this machine alone")
    parser.add_argument("--https", action="store_true", help="for phones in the same network")
    parser.add_argument("--check", action="store_true", help="walk the whole journey, then stop")
    return parser.parse_args(words)


def serve(front: Front) -> None:
    """Runs until Ctrl-C, or until a child ends by itself (ChildError)."""
    data = provisions.data_folder()
    if front.https:
        certificate.ensure(data, front.hosts)
    with running(data, front) as house:
        kept = f"Kept in {data}. For trying: whoever opens /demo/texts/ reads every code."
        print("\n".join(front.urls), house.cast, kept, "Ctrl-C stops.", sep="\n\n", flush=True)
        house.watch()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

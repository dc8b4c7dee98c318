"""A made site for benchmarks and tests: films, people who rated some of them, and an active model, in VAR_DIR.

    VAR_DIR=... python -m benchmarks.picks_site [--movies 180000] [--people 20] [--rated 50]

Prints one JSON object: the version of the model, and of each person a token and a session. DATABASE_URL may name an
empty PostgreSQL database.
"""

import argparse
import json
import os
from pathlib import Path

import django

from moviesite.run import make_secret


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--movies", type=int, default=180_000)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--rated", type=int, default=50)
    arguments = parser.parse_args()
    if "VAR_DIR" not in os.environ:
        parser.error("VAR_DIR must name a folder for this site.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviesite.settings")
    prepare(Path(os.environ["VAR_DIR"]))
    from benchmarks.picks_rows import make_site

    print(json.dumps(make_site(arguments.movies, arguments.people, arguments.rated)))


def prepare(var: Path) -> None:
    """A secret, an empty database and static files, as `make run` makes them."""
    var.mkdir(parents=True, exist_ok=True)
    make_secret(var / "secret_key")
    django.setup()
    from django.core.management import call_command

    from moviesite.static_files import collect_static_files

    call_command("migrate", interactive=False, verbosity=0)
    collect_static_files()


if __name__ == "__main__":
    main()

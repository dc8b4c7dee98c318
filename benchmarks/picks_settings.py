"""The site's settings, with the addresses that benchmarks measure beside the site's own."""

from moviesite.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.picks_urls"

"""What the pages of a fresh site weigh, how much they jump, and when they are ready, in Chromium on this machine.

    python -m benchmarks.pages [--out FILE]

Prints one JSON object. The site is one of its own, in a temporary folder, with the demo and its first model, behind
the server that `make run` starts. Each page is opened by a visitor who has nothing in their cache. `kilobytes` are
those that come over the wire, by kind; `shift` is the sum of layout shifts (without the windows of web.dev/cls);
`ready_ms` is from the request until the page and all that it loads by itself are there; `server_ms` until its first
byte.
"""

import argparse
import json
import os
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.services.site import Site

PAGES = ("/", "/movies/", "/movies/{film}/", "/picks/", "/quiz/", "/ratings/", "/data/", "/how-it-works/")
WIDTHS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 100);
})"""
TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const ends = performance.getEntriesByType("resource").map((entry) => entry.responseEnd);
  return {server: page.responseStart - page.requestStart, ready: Math.max(page.loadEventEnd, ...ends)};
}"""


class Weight:
    """Bytes that came over the wire, by kind of what was asked for."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes: dict[str, int] = defaultdict(int)
        self.requests = 0
        self._kinds: dict[str, str] = {}
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _received(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.requests += 1
        self.bytes[self._kinds.get(event["requestId"], "Other")] += int(event["encodedDataLength"])

    def kilobytes(self) -> dict[str, float]:
        by_kind = {kind.lower(): round(n / 1000, 1) for kind, n in sorted(self.bytes.items())}
        return {**by_kind, "total": round(sum(self.bytes.values()) / 1000, 1)}


def look_at(browser: Browser, address: str, viewport: Any) -> dict[str, Any]:
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    weight = Weight(context.new_cdp_session(page))
    page.goto(address, wait_until="networkidle")
    times = page.evaluate(TIMES)
    figures = {
        "kilobytes": weight.kilobytes(),
        "requests": weight.requests,
        "shift": round(page.evaluate(SHIFT), 4),
        "server_ms": round(times["server"]),
        "ready_ms": round(times["ready"]),
    }
    context.close()
    return figures


def film_of(page: Page, address: str) -> str:
    page.goto(address + "/movies/")
    link = page.locator("#films article a").first.get_attribute("href") or ""
    return link.split("/")[2]


def measure(site: Site, browser: Browser) -> dict[str, Any]:
    site.start()
    address = f"http://127.0.0.1:{site.port}"
    film = film_of(browser.new_page(), address)
    return {
        path: {
            width: look_at(browser, address + path.format(film=film), viewport)
            for width, viewport in WIDTHS.items()
        }
        for path in PAGES
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--out", type=Path, help="a file for the figures, too")
    arguments = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("There is no Chromium on this machine: sudo apt install chromium.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        site = Site(Path(folder) / "var")
        try:
            figures = measure(site, browser)
        finally:
            site.end_all()
            browser.close()
    text = json.dumps(figures, indent=2)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

"""What every page of the site must be, whoever looks at it."""

from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.http import HttpResponse


def parse(text: str, *, fragment: bool = False) -> Element:
    """The tree of a page; html5lib's ParseError at the first thing that is not valid HTML."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parseFragment(text) if fragment else parser.parse(text)


def assert_good_page(response: HttpResponse, status: int = 200) -> Element:
    """Valid, alone in what it may run, with one h1 and a skip link. Returns the tree."""
    assert response.status_code == status
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = parse(response.content.decode())
    assert_nothing_inline(page)
    assert page.get("lang") == "en"
    assert len(page.findall(".//h1")) == 1
    assert len(page.findall(".//main")) == 1
    title = page.findtext(".//title")
    assert title
    assert "  " not in title.strip()
    return page


def assert_good_part(response: HttpResponse) -> Element:
    assert response.status_code == 200
    part = parse(response.content.decode(), fragment=True)
    assert part.find(".//h1") is None
    assert_nothing_inline(part)
    return part


def assert_nothing_inline(tree: Element) -> None:
    """No script, style or handler that the Content-Security-Policy would refuse; no address used twice."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag != "style", "a style element"
        assert element.tag != "script" or element.get("src"), "an inline script"
        wrong = [name for name in element.attrib if name == "style" or name.startswith(("on", "hx-on"))]
        assert not wrong, f"{wrong} on {element.tag}"
        for name in ("src", "href"):
            assert not (element.get(name) or "").startswith(("javascript:", "//")), element.get(name)
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert not [name for name, n in ids.items() if n > 1]


def text_of(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def by_id(tree: Element, name: str) -> Element:
    found = tree.find(f".//*[@id='{name}']")
    assert found is not None, f"nothing has the id {name}"
    return found


def titles(tree: Element) -> list[str]:
    """The titles on the posters of a page's cards, in order."""
    cards = tree.findall(".//article[@class='card']")
    return [text_of(card.find(".//*[@class='poster__title']")) for card in cards]


def checked(tree: Element) -> list[str | None]:
    """The values of the stars that are chosen."""
    radios = (element for element in tree.iter("input") if element.get("type") == "radio")
    return [radio.get("value") for radio in radios if "checked" in radio.attrib]


HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}

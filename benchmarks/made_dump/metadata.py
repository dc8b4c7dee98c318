"""Metadata rows with everything that is wrong with the real ones, in believable shares."""

import datetime
import html
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import orjson

from benchmarks.made_dump import words
from benchmarks.made_dump.arrays import Array
from benchmarks.made_dump.drawing import generator, uniforms
from benchmarks.made_dump.titles import places, things

NO_TITLE, SCRIPT_TITLE, STYLE_SHEET_TITLE = 0.006, 0.004, 0.002
ALSO_BUY, ALSO_VIEW = 80, 50  # at most
SENTENCES = 8  # of a description, at most
UNTITLED = NO_TITLE + SCRIPT_TITLE + STYLE_SHEET_TITLE
_SCRIPT = (
    "var aPageStart = (new Date()).getTime();\nvar ue_t0=ue_t0||+new Date();\nwindow.ue_ihb = (window.ue_ihb || "
    "window.ueinit || 0) + 1;\nif (window.ue_ihb === 1) {\nvar ue_hob=+new Date();\nvar ue_id='%s',\n"
    "ue_csm = window,\nue_err_chan = 'jserr-rw',\nue = {};\n}"
)
_STYLE_SHEET = (
    ".a-box-inner{background-color:#fff}#alohaBuyBoxWidget .selected{background-color:#fffbf3;border-color:#e77600;"
    "box-shadow:0 0 3px rgba(228,121,17,.5)}#alohaBuyBoxWidget .contract-not-available{color:gray}#aloha-cart-popover "
    ".aloha-cart{height:auto;overflow:hidden}#aloha-cart-popover #aloha-cartInfo{float:left}#%s .deal-price{display:"
    "inline-block;margin-left:5px}@media (max-width:640px){.aloha-full{width:100%%;padding:0 8px}}"
)
_REVIEWS_LINK = (
    "https://www.amazon.com/product-reviews/{asin}/ref=acr_dpproductdetail_text?ie=UTF8&showViewpoints=1"
)
_PLOTS = (
    "In {place}, {lead} comes upon {thing}, and nothing is as it was.",
    "{lead} and {second} have one night to save {thing}.",
    "When {thing} turns up in {place}, {lead} must choose between family and truth.",
    "A {genre} tale of {thing}, told by {director}.",
    "{director} takes us to {place}, where {lead} waits for {second}.",
    "{second} has a secret, and it has to do with {thing}.",
    "After {number} years away, {lead} goes back to {place} to face {second}.",
    "Nobody in {place} believed {lead} until {thing} was found.",
)
_SCENES = places(3_000, generator(0, "scenes"))
_THINGS = things(6_000, generator(0, "things"))
_AWARDS = (
    "Restored from the original negative.",
    "With new subtitles.",
    "As seen at festivals around the world.",
)


class Row(NamedTuple):
    """What a metadata row is made from. id: the ASIN's row number; copy: 0, or the how-many-th repetition it is."""

    id: int
    copy: int
    asin: str
    parent: str
    title: str
    genres: tuple[str, str]
    people: tuple[str, str, str]
    year: int
    format: str
    released: int
    box_set: bool
    related: tuple[str, ...]


_CHANCES = (
    "also_buy also_buy_count also_view also_view_count amount average award bare both boxed brand credit "
    "dated description details discs entities featured image image_number language long_details "
    "main_category markup minutes place_0 place_1 place_2 place_3 place_4 place_5 place_6 place_7 plot_0 "
    "plot_1 plot_2 plot_3 plot_4 plot_5 plot_6 plot_7 price price_key rank rank_number repriced root "
    "shelf shelf_entities spaces special studio thing_0 thing_1 thing_2 thing_3 thing_4 thing_5 thing_6 "
    "thing_7 title votes "
)
_PLACES = {name: place for place, name in enumerate(_CHANCES.split())}


class Dice:
    """The named chances of an ASIN, each in [0, 1); every copy of a row has the same."""

    def __init__(self, row: Row, seed: int) -> None:
        self._values = uniforms(len(_PLACES) * row.id + np.arange(len(_PLACES)), seed, "metadata").tolist()

    def __getitem__(self, name: str) -> float:
        return self._values[_PLACES[name]]

    def pick(self, name: str, options: Any) -> Any:
        return options[int(self[name] * len(options))]


def render_metadata(rows: list[Row], layout: str, seed: int) -> bytes:
    """One line a row: JSON; in the 2014 edition Python literals, as they were."""
    make, dump = _LAYOUTS[layout]
    return b"".join(dump(make(row, Dice(row, seed))) + b"\n" for row in rows)


def _row_2018(row: Row, dice: Dice) -> dict[str, Any]:
    fields = {
        "category": _categories(row, dice),
        "tech1": "",
        "description": _description(row, dice),
        "fit": "",
        "title": _title(row, dice),
        "also_buy": list(row.related[: int(dice["also_buy_count"] * ALSO_BUY)])
        if dice["also_buy"] < 0.6
        else [],
        "tech2": "",
        "brand": _brand(row, dice),
        "feature": [],
        "rank": _rank(dice),
        "also_view": list(row.related[ALSO_BUY : ALSO_BUY + int(dice["also_view_count"] * ALSO_VIEW)])
        if dice["also_view"] < 0.5
        else [],
        "details": _details(row, dice),
        "main_cat": html.escape("Movies & TV") if dice["main_category"] < 0.9 else "Movies & TV",
        "similar_item": "",
        "date": "",
        "price": _price(row, dice),
        "asin": row.asin,
        **_images(row, dice),
    }
    if dice["title"] < NO_TITLE / 2:  # the other half of the missing titles are empty
        del fields["title"]
    return {
        name: value for name, value in fields.items() if name != "price" or value or dice["price_key"] < 0.7
    }


def _title(row: Row, dice: Dice) -> str:
    if dice["title"] < NO_TITLE:
        return ""
    if dice["title"] < NO_TITLE + SCRIPT_TITLE:
        return _SCRIPT % row.asin
    if dice["title"] < UNTITLED:
        return _STYLE_SHEET % row.asin
    title = html.escape(row.title) if dice["entities"] < 0.8 else row.title
    return f"  {title} " if dice["spaces"] < 0.01 else title


def untitled(asins: int, seed: int) -> Array:
    """bool (asins,): whose title is missing or scraped nonsense."""
    return uniforms(len(_PLACES) * np.arange(asins) + _PLACES["title"], seed, "metadata") < UNTITLED


def _categories(row: Row, dice: Dice) -> list[str]:
    """From the shop's root to the shelf that says something, last; one row in ten has none that does."""
    root = html.escape("Movies & TV") if dice["root"] < 0.3 else "Movies & TV"
    if dice["bare"] < 0.10:
        return [root, "Movies"]
    shelf = row.genres[0] if dice["shelf"] < 0.75 else row.genres[1]
    middle = (
        ["Studio Specials", dice.pick("studio", words.STUDIOS), "All Titles"]
        if dice["special"] < 0.25
        else []
    )
    middle = middle or (["Genre for Featured Categories"] if dice["featured"] < 0.7 else ["Movies"])
    boxed = ["Boxed Sets"] if row.box_set and dice["boxed"] < 0.7 else []
    both = [row.genres[1]] if dice["both"] < 0.25 and row.genres[1] != shelf else []
    return [root, *middle, *boxed, *both, html.escape(shelf) if dice["shelf_entities"] < 0.5 else shelf]


def _brand(row: Row, dice: Dice) -> str:
    """Director or lead actor, as the edition happens to say; a fifth do not say."""
    director, lead, second = row.people
    chances = ((0.45, director), (0.72, lead), (0.80, second), (0.83, "Various"))
    return next((name for chance, name in chances if dice["brand"] < chance), "")


def _description(row: Row, dice: Dice) -> list[str]:
    if dice["description"] < 0.12:
        return []
    plots = [_plot(row, dice, i) for i in range(int(dice["description"] * (SENTENCES + 1)))]
    director, lead, second = row.people
    credit = f"Starring {lead} and {second}. Directed by {director}." if dice["credit"] < 0.6 else ""
    award = dice.pick("award", _AWARDS)
    if dice["markup"] < 0.08:
        return [f"<P>{plots[0]}<BR><BR><I>{credit or award}</I></P>", *plots[1:]]
    dated = f"{row.genres[0]} ({row.year}). " if dice["dated"] < 0.4 else ""
    return [part for part in (dated + " ".join(plots), credit, award) if part]


def _plot(row: Row, dice: Dice, which: int) -> str:
    director, lead, second = row.people
    return (
        dice.pick(f"plot_{which}", _PLOTS)
        .format(
            place=dice.pick(f"place_{which}", _SCENES),
            thing=dice.pick(f"thing_{which}", _THINGS),
            number=2 + int(dice[f"plot_{which}"] * 30),
            lead=lead,
            second=second,
            director=director,
            genre=row.genres[0].lower(),
        )
        .replace("A a", "An a")
    )


def _price(row: Row, dice: Dice) -> str:
    """A few repeated rows differ from the first in their price."""
    price = 1.5 + 40 * dice["amount"] ** 2 + row.copy * (dice["repriced"] < 0.3)
    if dice["price"] < 0.03:
        return _STYLE_SHEET % row.asin
    if dice["price"] < 0.04:
        return f"${price:.2f} - ${price + 12:.2f}"
    return f"${price:.2f}" if dice["price"] < 0.66 else ""


def _rank(dice: Dice) -> str | list[str]:
    place = f"{int(1 + 1_000_000 * dice['rank_number'] ** 1.5):,}"
    if dice["rank"] < 0.06:
        return [
            f">#{place} in Movies & TV (See Top 100 in Movies & TV)",
            f">#{int(dice['rank_number'] * 9_000):,} in DVDs",
        ]
    return [] if dice["rank"] < 0.12 else f"{place}inMoviesTV("


def _details(row: Row, dice: Dice) -> str | dict[str, str] | None:
    """HTML with the link to the reviews' page, or a dict, or nothing."""
    if dice["details"] < 0.08:
        return {"ASIN:": row.asin, "Domestic Shipping:": "Item can be shipped within U.S."}
    return None if dice["details"] < 0.13 else _details_html(row, dice)


def _details_html(row: Row, dice: Dice) -> str:
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=row.released)
    director, lead, second = (html.escape(name) for name in row.people)
    items = {
        "Actors": f'<a href="/s?field-keywords={lead.replace(" ", "+")}">{lead}</a>, {second}',
        "Directors": director,
        "Format": f"{row.format}, NTSC",
        "Language": dice.pick("language", ("English", "English", "English", "French", "Spanish")),
        "Region": "Region 1 (U.S. and Canada only)",
        "Number of discs": str(1 + int(dice["discs"] * 1.2) + 2 * row.box_set),
        "Studio": html.escape(dice.pick("studio", words.STUDIOS)),
        "DVD Release Date" if row.format == "DVD" else "Release Date": f"{date:%B} {date.day}, {date.year}",
        "Run Time": str(int(70 + 80 * dice["minutes"])) + " minutes",
        "ASIN": row.asin,
    }
    kept = (
        items
        if dice["long_details"] < 0.7
        else {name: items[name] for name in ("Format", "Language", "ASIN")}
    )
    lines = "\n".join(f"<li> <b>{name}:</b> {value}</li>" for name, value in kept.items())
    link = _REVIEWS_LINK.format(asin=row.asin)
    stars = f'<li> <b>Average Customer Review:</b> <a href="{link}">customer reviews</a> </li>'
    return f'<div class="content">\n\n\n<ul>\n{lines}\n\n{stars}\n</ul>\n</div>'


def _images(row: Row, dice: Dice) -> dict[str, list[str]]:
    if dice["image"] < 0.45:
        return {"imageURL": [], "imageURLHighRes": []}
    number = int(dice["image_number"] * 1e11)
    name = f"https://images-na.ssl-images-amazon.com/images/I/{number:011d}"
    return {"imageURL": [f"{name}._SX38_SY50_CR,0,0,38,50_.jpg"], "imageURLHighRes": [f"{name}.jpg"]}


def _row_2014(row: Row, dice: Dice) -> dict[str, Any]:
    fields: dict[str, Any] = {"asin": row.asin, "categories": [["Movies & TV", "Movies"]]}
    if title := _title(row, dice):
        fields["title"] = title
    if dice["description"] >= 0.12:
        fields["description"] = " ".join(_description(row, dice))
    fields["price"] = round(1.5 + 40 * dice["amount"] ** 2, 2)
    number = int(dice["image_number"] * 1e11)
    fields["imUrl"] = f"http://ecx.images-amazon.com/images/I/{number:011d}.jpg"
    fields["related"] = {
        "also_bought": list(row.related[:8]),
        "also_viewed": list(row.related[ALSO_BUY : ALSO_BUY + 6]),
    }
    fields["salesRank"] = {"Movies & TV": int(1 + 1_000_000 * dice["rank_number"] ** 1.5)}
    return fields


def _row_2023(row: Row, dice: Dice) -> dict[str, Any]:
    """The 2023 edition: keyed by `parent_asin`."""
    director, lead, second = row.people
    price = _price(row, dice)
    return {
        "main_category": "Prime Video" if row.format == "Amazon Video" else "Movies & TV",
        "title": _title(row, dice),
        "average_rating": round(3 + 2 * dice["average"], 1),
        "rating_number": int(1 / (0.0005 + dice["votes"])),
        "features": [],
        "description": _description(row, dice),
        "price": float(price[1:]) if price.startswith("$") and " " not in price else None,
        "images": [],
        "videos": [],
        "store": f"{lead} (Actor), {director} (Director)" if dice["brand"] < 0.8 else None,
        "categories": [html.unescape(shelf) for shelf in _categories(row, dice)],
        "details": {"Director": director, "Actors": f"{lead}, {second}", "Media Format": row.format},
        "parent_asin": row.parent,
        "bought_together": None,
    }


def _python_literal(fields: dict[str, Any]) -> bytes:
    return repr(fields).encode()


_LAYOUTS: dict[str, tuple[Callable[[Row, Dice], dict[str, Any]], Callable[[dict[str, Any]], bytes]]] = {
    "2014": (_row_2014, _python_literal),
    "2018": (_row_2018, orjson.dumps),
    "2023": (_row_2023, orjson.dumps),
}

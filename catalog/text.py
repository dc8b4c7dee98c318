"""Text made comparable."""

import re
import unicodedata

# Letters that carry their accent in one piece: Unicode does not take it off them.
_WHOLE_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"}
)
_JOINING = str.maketrans(dict.fromkeys("'`"))
_SEPARATORS = re.compile(r"[^\w]+|_+")


def fold(text: str) -> str:
    """Lower case, without accents or punctuation, single spaces: "Amélie: Le Film" -> "amelie le film".

    An apostrophe joins ("Schindler's" -> "schindlers"), anything else that is no letter or digit parts words.
    """
    if text.isascii():
        return _SEPARATORS.sub(" ", text.casefold().translate(_JOINING)).strip()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_WHOLE_LETTERS))
    letters = "".join(ch for ch in decomposed if not unicodedata.combining(ch) and ch not in "'’`")
    return _SEPARATORS.sub(" ", letters).strip()

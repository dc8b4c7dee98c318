"""Small exports of other sites in their real layouts."""

import io
import zipfile
from collections.abc import Mapping

RATINGS = """Date,Name,Year,Letterboxd URI,Rating
2024-01-02,Alien,1979,https://boxd.it/1a,4.5
2024-01-03,"Good Night, and Good Luck.",2005,https://boxd.it/1b,4
2024-01-04,Amélie,2001,https://boxd.it/1c,5
"""
DIARY = """Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
2024-05-02,Alien,1979,https://boxd.it/2a,3,,,2024-05-01
2024-02-02,Solaris,1972,https://boxd.it/2b,3.5,Yes,"slow, long",2024-02-01
2024-02-09,Moon,2009,https://boxd.it/2c,,,,2024-02-08
"""
WATCHED = """Date,Name,Year,Letterboxd URI
2023-01-01,Alien,1979,https://boxd.it/3a
2023-01-01,Contact,1997,https://boxd.it/3b
"""
WATCHLIST = """Date,Name,Year,Letterboxd URI
2023-01-01,Sunshine,2007,https://boxd.it/4a
2023-01-01,Contact,1997,https://boxd.it/3b
"""
REVIEWS = """Date,Name,Year,Letterboxd URI,Rating,Rewatch,Review,Tags,Watched Date
2024-02-02,Solaris,1972,https://boxd.it/2b,3.5,Yes,"Two lines
and <b>markup</b>",,2024-02-01
"""
LIST = """Letterboxd list export v7
Date,Name,Tags,URL,Description
2024-01-01,Best,,https://boxd.it/5,
"""
LETTERBOXD = {
    "profile.csv": "Date Joined,Username,Given Name\n2020-01-01,ada,Ada\n",
    "ratings.csv": RATINGS,
    "diary.csv": DIARY,
    "reviews.csv": REVIEWS,
    "watched.csv": WATCHED,
    "watchlist.csv": WATCHLIST,
    "comments.csv": "Date,Content,Comment\n",
    "likes/films.csv": WATCHED,
    "lists/best.csv": LIST,
    "deleted/diary.csv": DIARY.replace("Moon", "Deleted Long Ago"),
    "orphaned/ratings.csv": RATINGS.replace("Alien", "Orphaned"),
}
IMDB = """Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors
tt0078748,9,2019-03-14,Alien,Alien,https://www.imdb.com/title/tt0078748/,Movie,8.5,117,1979,"Horror, Sci-Fi",1000000,1979-05-25,Ridley Scott
tt0211915,10,2020-01-02,Amelie,"Le fabuleux destin d'Amélie Poulain",https://www.imdb.com/title/tt0211915/,Movie,8.3,122,2001,Comedy,800000,2001-04-25,Jean-Pierre Jeunet
tt0000001,11,2020-01-02,Too High,Too High,,Movie,1,1,1999,,,,
"""  # noqa: E501 - the real header
IMDB_OLD = """Position,Const,Created,Modified,Description,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors,Your Rating,Date Rated
1,tt0062622,2018-01-01,2018-01-01,,2001: A Space Odyssey,https://www.imdb.com/title/tt0062622/,movie,8.3,149,1968,"Adventure, Sci-Fi",1,1968-04-02,Stanley Kubrick,,
"""  # noqa: E501 - the real header
MOVIELENS = """userId,movieId,rating,timestamp
7,1214,4.5,964982703
7,2,0.5,964982224
"""
MOVIELENS_SITE = """movie_id,imdb_id,tmdb_id,rating,average_rating,title
1214,0078748,348,3.0,4.06974,Alien (1979)
527,0108052,424,4.5,4.23941,Schindler's List (1993)
2571,0133093,603,5.0,4.2,"Matrix, The (1999)"
"""


def archive(files: Mapping[str, str | bytes], folder: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(folder + name, content)
    return buffer.getvalue()

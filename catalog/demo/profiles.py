"""The tastes that the demo's reviewers are mixed from: what people of a kind look for in a film."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Profile:
    """How strongly somebody of this taste is drawn by a film's facts; what is not named counts nothing.

    `share`: how common the taste is, relative to the others. `fame`: per step of fame (1-5); below zero
    for people who like to find what others have not seen.
    """

    name: str
    share: float
    genres: Mapping[str, float]
    decades: Mapping[int, float] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    series: frozenset[str] = frozenset()
    fame: float = 0.0


MASTERS_OF_WORLD_CINEMA = frozenset(
    (
        "Abbas Kiarostami", "Agnès Varda", "Akira Kurosawa", "Alfonso Cuarón", "Andrei Tarkovsky", "Asghar Farhadi",
        "Bong Joon-ho", "Carl Theodor Dreyer", "Chen Kaige", "Céline Sciamma", "Federico Fellini", "François Truffaut",
        "Henri-Georges Clouzot", "Hirokazu Kore-eda", "Hiroshi Teshigahara", "Ingmar Bergman", "Jacques Demy",
        "Jean Renoir", "Jean-Luc Godard", "Jean-Pierre Melville", "Kenji Mizoguchi", "Krzysztof Kieślowski",
        "Majid Majidi", "Masaki Kobayashi", "Mathieu Kassovitz", "Mikhail Kalatozov", "Mira Nair", "Park Chan-wook",
        "Pedro Almodóvar", "Rainer Werner Fassbinder", "Ryusuke Hamaguchi", "Satyajit Ray", "Thomas Vinterberg",
        "Vittorio De Sica", "Walter Salles", "Werner Herzog", "Wim Wenders", "Wong Kar-wai", "Yasujiro Ozu",
        "Zhang Yimou",
    )
)  # fmt: skip

PROFILES = (
    Profile(
        "other worlds",
        1.5,
        {
            "Science Fiction": 3.0,
            "Horror": 0.4,
            "Thriller": 0.3,
            "Romance": -0.8,
            "Musical": -1.0,
            "Family": -0.5,
        },
        decades={1970: 0.3, 1980: 0.5, 2010: 0.3},
        people=frozenset(
            {"Ridley Scott", "James Cameron", "Denis Villeneuve", "Paul Verhoeven", "Terry Gilliam"}
        ),
        series=frozenset(
            {"Alien", "Blade Runner", "Terminator", "Star Trek", "The Matrix", "Planet of the Apes"}
        ),
    ),
    Profile(
        "big adventures",
        2.0,
        {"Action": 1.5, "Adventure": 2.0, "Fantasy": 0.8, "Science Fiction": 0.7, "Documentary": -1.0},
        decades={1980: 0.4, 2000: 0.6, 2010: 0.6},
        people=frozenset({"Steven Spielberg", "Peter Jackson", "Harrison Ford"}),
        series=frozenset(
            {
                "Star Wars",
                "Indiana Jones",
                "The Lord of the Rings",
                "Harry Potter",
                "Marvel Cinematic Universe",
            }
            | {"Pirates of the Caribbean", "Jurassic Park", "Spider-Man", "Batman", "Back to the Future"}
        ),
        fame=1.0,
    ),
    Profile(
        "things in the dark",
        1.2,
        {"Horror": 3.5, "Mystery": 0.4, "Thriller": 0.4, "Family": -0.8, "Romance": -0.6, "Musical": -0.6},
        people=frozenset({"John Carpenter", "Wes Craven", "David Cronenberg", "George A. Romero"}),
    ),
    Profile(
        "crime pays badly",
        1.5,
        {"Crime": 2.4, "Thriller": 1.0, "Film Noir": 0.6, "Family": -0.6, "Fantasy": -0.6},
        decades={1970: 0.4, 1990: 0.8, 2000: 0.4},
        people=frozenset(
            {
                "Martin Scorsese",
                "Quentin Tarantino",
                "David Fincher",
                "Joel Coen",
                "Brian De Palma",
                "Michael Mann",
            }
            | {"Al Pacino", "Robert De Niro"}
        ),
        series=frozenset({"The Godfather", "Kill Bill"}),
    ),
    Profile(
        "who did it, and why",
        1.0,
        {"Mystery": 2.0, "Thriller": 1.4, "Film Noir": 1.0},
        people=frozenset({"Alfred Hitchcock", "Christopher Nolan", "David Fincher", "Roman Polanski"}),
    ),
    Profile(
        "silver screen",
        1.0,
        {"Film Noir": 1.2, "Romance": 0.4, "Drama": 0.3, "Science Fiction": -0.4},
        decades={1920: 1.6, 1930: 2.2, 1940: 2.6, 1950: 2.2, 1960: 0.8, 2000: -0.8, 2010: -0.8},
        people=frozenset(
            {"Humphrey Bogart", "Cary Grant", "James Stewart", "Billy Wilder", "Howard Hawks", "Frank Capra"}
            | {"Orson Welles", "Alfred Hitchcock", "Audrey Hepburn", "Charles Chaplin"}
        ),
    ),
    Profile(
        "the whole world",
        1.0,
        {"Drama": 1.0, "War": 0.2, "Action": -0.8, "Horror": -0.4, "Animation": -0.4},
        people=MASTERS_OF_WORLD_CINEMA,
        series=frozenset({"The Apu Trilogy", "Antoine Doinel", "Three Colors"}),
        fame=-1.0,
    ),
    Profile(
        "the family sofa",
        1.6,
        {"Family": 2.4, "Animation": 1.8, "Musical": 0.6, "Horror": -1.2, "War": -0.6, "Crime": -0.6},
        people=frozenset({"Pete Docter", "Brad Bird", "Andrew Stanton", "John Lasseter", "Chris Columbus"}),
        series=frozenset({"Toy Story", "Harry Potter", "Shrek", "Finding Nemo", "Wallace & Gromit"}),
        fame=0.6,
    ),
    Profile(
        "drawn by hand",
        0.7,
        {"Animation": 3.0, "Fantasy": 0.8, "Adventure": 0.3},
        decades={1980: 0.5, 1990: 0.4, 2000: 0.4},
        people=frozenset(
            {"Hayao Miyazaki", "Isao Takahata", "Katsuhiro Otomo", "Makoto Shinkai", "Yoshifumi Kondō"}
        ),
        fame=-0.5,
    ),
    Profile(
        "two people meet",
        1.6,
        {"Romance": 2.6, "Comedy": 0.9, "Drama": 0.3, "Horror": -1.0, "Science Fiction": -0.6, "War": -0.4},
        decades={1990: 0.6, 2000: 0.5},
        people=frozenset({"Meg Ryan", "Hugh Grant", "Richard Linklater", "Julia Roberts", "Audrey Hepburn"}),
        series=frozenset({"Before", "Bridget Jones"}),
    ),
    Profile(
        "anything for a laugh",
        1.6,
        {"Comedy": 2.8, "Drama": -0.8, "War": -0.3, "Horror": -0.3},
        decades={1980: 0.4, 1990: 0.4},
        people=frozenset({"Bill Murray", "Mel Brooks", "John Cleese", "Edgar Wright", "Leslie Nielsen"}),
        series=frozenset({"Monty Python", "Airplane!", "Ghostbusters", "Wayne's World"}),
    ),
    Profile(
        "song and dance",
        0.8,
        {"Musical": 3.2, "Romance": 0.6, "Horror": -0.8, "Crime": -0.4},
        people=frozenset({"Gene Kelly", "Julie Andrews", "Fred Astaire", "Bob Fosse", "Robert Wise"}),
    ),
    Profile(
        "dust and honour",
        0.7,
        {"Western": 3.6, "Action": 0.4, "Adventure": 0.3, "Animation": -0.5},
        people=frozenset({"Sergio Leone", "Clint Eastwood", "John Ford", "John Wayne", "Akira Kurosawa"}),
        series=frozenset({"Dollars Trilogy"}),
    ),
    Profile(
        "at the front",
        0.9,
        {"War": 3.2, "Drama": 0.5, "Action": 0.3, "Fantasy": -0.6, "Romance": -0.3},
        people=frozenset({"Stanley Kubrick", "David Lean", "Oliver Stone", "Clint Eastwood"}),
    ),
    Profile(
        "it really happened",
        0.6,
        {"Documentary": 4.0, "Drama": 0.2, "Fantasy": -0.5},
        people=frozenset({"Errol Morris", "Werner Herzog", "Michael Moore", "Agnès Varda"}),
        fame=-0.6,
    ),
    Profile(
        "serious evenings",
        1.4,
        {"Drama": 2.2, "Romance": 0.3, "War": 0.4, "Comedy": -0.4, "Horror": -0.6},
        decades={1970: 0.4, 2000: 0.5, 2010: 0.5},
        people=frozenset(
            {"Paul Thomas Anderson", "Milos Forman", "Francis Ford Coppola", "Ang Lee", "Sidney Lumet"}
        ),
        fame=0.3,
    ),
)

"""The words by which shops say how a film is sold, which season it is, and how many are in the box. All folded."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SOLD = _words(
    """
    dvd dvds vhs bluray blu ray bd uhd 4k hd hdtv sd digital hddvd laserdisc umd vcd svcd tape cassette video prime
    amazon instant ultraviolet uv combo pack copy itunes streaming disc discs disk disks two three four one single
    double sided 2disc 3disc edition editions special limited collectors collector ultimate deluxe definitive
    anniversary unrated rated extended uncut uncensored theatrical directors director cut version final restored
    remastered restoration remaster widescreen wide screen fullscreen full standard letterbox letterboxed enhanced
    anamorphic steelbook slipcover digipack digibook masterpiece clamshell snapcase snap case keepcase mediabook
    region regions reg free all zone code pal ntsc secam import imports imported export usa us uk u s non format
    formats compatible canadian canada british australian australia spanish spain french france german germany
    italian italy japanese japan korean korea chinese china hong kong taiwan russian russia dutch netherlands belgium
    swedish sweden nordic scandinavian danish denmark norwegian norway finnish finland polish poland portuguese
    portugal brazil mexico mexican thai thailand india hindi english language subtitled subtitles subs dubbed dub
    audio soundtrack only closed captioned cc sensormatic color colorized colour black white bw b w silent 3d 2d
    1080p 1080i 720p dolby atmos dts thx stereo mono surround sound new release reissue edicion platinum gold golden
    silver diamond signature premium superbit criterion masters vault keep with bonus features extras includes
    including exclusive target walmart best buy gift sealed used rental former oop rare the a an of and in for on
    plus to by from aspect ratio cover art packaging artwork movie mpaa pg r nc g unabridged oscar made demand mod
    manufactured studio
    """
)
"""What an end of a title, or a bracket in it, may consist of, numbers aside, if it says how the film is sold."""

TELLING = _words(
    """
    dvd dvds vhs bluray blu bd uhd 4k hd sd digital laserdisc umd vcd tape cassette disc discs disk edition editions
    anniversary unrated rated extended uncut uncensored theatrical cut version remastered restored widescreen
    fullscreen letterbox letterboxed anamorphic steelbook slipcover digipack digibook clamshell region regions reg
    pal ntsc secam import imports imported format formats subtitled dubbed subtitles colorized 3d 1080p dolby
    superbit video amazon instant screen criterion bw
    """
)
"""One of these must be among them: "(Two)" or "(English)" alone may be the film's own."""

BARE = _words("dvd vhs bluray bd uhd 4k")
"""What goes from the end of a title without a bracket or a dash before it."""

FORMATS = _words("dvd dvds vhs blu ray bluray bd uhd 4k hd tape video movie film")
"""A title of nothing but these names no film."""

NUMBERS = {
    word: n
    for words in (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth",
        "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx",
    )
    for n, word in enumerate(words.split(), start=1)
}
ROMAN = {word: str(n) for word, n in NUMBERS.items() if set(word) <= set("ivx") and word != "i"}
"""Numerals that are read as such behind the first word of a title. "I" mostly is somebody."""

PARTS = {
    word: kind
    for kind, words in {
        "season": "season seasons series serie saison staffel temporada",
        "volume": "volume volumes vol vols",
        "part": "part parts pt",
        "episode": "episode episodes ep chapter book set year disc",
    }.items()
    for word in words.split()
}
"""What a number may be of."""

BOXES = {"duology": 2, "trilogy": 3, "tetralogy": 4, "quadrilogy": 4, "pentalogy": 5, "hexalogy": 6}
BOX_WORDS = _words("collection boxset boxed box anthology collections megaset omnibus")
BOX_FILLING = _words("the complete ultimate entire set box boxed series collection movie film gift")
"""What stands around those words without being the name of what is in the box."""

SEVERAL = _words("double triple quadruple twin")
FEATURES = _words("feature features bill pack")
ARTICLES = _words("the a an")
EDITION_OF = _words("special collectors limited unrated")
"""Before "edition", at the end of a title without a bracket or a dash."""

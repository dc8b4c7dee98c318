"""What invented reviewers say: short phrases by stars, and patterns for sentences by mood."""

SUMMARIES = {
    1: "Don't bother|Waste of money|Very disappointed|Awful|Does not play|Not what I ordered|Terrible|Boring",
    2: "Not very good|Disappointing|Expected more|Weak|Two stars is generous|Not for me|Slow",
    3: "It was okay|Average|Not bad|So so|Decent|Good but not great|Mixed feelings|Okay for one viewing",
    4: "Good movie|Very good|Enjoyed it|Worth watching|Nice|Good story|Pretty good|Well done",
    5: "Great movie|Love it|Excellent!|A classic|Awesome|Loved it!|Wonderful|One of my favorites|Perfect|Must see",
}
STAR_NAMES = {1: "One Star", 2: "Two Stars", 3: "Three Stars", 4: "Four Stars", 5: "Five Stars"}

SHORT_TEXTS = {
    1: "Did not like it.|Bad|Terrible movie|Would not play on my player|Waste of time|No good|Awful picture|boring",
    2: "Not that good.|Too slow for me|Expected better|Poor sound|so so at best|Meh|Did not finish it",
    3: "ok|It was alright|Okay movie|Not bad|Fair|It was ok, nothing special.|good but long|Average",
    4: "Good|Good movie|Liked it|Very good|good story|Nice film|Enjoyed it.|Well made|Pretty good movie|As described",
    5: "Great|Great movie|Love it|Love this movie|Excellent|Awesome|As described, fast shipping|great!|good|GREAT MOVIE"
    "|Perfect|Wonderful movie|Loved it!|A must have|Thank you|Best movie ever|Very happy with this purchase",
}

MOODS = ("bad", "mixed", "good")
_SUBJECTS = (
    "the acting|the story|the ending|the music|the camera work|the script|the dialogue|the cast|the pace|the picture"
    "|the sound|the lead|the director|the second half|the first hour|the humor|the plot"
    "|the setting|the villain|the opening|the costumes|the editing|the narrator|the romance"
    "|the chase|the dubbing|the lighting|the last scene"
    "|the child actor|the menu|the commentary|the transfer|the color|the premise"
    "|the middle part|the accents|the score"
)
SLOTS = {
    "subject": _SUBJECTS,
    "bad": (
        "dull|tired|clumsy|a letdown|hard to follow|weak|painfully slow|silly|poor|flat|confusing"
        "|a mess|lifeless|stale|overlong|loud for no reason|shallow|wooden|muddled|cheap|grainy"
        "|pointless|a disgrace|forced|grating|hopeless|borrowed|thin as paper|a chore|preachy"
        "|sloppy|half finished"
    ),
    "mixed": (
        "uneven|fine|acceptable|nothing new|a bit long|decent|predictable|all right|fair|passable"
        "|watchable|harmless|so so|better than its reputation|worse than I remembered|middling"
        "|pleasant enough|strange|old fashioned|dated|quiet|neither here nor there|respectable"
        "|familiar"
    ),
    "good": (
        "superb|moving|a joy|gripping|beautiful|clever|first rate|touching|funny|unforgettable"
        "|brilliant|great fun|splendid|warm|stunning|charming|hilarious|haunting|sharp|honest"
        "|perfect|deeply felt|exciting|a marvel|elegant|tender|wild|spot on|heartbreaking"
        "|inspiring|crisp|flawless|a treat|bold"
    ),
    "who": (
        "my wife|my husband|my daughter|my son|my mother|a friend|my grandkids|the whole family"
        "|my sister|my niece|my nephew|our neighbors|my roommate|my book club|a colleague|my dad"
        "|my better half|the kids|two old friends|my class|my cousin|nobody else|half the town"
        "|my uncle|the dog"
    ),
    "when": (
        "last night|over the weekend|years ago|in the theater|on a rainy evening|at Christmas"
        "|when I was a kid|on a long flight|twice this month|back in school|yesterday"
        "|in one sitting|during the storm|on our anniversary|last summer|before it was cut"
        "|by accident|back in the nineties|on cable|at a festival|after work|with the flu"
        "|for the first time|on Sunday"
    ),
    "medium": "the disc|this DVD|the Blu-ray|the tape|the stream|this copy|the set|the transfer|the case",
}
# thing: "a crooked lantern"; place: "Hathton Falls"; noun, object, deed: a word; name: an actor's; other: a first name.
COMMON = (
    "It begins with {thing} and ends in {place}, {deed} {other} and a {noun}.",
    "I watched it {when} with {who}, {adjective} as I was after {deed} the {noun}.",
    "{who} gave it to me {when}, together with {thing} from {place}.",
    "The story turns around {thing} that {name} finds in {place} beside the {noun}.",
    "{name} plays the {adjective} {noun}, who comes back to {place} after {number} years of {deed}.",
    "{medium} arrived in {number} days and plays without trouble.",
    "There are {number} extras, among them {name} on {deed} a {noun} and the {object} of {place}.",
    "I have seen it {number} times by now, and the {noun} with the {object} is still {adjective} to me.",
    "{name} and {other} meet because of {thing}; then comes the {object}, {adjective} and {second}.",
    "It was made for {who} more than for me: too much {noun}, too little {object}.",
    "If you remember {name} from {place}, you know what to expect of the {noun}.",
    "The scene with {thing} and the {noun} is the one that people in {place} talk about.",
    "It runs for about {long} minutes, {number} of them about {deed} the {object}.",
    'When {name} says "{phrase}, {other}" to the {noun}, you see where it goes.',
    "I read the book {when}; the film leaves out {thing}, the {object} and {other}.",
    "{subject}, {other_subject} and {thing}: that is what it is about.",
    "Think of {name} {deed} {thing} somewhere near {place}.",
    "The {adjective} {noun} meets the {second} {object}, and {other} pays for it.",
    "Not {name}'s first {noun}, nor the last; {place} has seen {number} of them.",
    "{other} would have wanted {object} instead of {noun}, and so would {who}.",
    "Somebody in {place} told me about {deed} and {adjective} {noun}; this is neither.",
    "From {place} to {object} in {long} minutes: {name} never sits still.",
    "Watch for {name} as {other}, {deed} {thing} behind the {noun}!",
    "You need no {noun} to follow {other}, only {number} minutes and {thing}.",
    "{adjective}, {second}, and full of {object}; that is {place} for you.",
    "Between {thing} and the {second} {object} there is hardly time for {noun}.",
    "On the back it says {phrase}, which {who} and {other} found {adjective}.",
    "{other} keeps {deed} while {name} looks for the {noun} of {place}...",
    "Bonus: {long} seconds of {name} {deed} near {place}, plus {thing}.",
    "{when} {who} asked for the one with the {object}; it is this one.",
    "Compare it with what {name} did in {place}: less {noun}, more {deed}.",
    "Whoever wrote the {noun} into it must know {place} and {second} {object}.",
    "We paused at the {adjective} {object} because {who} wanted to see {thing} again.",
    "Every {noun} has {number} sides here, and {other} sees but one.",
    "My copy says {place}, {long} minutes, {noun} and {object} included.",
)
BY_MOOD = {
    "bad": (
        "I thought {subject} was {bad}.",
        "{subject} is {bad} and {other_subject} is {other_bad}, like {thing} without {deed}.",
        "{medium} stopped after {long} minutes and I sent it back.",
        "I can not recommend this to anyone, not even to {who} or a {noun}.",
        "We turned it off before {name} even met the {adjective} {noun}.",
    ),
    "mixed": (
        "The {noun} is {mixed} and so is {deed} the {object}.",
        "{subject} was {mixed}, while {other_subject} was {good}.",
        "It is {mixed}, but {subject} could be better.",
        "I liked {name} as the {noun}; {subject} is {mixed}.",
        "Worth one evening with {who} and {thing}, no more.",
    ),
    "good": (
        "{subject} is {good} and {other_subject} is {other_good}!",
        "I love how {name} plays the {noun}, and {subject} is {good}.",
        "{who} and I laughed and cried, because {subject} is {good}, above all the {object}.",
        "I would recommend it to anyone who likes {thing}, {deed} and {name}.",
        "Simply {good}:  {subject} has never been like this.",
        "A must for {who}; {medium} is {good} too.",
    ),
}

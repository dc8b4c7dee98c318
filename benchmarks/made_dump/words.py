"""The words that invented titles, people and reviews are put together from."""


def _words(text: str) -> list[str]:
    return text.split()


ADJECTIVES = _words(
    """
    Amber Ancient Angry Autumn Backward Bitter Black Blind Blue Borrowed Bright Broken Brittle Burning
    Careful Cold Copper Crimson Crooked Cruel Dark Dead Deep Distant Divided Double Drifting Eager Early
    Eastern Electric Empty Endless Eternal Faithful Fallen False Far Fearless Final Fierce Forgotten
    Fragile Frozen Gentle Ghostly Gilded Glass Golden Grand Gray Green Guilty Hollow Holy Honest Hungry
    Idle Infinite Innocent Invisible Iron Ivory Jagged Kind Late Little Lonely Long Lost Loud Lucky Mad
    Marble Merry Midnight Mortal Naked Narrow Northern Numb Odd Old Open Orphan Painted Pale Paper
    Patient Perfect Perpetual Plain Poor Private Proud Quiet Rapid Reckless Red Restless Royal Rusty
    Sacred Salt Savage Scarlet Secret Severed Shallow Shattered Silent Silver Simple Sleeping Slow Small
    Smiling Solemn Southern Stolen Strange Stubborn Sudden Summer Sweet Tall Tender Thin Tired Twisted
    Unlikely Unseen Velvet Violent Waking Wandering Warm Wasted Western White Wicked Wild Winter Wise
    Wooden Wounded Yellow Young
    """
)

NOUNS = _words(
    """
    Acre Actor Affair Alibi Alley Anchor Angel Answer Apple Archer Arrow Ash Attic Author Avenue Baker
    Ballad Balcony Banner Barber Bargain Barn Bay Beacon Bear Beggar Bell Bird Blade Blossom Boat Bone
    Border Bottle Boulevard Bride Bridge Brother Builder Butcher Cabin Cage Candle Canyon Captain
    Caravan Carnival Castle Cathedral Cellar Century Chapel Circle Circus Cliff Clock Clown Coast Code
    Coin Colony Comet Confession Corner Counter Country Court Cousin Cradle Creek Crossing Crow Crown
    Curtain Dancer Daughter Dawn Dealer Debt Desert Detective Diary Door Dragon Dream Driver Drum Dust
    Eagle Echo Eclipse Edge Elephant Emperor Empire Enemy Engine Evidence Exile Eye Fable Factory Falcon
    Farm Father Feather Fence Ferry Field Fire Fisherman Flag Flame Flood Flower Forest Fortune Fountain
    Fox Friend Frontier Funeral Game Garden Gate General Ghost Giant Girl Glacier Glove Grave Guest
    Guitar Gun Hammer Harbor Harvest Hawk Heart Heir Hero Hill Horizon Horse Hotel Hour House Hunter
    Husband Illusion Inspector Island Jester Journey Judge Jungle Jury Key King Kingdom Kitchen Knife
    Knight Labyrinth Ladder Lady Lake Lamp Lantern Lawyer Letter Library Lie Light Lily Lion Lock
    Lullaby Machine Magician Manor Map Market Marriage Mask Master Meadow Memory Merchant Message Meteor
    Miller Mine Miracle Mirror Mission Monk Monster Moon Morning Mother Motive Mountain Murder Museum
    Neighbor Nest Night Nightingale Oath Ocean Officer Opera Oracle Orchard Orchid Outlaw Owl Palace
    Passenger Path Pearl Photograph Pilot Pioneer Pirate Planet Poet Poison Portrait Prayer Priest
    Prince Princess Prisoner Promise Prophet Puzzle Queen Quarry Rain Ranch Raven Rebel Refuge Reporter
    Revenge Rider Ring River Road Robber Rocket Roof Rose Rumor Runner Sailor Saint Scandal Scholar
    School Sea Secret Sergeant Servant Shadow Shepherd Shore Signal Singer Sister Sky Snow Soldier Song
    Sparrow Spider Spy Stable Stairs Star Station Storm Stranger Stream Street Student Surgeon Swan
    Sword Teacher Temple Thief Thunder Tide Tiger Tower Town Train Traitor Traveler Treasure Tree Trial
    Trick Tunnel Twin Uncle Valley Verdict Victim Village Violin Voice Voyage Wagon Waiter Wall War
    Waterfall Wave Wedding Well Whisper Widow Wife Wind Window Wing Witness Wolf Woman Wonder Word World
    Writer
    """
)

GERUNDS = _words(
    """
    Breaking Building Burying Calling Chasing Counting Crossing Dancing Escaping Facing Feeding Finding
    Following Forgetting Forgiving Guarding Hiding Holding Hunting Judging Keeping Killing Leaving
    Losing Loving Marrying Meeting Missing Moving Naming Painting Passing Raising Reading Remembering
    Robbing Saving Selling Singing Stealing Teaching Tempting Trading Trusting Waking Waiting Walking
    Watching Winning Writing
    """
)

SUBTITLES = (
    "The Return",
    "The Reckoning",
    "Blood Ties",
    "The Last Stand",
    "Homecoming",
    "Dead of Winter",
    "The Next Chapter",
    "Underground",
    "The Awakening",
    "Out of Time",
    "Full Circle",
    "Judgment",
    "Rising Tide",
    "No Way Back",
    "The Hidden Road",
    "New Blood",
    "The Long Night",
    "Legacy",
    "Fallout",
    "Second Chances",
    "The Far Shore",
    "Aftermath",
    "The Big Score",
    "Zero Hour",
    "Crossroads",
    "The Price",
    "Family Matters",
    "Open Season Hearts",
)

FIRST_NAMES = _words(
    """
    Ada Adam Agnes Alan Albert Alice Amanda Amy Andre Andrew Angela Anita Anna Anthony Arthur Audrey
    Barbara Beatrice Ben Bernard Beth Betty Bill Bob Brenda Brian Bruce Carl Carla Carmen Carol Cathy
    Cecil Charles Cheryl Chris Clara Claire Clive Colin Connie Craig Cynthia Dan Daphne Darlene David
    Dawn Deborah Dennis Derek Diana Diane Don Donna Dora Doris Doug Dylan Earl Ed Edith Edna Eileen
    Elaine Eli Elizabeth Ellen Elsa Emil Emily Emma Eric Erica Ernest Esther Ethan Eva Evelyn Fay Felix
    Flora Frances Frank Fred Gail Gary Gene George Gina Glen Gloria Gordon Grace Greg Gwen Hank Harold
    Harriet Harry Heather Helen Henry Howard Hugh Ian Ida Inez Iris Irene Isaac Ivan Jack Jackie Jake
    James Jan Jane Janet Jason Jay Jean Jeff Jenny Jerome Jerry Jesse Jill Jim Joan Joe Joel John Josie
    Joyce Juan Judy Julia Karen Karl Kate Keith Ken Kevin Kim Kurt Lana Larry Laura Leah Leo Leon Leslie
    Lillian Linda Lionel Lisa Lloyd Lois Lorna Lou Louise Lucy Luis Lydia Mabel Manuel Marcia Margaret
    Maria Marie Mark Martha Martin Mary Matt Maureen Max Maya Melissa Mia Michael Mildred Miles Miriam
    Molly Monica Nadia Nancy Naomi Neil Nell Nick Nina Nora Norman Olga Oliver Oscar Otto Owen Pam Pat
    Paul Paula Pearl Pedro Peggy Percy Pete Phil Phyllis Rachel Ralph Ramon Ray Rebecca Rene Rhoda Rick
    Rita Robert Roger Ron Rosa Roy Ruby Russ Ruth Sally Sam Sandra Sara Scott Sean Sharon Shirley Sidney
    Simon Sonia Stan Stella Steve Sue Susan Sylvia Tara Ted Teresa Terri Thelma Theo Tim Tina Todd Tom
    Tony Tracy Ursula Vera Vernon Victor Vince Viola Virgil Walter Wanda Warren Wendy Wesley Will Wilma
    Winston Yolanda Zoe
    """
)

SURNAME_STARTS = _words(
    """
    Ash Ald Bar Beck Bell Black Brad Bran Brook Burn Cald Car Chad Clay Clif Col Crans Dal Dar Den Dray
    Dun East Ed El Ems Fair Far Fen Fletch Ford Gal Garr Glen Gold Graf Green Had Hal Ham Har Hart Hath
    Hay Hend Hol Horn Hunt Ing Jarr Kel Ken Kings Lam Lang Law Led Lin Lock Lud Mal Mars Mel Mill Mor
    Nash Nor Oak Or Park Pem Pres Quin Rad Ray Red Rock Ros Row Sal Sand Shel Sher Stan Sted Stock Strat
    Sut Tal Thorn Tren Under Vance Wad Wake Wal Ward Wes Whit Wil Win Wood Wy Yar
    """
)

SURNAME_ENDS = _words(
    """
    ton ford ley well worth wood field man by ham er son den don more land croft bury gate stone ridge
    ner wick shaw combe ster low mont ell ette berg stein ini ova quist
    """
)

PLACE_ENDS = (
    "ville",
    "port",
    "burg",
    " Falls",
    " Creek",
    " Hill",
    " Bay",
    " Springs",
    "dale",
    "ton",
    " Heights",
    "haven",
)

STUDIOS = (
    "Harborlight Pictures",
    "Northgate Home Video",
    "Silver Acorn Films",
    "Meridian Releasing",
    "Lantern House",
    "Paper Kite Studio",
    "Blue Heron Media",
    "Old Mill Entertainment",
    "Copperline Video",
    "Grand Arcade Pictures",
    "Sundial Films",
    "Westerly Home Entertainment",
)

ORDINALS = _words("First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth")
CARDINALS = _words("One Two Three Four Five Six Seven Eight Nine Ten")

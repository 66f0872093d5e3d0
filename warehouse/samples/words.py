"""The words that sample projects are made of."""

ADJECTIVES = (
    "amber ancient autumn bright calm clever copper coral crimson curious dapper eager early emerald "
    "fancy fluent frosty gentle gilded golden happy hidden humble icy ivory jolly kind lively lucid lunar "
    "mellow misty noble nimble olive patient pearl polite quiet rapid rustic scarlet silent silver "
    "sincere solar sturdy sunny swift tidy velvet vivid warm wise witty"
)
NOUNS = (
    "anchor atlas badger beacon bridge canyon castle cedar comet compass cottage crane dolphin ember "
    "falcon fern forge fountain garden glacier harbor hazel heron island jasmine kettle lantern ledger "
    "lighthouse maple meadow meteor mirror orchard otter parcel pebble pepper pigeon prairie puffin quill "
    "raven river saddle sparrow spruce summit thistle tulip turtle valley violet walnut willow window"
)
ENDINGS = ("", "-kit", "-core", "-tools")

TOPICS = {
    "calendars": "Topic :: Office/Business :: Scheduling",
    "configuration files": "Topic :: Software Development :: Libraries :: Python Modules",
    "geographic data": "Topic :: Scientific/Engineering :: GIS",
    "image galleries": "Topic :: Multimedia :: Graphics",
    "log files": "Topic :: System :: Logging",
    "mail folders": "Topic :: Communications :: Email",
    "music libraries": "Topic :: Multimedia :: Sound/Audio",
    "recipes": "Topic :: Home Automation",
    "sensor readings": "Topic :: Scientific/Engineering",
    "spreadsheets": "Topic :: Office/Business :: Financial :: Spreadsheet",
    "time series": "Topic :: Scientific/Engineering :: Information Analysis",
    "web feeds": "Topic :: Internet :: WWW/HTTP",
}
PROMISES = (
    "A small library for {topic}",
    "Read, check and write {topic}",
    "{Topic} without surprises",
    "Fast {topic} for the command line",
    "Tested tools for {topic}",
    "{Topic}, typed and documented",
)
AUTHORS = (
    "Ada Miller", "Bo Lindqvist", "Chiara Fontana", "Dov Peretz", "Emeka Obi", "Freya Hansen", "Goro Sato",
)  # fmt: skip
LICENSES = ("Apache-2.0", "BSD-3-Clause", "MIT", "MPL-2.0")
PYTHONS = (">=3.8", ">=3.9", ">=3.10", ">=3.11", None)
YANKED_REASONS = ("Broken on Windows", "Lost data when saving", "")

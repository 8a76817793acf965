"""The words that users, artists and songs are made of."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIRLS = _words(
    "Ava Lily Harper Layla Chloe Kate Sara Molly Ayla Celeste Cecilia Sylvie Anabelle Jacqueline "
    "Zoë Renée Noémie Ingrid Amélie Björk Ida Rosa Naomi Priya Mei Fatima Olga Hana Lucía Inês"
)
BOYS = _words(
    "Ryan Jacob Kevin Theodore Joseph Martin Wyatt Samuel Austin Aiden Jordan Bronson Adler Walter "
    "José André Søren Łukasz Jürgen Óscar Dmitri Kenji Omar Wei Tomás Rafael Ivo Emil Noah Elias"
)
LAST_NAMES = _words(
    "Smith Fox White Summers Koch Griffin Harris Levine Cruz Barrett Klein Bell Larson Stein Ross "
    "O'Connor D'Angelo Núñez Müller Østergaard Dvořák Kowalski Gonçalves Nakamura Zhang Okafor "
    "Haddad Petrov Lindqvist Marsh Ayala Reyes Burke Quinn Sharp Tate Vance Wolfe York Zuniga"
)
METRO_AREAS = (
    "Chicago-Naperville-Elgin, IL-IN-WI",
    "New York-Newark-Jersey City, NY-NJ-PA",
    "Los Angeles-Long Beach-Anaheim, CA",
    "Atlanta-Sandy Springs-Roswell, GA",
    "Waterloo-Cedar Falls, IA",
    "Portland-South Portland, ME",
    "Lansing-East Lansing, MI",
    "Winston-Salem, NC",
    "Janesville-Beloit, WI",
    "Tampa-St. Petersburg-Clearwater, FL",
    "San Jose-Sunnyvale-Santa Clara, CA",
    "Detroit-Warren-Dearborn, MI",
    "Washington-Arlington-Alexandria, DC-VA-MD-WV",
    "New Orleans-Metairie, LA",
    "Houston-The Woodlands-Sugar Land, TX",
    "Sacramento--Roseville--Arden-Arcade, CA",
    "Minneapolis-St. Paul-Bloomington, MN-WI",
    "Lubbock, TX",
    "Cañon City, CO",
    "Mayagüez, PR",
)
USER_AGENTS = (
    (
        '"Mozilla/5.0 (Windows NT 6.3; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) '
        'Chrome/36.0.1985.143 Safari/537.36"'
    ),
    (
        '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.36 (KHTML, like Gecko) '
        'Chrome/36.0.1985.143 Safari/537.36"'
    ),
    (
        '"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) '
        'Chrome/37.0.2062.94 Safari/537.36"'
    ),
    (
        '"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 '
        '(KHTML, like Gecko) Version/7.0 Mobile/11D257 Safari/9537.53"'
    ),
    (
        '"Mozilla/5.0 (iPad; CPU OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 '
        '(KHTML, like Gecko) Version/7.0 Mobile/11D257 Safari/9537.53"'
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.9; rv:31.0) Gecko/20100101 Firefox/31.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:31.0) Gecko/20100101 Firefox/31.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; WOW64; Trident/6.0)",
)

ADJECTIVES = _words(
    "Silent Golden Broken Electric Midnight Crimson Hollow Distant Gentle Burning Frozen Velvet "
    "Lonely Wild Faded Secret Sweet Restless Paper Neon Blue Little Last Endless Hidden Strange"
)
NOUNS = _words(
    "River Heart City Summer Train Mirror Garden Ghost Thunder Highway Ocean Letter Window Lantern "
    "Fire Shadow Morning Circus Harbor Winter Diamond Stranger Dream Wolf Sparrow Machine Signal "
    "Corazón Été Straße Šuma Øre Niño Vida Café Mañana 夜 Ночь"
)
GROUPS = _words(
    "Foxes Brothers Orchestra Collective Quartet Rebels Sisters Pilots Saints Wanderers Engines "
    "Kings Mothers Poets Tigers Strangers Project Machine Band Trio"
)
TITLE_ENDINGS = (
    "",
    "",
    "",
    "",
    " (Album Version)",
    " (LP Version)",
    " (Live)",
    " (Remastered)",
    " / Reprise",
    ' "Demo"',
    "_ Part II",
    "!",
)
PLACES = (
    ("Los Angeles, CA", 34.05349, -118.24532),
    ("London, England", 51.50632, -0.12714),
    ("New York, NY", 40.71455, -74.00712),
    ("Chicago, IL", 41.88415, -87.63241),
    ("Birmingham, England", 52.47859, -1.90862),
    ("Seattle, WA", 47.60356, -122.32944),
    ("Detroit, MI", 42.33168, -83.04792),
    ("São Paulo, Brasil", -23.5629, -46.6547),
    ("Köln, Germany", 50.94168, 6.95517),
    ("Reykjavík, Iceland", 64.14550, -21.94250),
    ("Kingston, Jamaica", 17.99, -76.79),
    ("Tokyo, Japan", 35.67048, 139.74092),
)

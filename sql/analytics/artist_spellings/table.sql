-- Names that were played and are probably another spelling of a name in the catalogue.
CREATE TABLE artist_spellings (
    artist           VARCHAR(1024) NOT NULL PRIMARY KEY,
    catalogue_artist VARCHAR(1024) NOT NULL,
    difference       VARCHAR(16) NOT NULL,
    plays            BIGINT NOT NULL,
    listeners        BIGINT NOT NULL,
    linkable_plays   BIGINT NOT NULL,
    catalogue_songs  BIGINT NOT NULL
)
DISTSTYLE ALL  -- a few hundred rows
SORTKEY (artist);

COMMENT ON TABLE artist_spellings IS 'Artist names that were played but are not in the catalogue, and differ from a catalogue name only by case, blanks, punctuation, accents or doubly encoded UTF-8';
COMMENT ON COLUMN artist_spellings.artist IS 'Artist, as the app wrote the name';
COMMENT ON COLUMN artist_spellings.catalogue_artist IS 'Name in the catalogue that it probably stands for; of several, the one with the most songs';
COMMENT ON COLUMN artist_spellings.difference IS 'encoding: the name is doubly encoded UTF-8; spelling: case, blanks, punctuation or accents differ';
COMMENT ON COLUMN artist_spellings.plays IS 'Plays under this spelling; none of them is linked to a song';
COMMENT ON COLUMN artist_spellings.listeners IS 'Users who played the artist under this spelling';
COMMENT ON COLUMN artist_spellings.linkable_plays IS 'Plays whose title the catalogue has under the catalogue name: they would be linked if the names were the same';
COMMENT ON COLUMN artist_spellings.catalogue_songs IS 'Songs of the catalogue under the catalogue name';

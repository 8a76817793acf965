-- kind: full
--
-- Names that were played but are not in the catalogue, and the catalogue's name that each of them
-- probably stands for. Plays are linked by the exact name only, so these plays are not linked.
--
-- Two names are the same here if their keys are the same. A key is the name in lower case, without
-- accents, blanks and punctuation. Case and accents are replaced character by character (Latin,
-- Greek and Cyrillic), because LOWER depends on the database's collation.
--
-- Doubly encoded UTF-8: the two bytes of a letter such as é (C3 A9) were read as two characters
-- (Ã and ©). The second character says which letter it was, also if this happened more than once.
-- This is repaired for the letters À to ÿ, read as Latin-1 or as Windows-1252, except the capitals
-- Â and Ã, and Å in Latin-1. Other letters are not repaired.
WITH catalogue AS (
    SELECT artist_name AS artist, COUNT(*) AS songs
    FROM songs
    GROUP BY artist_name
),

unknown AS (
    SELECT artist, plays, listeners
    FROM artist_popularity
    WHERE catalogue_songs = 0
),

names AS (
    SELECT artist, 1 AS in_catalogue
    FROM catalogue
    UNION ALL
    SELECT artist, 0 AS in_catalogue
    FROM unknown
),

texts AS (
    SELECT artist, in_catalogue, 0 AS repaired, artist AS text
    FROM names
    UNION ALL
    SELECT
        artist,
        in_catalogue,
        1 AS repaired,
        TRANSLATE(
            artist,
            -- the second bytes as characters: of à to ÿ, then of À to ß in Windows-1252, and in
            -- Latin-1 (control characters, which are not visible); the rest is removed
            ' ¡¢£¤¥¦§¨©ª«¬­®¯°±²³´µ¶·¸¹º»¼½¾¿'
            || '€„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'
            || ''
            || 'ÃÂƒ‚',
            'àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ'
            || 'ÀÄÅÆÇÈÉÊËÌÎÑÒÓÔÕÖ×ØÙÚÛÜÞß'
            || 'ÀÁÄÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß'
        ) AS text
    FROM names
    WHERE artist LIKE '%Ã%'
),

keys AS (
    SELECT
        artist,
        in_catalogue,
        repaired,
        TRANSLATE(
            REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
                text, 'ß', 'ss'
            ), 'Æ', 'ae'), 'æ', 'ae'), 'Œ', 'oe'), 'œ', 'oe'), 'Þ', 'th'), 'þ', 'th'),
            -- letters, then blanks, punctuation and combining accents, which are removed
            'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
            || 'ÀÁÂÃÄÅàáâãäåĀāĂăĄąÇçĆćĈĉĊċČčÐðĎďĐđ'
            || 'ÈÉÊËèéêëĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħ'
            || 'ÌÍÎÏìíîïĨĩĪīĬĭĮįİıĴĵĶķĹĺĻļĽľŁłÑñŃńŅņŇň'
            || 'ÒÓÔÕÖØòóôõöøŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠš'
            || 'ŢţŤťÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲųŴŵÝýÿŶŷŸŹźŻżŽž'
            || 'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩάέήίόύώς'
            || 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯё'
            || '  	!"#$%&''()*+,-./:;<=>?@[]^_`{|}~¡¿«»·´¨‘’‚“”„‐–—…•'
            || '̧̀́̂̃̈̊̌',
            'abcdefghijklmnopqrstuvwxyz'
            || 'aaaaaaaaaaaaaaaaaaccccccccccdddddd'
            || 'eeeeeeeeeeeeeeeeeegggggggghhhh'
            || 'iiiiiiiiiiiiiiiiiijjkkllllllllnnnnnnnn'
            || 'oooooooooooooooooorrrrrrssssssss'
            || 'ttttuuuuuuuuuuuuuuuuuuuuwwyyyyyyzzzzzz'
            || 'αβγδεζηθικλμνξοπρστυφχψωαεηιουωσ'
            || 'абвгдеежзийклмнопрстуфхцчшщъыьэюяе'
        ) AS name_key
    FROM texts
),

matches AS (
    SELECT
        spelled.artist,
        known.artist                               AS catalogue_artist,
        catalogue.songs                            AS catalogue_songs,
        GREATEST(spelled.repaired, known.repaired) AS repaired
    FROM keys AS spelled
    INNER JOIN keys AS known ON known.name_key = spelled.name_key
    INNER JOIN catalogue ON catalogue.artist = known.artist
    WHERE spelled.in_catalogue = 0
        AND known.in_catalogue = 1
        AND spelled.name_key <> ''
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY spelled.artist
        ORDER BY GREATEST(spelled.repaired, known.repaired), catalogue.songs DESC, known.artist
    ) = 1
),

linkable AS (
    SELECT matches.artist, SUM(listens.plays) AS plays
    FROM matches
    INNER JOIN listens ON listens.artist = matches.artist
    INNER JOIN (
        SELECT DISTINCT artist_name, title
        FROM songs
    ) AS known_titles
        ON known_titles.artist_name = matches.catalogue_artist
        AND known_titles.title = listens.title
    GROUP BY matches.artist
)

SELECT
    matches.artist,
    matches.catalogue_artist,
    CAST(
        CASE WHEN matches.repaired = 1 THEN 'encoding' ELSE 'spelling' END AS VARCHAR(16)
    )                            AS difference,
    unknown.plays,
    unknown.listeners,
    COALESCE(linkable.plays, 0)  AS linkable_plays,
    matches.catalogue_songs
FROM matches
INNER JOIN unknown ON unknown.artist = matches.artist
LEFT JOIN linkable ON linkable.artist = matches.artist

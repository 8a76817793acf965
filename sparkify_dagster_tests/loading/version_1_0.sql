-- A small warehouse as version 1.0 left it; {source} stands for the folder of its source.

CREATE TABLE artist_popularity(artist VARCHAR NOT NULL, plays BIGINT NOT NULL, listeners BIGINT NOT NULL, songs_played BIGINT NOT NULL, linked_plays BIGINT NOT NULL, catalogue_songs BIGINT NOT NULL, "location" VARCHAR);
INSERT INTO artist_popularity VALUES
    ('Ann', 3, 2, 2, 3, 2, 'Oslo'),
    ('Bea', 1, 1, 1, 0, 0, NULL);

CREATE TABLE artists(artist_id VARCHAR NOT NULL, "name" VARCHAR NOT NULL, "location" VARCHAR, latitude DOUBLE, longitude DOUBLE);
INSERT INTO artists VALUES
    ('ANN', 'Ann', 'Oslo', NULL, NULL);

CREATE TABLE daily_plays("day" DATE NOT NULL, "level" VARCHAR NOT NULL, plays BIGINT NOT NULL, linked_plays BIGINT NOT NULL, listeners BIGINT NOT NULL);
INSERT INTO daily_plays VALUES
    (CAST('2018-11-05' AS DATE), 'free', 2, 1, 1),
    (CAST('2018-12-01' AS DATE), 'paid', 1, 1, 1),
    (CAST('2018-12-02' AS DATE), 'free', 1, 1, 0);

CREATE TABLE daily_users("day" DATE NOT NULL, active_users BIGINT NOT NULL, new_users BIGINT NOT NULL, weekly_active BIGINT NOT NULL, monthly_active BIGINT NOT NULL);
INSERT INTO daily_users VALUES
    (CAST('2018-11-05' AS DATE), 1, 1, 1, 1),
    (CAST('2018-11-06' AS DATE), 1, 1, 2, 2),
    (CAST('2018-12-01' AS DATE), 1, 0, 1, 2);

CREATE TABLE favourite_songs(user_id BIGINT NOT NULL, rank INTEGER NOT NULL, song_id VARCHAR NOT NULL, plays BIGINT NOT NULL);
INSERT INTO favourite_songs VALUES
    (1, 1, 'SA', 1),
    (2, 1, 'SB', 1);

CREATE TABLE level_changes(user_id BIGINT NOT NULL, change_number INTEGER NOT NULL, changed_at TIMESTAMP NOT NULL, from_level VARCHAR NOT NULL, to_level VARCHAR NOT NULL, from_level_since TIMESTAMP NOT NULL, days_at_from_level INTEGER NOT NULL);

CREATE TABLE listening_hours(log_month VARCHAR NOT NULL, weekday INTEGER NOT NULL, "hour" INTEGER NOT NULL, "level" VARCHAR NOT NULL, plays BIGINT NOT NULL, listeners BIGINT NOT NULL);
INSERT INTO listening_hours VALUES
    ('2018-11', 1, 10, 'free', 2, 1),
    ('2018-12', 0, 11, 'free', 1, 0),
    ('2018-12', 6, 0, 'paid', 1, 1);

CREATE TABLE listens(log_month VARCHAR NOT NULL, user_id BIGINT, artist VARCHAR, title VARCHAR, song_id VARCHAR, plays BIGINT NOT NULL);
INSERT INTO listens VALUES
    ('2018-11', 1, 'Ann', 'A', 'SA', 1),
    ('2018-11', 1, 'Bea', 'Unheard', NULL, 1),
    ('2018-12', 2, 'Ann', 'B', 'SB', 1),
    ('2018-12', NULL, 'Ann', 'A', 'SA', 1);

CREATE TABLE loaded_files(file VARCHAR NOT NULL, log_month VARCHAR, size BIGINT NOT NULL, "version" VARCHAR NOT NULL, digest VARCHAR NOT NULL, rows_loaded BIGINT, rows_rejected BIGINT, loaded_at TIMESTAMP NOT NULL);
INSERT INTO loaded_files VALUES
    ('log_data/2018/11/2018-11-05-events.json', '2018-11', 320, '1000000000000000000', '9624c24e0d14f7086764c77d619bd0d343581154cd5a9d240f734581d24d592f', 2, 0, CAST('2026-11-26 00:18:15.627445' AS TIMESTAMP)),
    ('log_data/2018/11/2018-11-06-events.json', '2018-11', 125, '1000000000000000000', '327a11e8bf26b1a6485dfb0cc92a8c55286b7de7e73600ef212e16c3a2329f2a', 1, 0, CAST('2026-11-26 00:18:15.627445' AS TIMESTAMP)),
    ('log_data/2018/12/2018-12-01-events.json', '2018-12', 156, '1000000000000000000', '7cfe3dad38f37e656a2bf0dcd30ffcb5c68c15928e7256c1fd1c29fa4d78bd0d', 1, 0, CAST('2026-11-26 00:18:15.609858' AS TIMESTAMP)),
    ('log_data/2018/12/2018-12-02-events.json', '2018-12', 155, '1000000000000000000', 'df5615fc1824afea00155f5032f480557bbb1f783d4dab65a5cc453fa6de0761', 1, 0, CAST('2026-11-26 00:18:15.609858' AS TIMESTAMP)),
    ('log_data/2018/12/bad.json', '2018-12', 17, '1000000000000000000', '5cb388b5109f8f1d2011f9d506a79c1bf781af13c434b4e6e23ae784ebe216e8', 0, 1, CAST('2026-11-26 00:18:15.609858' AS TIMESTAMP)),
    ('song_data/A/A/A/songs.json', NULL, 391, '1000000000000000000', '9f84603ba56832ed6d8a74b19cee0cf0d5d349472e73adc7f6b656952aafca53', 2, 0, CAST('2026-11-26 00:18:15.756035' AS TIMESTAMP));

CREATE TABLE monthly_users(log_month VARCHAR NOT NULL, active_users BIGINT NOT NULL, new_users BIGINT NOT NULL, retained_users BIGINT NOT NULL, resurrected_users BIGINT NOT NULL, lost_users BIGINT NOT NULL, paid_users BIGINT NOT NULL, conversions BIGINT NOT NULL, downgrades BIGINT NOT NULL, opened_upgrade BIGINT NOT NULL, opened_downgrade BIGINT NOT NULL, opened_cancel BIGINT NOT NULL, cancelled BIGINT NOT NULL);
INSERT INTO monthly_users VALUES
    ('2018-11', 2, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    ('2018-12', 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0);

CREATE TABLE recommendations(user_id BIGINT NOT NULL, rank INTEGER NOT NULL, song_id VARCHAR NOT NULL, reason VARCHAR NOT NULL, because_song_id VARCHAR, score BIGINT NOT NULL);
INSERT INTO recommendations VALUES
    (1, 1, 'SB', 'popular', NULL, 1),
    (2, 1, 'SA', 'popular', NULL, 1);

CREATE TABLE rejected_records(file VARCHAR NOT NULL, log_month VARCHAR, line BIGINT NOT NULL, reason VARCHAR NOT NULL, raw_text VARCHAR);
INSERT INTO rejected_records VALUES
    ('log_data/2018/12/bad.json', '2018-12', 1, 'itemInSession is missing', '{"page": "Home"}');

CREATE TABLE sessions(user_id BIGINT NOT NULL, session_id INTEGER NOT NULL, log_month VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, "seconds" BIGINT NOT NULL, plays BIGINT NOT NULL, paid_plays BIGINT NOT NULL, "location" VARCHAR, device VARCHAR NOT NULL, browser VARCHAR NOT NULL);
INSERT INTO sessions VALUES
    (1, 1, '2018-11', CAST('2018-11-05 10:00:00' AS TIMESTAMP), 240, 2, 0, NULL, 'unknown', 'unknown'),
    (2, 2, '2018-11', CAST('2018-11-06 09:00:00' AS TIMESTAMP), 0, 0, 0, NULL, 'unknown', 'unknown'),
    (2, 2, '2018-12', CAST('2018-12-01 00:01:00' AS TIMESTAMP), 0, 1, 1, NULL, 'unknown', 'unknown');

CREATE TABLE similar_songs(song_id VARCHAR NOT NULL, rank INTEGER NOT NULL, similar_song_id VARCHAR NOT NULL, common_listeners BIGINT NOT NULL, "similarity" DOUBLE NOT NULL);

CREATE TABLE songplays(songplay_id VARCHAR NOT NULL, start_time TIMESTAMP NOT NULL, user_id BIGINT, "level" VARCHAR, song_id VARCHAR, artist_id VARCHAR, session_id INTEGER NOT NULL, "location" VARCHAR, user_agent VARCHAR);
INSERT INTO songplays VALUES
    ('18bf3fb62aaf21c594328ed9318e9f47', CAST('2018-12-02 11:00:00' AS TIMESTAMP), NULL, 'free', 'SA', 'ANN', 0, NULL, NULL),
    ('1e5f94fc32f20e97ffeba2d1585175ff', CAST('2018-11-05 10:00:00' AS TIMESTAMP), 1, 'free', 'SA', 'ANN', 1, NULL, NULL),
    ('bd750f900f5d2bd0941b1525aad3b582', CAST('2018-11-05 10:04:00' AS TIMESTAMP), 1, 'free', NULL, NULL, 1, NULL, NULL),
    ('cccb5b599cc25a94f07197f1e7827781', CAST('2018-12-01 00:01:00' AS TIMESTAMP), 2, 'paid', 'SB', 'ANN', 2, NULL, NULL);

CREATE TABLE songs(song_id VARCHAR NOT NULL, title VARCHAR NOT NULL, artist_id VARCHAR NOT NULL, "year" INTEGER, duration DOUBLE, artist_name VARCHAR NOT NULL);
INSERT INTO songs VALUES
    ('SA', 'A', 'ANN', NULL, 200.0, 'Ann'),
    ('SB', 'B', 'ANN', NULL, 200.0, 'Ann');

CREATE TABLE songs_to_acquire(artist VARCHAR NOT NULL, title VARCHAR NOT NULL, rank INTEGER NOT NULL, plays BIGINT NOT NULL, listeners BIGINT NOT NULL, last_played_month VARCHAR NOT NULL, artist_in_catalogue BOOLEAN NOT NULL);
INSERT INTO songs_to_acquire VALUES
    ('Bea', 'Unheard', 1, 1, 1, '2018-11', FALSE);

CREATE TABLE staging_events(artist VARCHAR, auth VARCHAR, first_name VARCHAR, gender VARCHAR, item_in_session INTEGER NOT NULL, last_name VARCHAR, length DOUBLE, "level" VARCHAR, "location" VARCHAR, "method" VARCHAR, page VARCHAR NOT NULL, registration DOUBLE, session_id INTEGER NOT NULL, song VARCHAR, status INTEGER, ts BIGINT NOT NULL, user_agent VARCHAR, user_id VARCHAR, log_month VARCHAR NOT NULL);
INSERT INTO staging_events VALUES
    ('Ann', NULL, NULL, NULL, 0, NULL, 200.0, 'free', NULL, NULL, 'NextSong', NULL, 1, 'A', NULL, 1541412000000, NULL, '1', '2018-11'),
    ('Ann', NULL, NULL, NULL, 3, NULL, 200.0, 'paid', NULL, NULL, 'NextSong', NULL, 2, 'B', NULL, 1543622460000, NULL, '2', '2018-12'),
    ('Ann', NULL, NULL, NULL, 4, NULL, 200.0, 'free', NULL, NULL, 'NextSong', NULL, 0, 'A', NULL, 1543748400000, NULL, NULL, '2018-12'),
    ('Bea', NULL, NULL, NULL, 1, NULL, 200.0, 'free', NULL, NULL, 'NextSong', NULL, 1, 'Unheard ', NULL, 1541412240000, NULL, '1', '2018-11'),
    (NULL, NULL, 'Ann', NULL, 2, NULL, NULL, 'paid', NULL, NULL, 'Home', NULL, 2, NULL, NULL, 1541494800000, NULL, '2', '2018-11');

CREATE TABLE staging_songs(num_songs INTEGER, artist_id VARCHAR NOT NULL, artist_latitude DOUBLE, artist_longitude DOUBLE, artist_location VARCHAR, artist_name VARCHAR NOT NULL, song_id VARCHAR NOT NULL, title VARCHAR NOT NULL, duration DOUBLE, "year" INTEGER, file VARCHAR NOT NULL, "position" INTEGER NOT NULL);
INSERT INTO staging_songs VALUES
    (1, 'ANN', NULL, NULL, 'Oslo', 'Ann', 'SA', 'A', 200.0, 0, 'song_data/A/A/A/songs.json', 1),
    (1, 'ANN', NULL, NULL, NULL, 'Ann', 'SB', 'B', 200.0, 0, 'song_data/A/A/A/songs.json', 2);

CREATE TABLE table_builds(table_name VARCHAR NOT NULL, log_month VARCHAR NOT NULL, inputs VARCHAR NOT NULL, "version" VARCHAR NOT NULL, checked VARCHAR, row_count BIGINT NOT NULL, built_at TIMESTAMP NOT NULL);
INSERT INTO table_builds VALUES
    ('artist_popularity', 'all', '5bf7d8c67c963d267f1dd31598937c5da5b712e3c0d14ab67c55e6a646c440da', '5bf7d8c67c963d267f1dd31598937c5da5b712e3c0d14ab67c55e6a646c440da', 'cebab30eb832bf7468c3cd2b24f3fdf796f9b222d511eb5dcb3b4596ab946075', 2, CAST('2026-11-26 00:18:17.890403' AS TIMESTAMP)),
    ('artists', 'all', 'b5837089f683fc69bb5c546778c8558ae7ef5ffbfc620c947fcfcb8ee15e2283', 'b5837089f683fc69bb5c546778c8558ae7ef5ffbfc620c947fcfcb8ee15e2283', 'b9cb4e90a9bf5007b8af678471c304bfb7c6c6710345aa78b30bdc044696c0d4', 1, CAST('2026-11-26 00:18:16.311835' AS TIMESTAMP)),
    ('daily_plays', '2018-11', '14098f956fadc987282e2f5f874f7c43585db20decabda9daab6ec2eea0a16b8', '14098f956fadc987282e2f5f874f7c43585db20decabda9daab6ec2eea0a16b8', 'c800d537055329d046174867c44f441cf20f9abac0b92edf7e5a864e470faf5e', 1, CAST('2026-11-26 00:18:17.038579' AS TIMESTAMP)),
    ('daily_plays', '2018-12', '25953a9da650a1bfa0f59768693851f4a6cd63dd9cfb650faf480f0c73e12d50', '25953a9da650a1bfa0f59768693851f4a6cd63dd9cfb650faf480f0c73e12d50', '3f8f22fd4a84238512760712866ac8df28840167a91ac1d7ed89ab8d6118aa8c', 2, CAST('2026-11-26 00:18:17.040919' AS TIMESTAMP)),
    ('daily_users', 'all', '152071d63f1c0251f620774c08ce5a644953916acc9c26c86b8ed6ceb2060ad5', '152071d63f1c0251f620774c08ce5a644953916acc9c26c86b8ed6ceb2060ad5', '1cbf2fc83c66bbb89dd53358517e34838834d40fff32760ef5d603939a43fdd8', 3, CAST('2026-11-26 00:18:18.038523' AS TIMESTAMP)),
    ('favourite_songs', 'all', 'adb4217bc034f6c88b66c425c5869a1c7d6f851c97e1a830ab2b560d68a407d9', 'adb4217bc034f6c88b66c425c5869a1c7d6f851c97e1a830ab2b560d68a407d9', '92313ee656feed7d7ef985a222e429ee246adb857657b62a29e9b95ae84c3deb', 2, CAST('2026-11-26 00:18:17.951666' AS TIMESTAMP)),
    ('level_changes', 'all', 'ac138a044dd0443bcd8ec9ada7a41721799b98f8ef8a0a242c902d41072234a3', 'ac138a044dd0443bcd8ec9ada7a41721799b98f8ef8a0a242c902d41072234a3', '3b90e275220886caf2db242edbb52cc97adefe29a14789995883ee6d9a729775', 0, CAST('2026-11-26 00:18:16.743215' AS TIMESTAMP)),
    ('listening_hours', '2018-11', '84b624225de615d007cb1d74f82febba931058a9b38599379f340854278e0680', '84b624225de615d007cb1d74f82febba931058a9b38599379f340854278e0680', 'ddbbe6bfd9ab36ff3f44c41dc7441ade2846b0193467d75e85546d2454e7baa0', 1, CAST('2026-11-26 00:18:17.152018' AS TIMESTAMP)),
    ('listening_hours', '2018-12', '670c07e0da88e709d01a03e71222edf0be00c647144da7e3bcb1a5a3207a40ef', '670c07e0da88e709d01a03e71222edf0be00c647144da7e3bcb1a5a3207a40ef', 'ab7011e61a5043fd8d4856bad2a01d8c12e5c49069f92f911f8f85289fa40b68', 2, CAST('2026-11-26 00:18:17.168377' AS TIMESTAMP)),
    ('listens', '2018-11', '60deb043291b2cc0ec98316c7a3e0a5107ebf37a73534f17973990aeabbd03ed', '60deb043291b2cc0ec98316c7a3e0a5107ebf37a73534f17973990aeabbd03ed', 'cc73da782eccb2ed9963a0f16d8d22593f3b8b180b184094b8667324d5257798', 2, CAST('2026-11-26 00:18:17.248197' AS TIMESTAMP)),
    ('listens', '2018-12', '6117e5a59d40a4f5466bbd69dd3f60cf498b073e01fa074ba1d67ed5ef93107f', '6117e5a59d40a4f5466bbd69dd3f60cf498b073e01fa074ba1d67ed5ef93107f', '7e5943b10827b95a4a69f6e4e01b4a098185de4c42d5d77b7e9d85e5969d5a81', 2, CAST('2026-11-26 00:18:17.240725' AS TIMESTAMP)),
    ('monthly_users', 'all', '33b8ba330c6581dba2f291b4bd866c9790eaae46e7c7dca9dc35534cd1877daf', '33b8ba330c6581dba2f291b4bd866c9790eaae46e7c7dca9dc35534cd1877daf', '71038622778920921191c0fc89b0504284dd4fbd49a9f4300dface8fa6ab145b', 2, CAST('2026-11-26 00:18:18.088988' AS TIMESTAMP)),
    ('recommendations', 'all', 'd99852355c6c3b4f6f4130178f435dec44601ba6c6017f05a34c42ae20382097', 'd99852355c6c3b4f6f4130178f435dec44601ba6c6017f05a34c42ae20382097', '5e9fe6af26e81792a5aaa4792ed4d74020d58a0b9b7dea7eb74d3bfab69e3830', 2, CAST('2026-11-26 00:18:18.574143' AS TIMESTAMP)),
    ('sessions', '2018-11', 'a187434cce88e3c12205e48d80b26d4e4112104a38d857e01df5b5ced9c17b3e', 'a187434cce88e3c12205e48d80b26d4e4112104a38d857e01df5b5ced9c17b3e', 'a753dde673cb6489f976262cd0b6f9b7df5e178db2d6ad467a9034ff6ad99a2a', 2, CAST('2026-11-26 00:18:17.331190' AS TIMESTAMP)),
    ('sessions', '2018-12', 'ab70b816627d267558ff6423188e3b1fea3ccb3fe82737034b54a63af81e4616', 'ab70b816627d267558ff6423188e3b1fea3ccb3fe82737034b54a63af81e4616', '7194911b7c1546b945a51e1e7c98afd17c3abea36820dce8b4dfaa9a9c9c8630', 1, CAST('2026-11-26 00:18:17.379048' AS TIMESTAMP)),
    ('similar_songs', 'all', '656ba0b42d1ad2125fc23b5c7c94524be33a733c85556ecb36a72288f9772939', '656ba0b42d1ad2125fc23b5c7c94524be33a733c85556ecb36a72288f9772939', 'c06c2d414859329b8e181b2d359b3ddeb4436d81cd00f754db5e0a54a3567292', 0, CAST('2026-11-26 00:18:18.495499' AS TIMESTAMP)),
    ('songplays', '2018-11', '6bb8e9fa6257247c0215e612f341af93aa68ac5578415463fdb52d785e615bcd', '50f20fc1402d3e4fd31370eb4d1de703df865180ad32d3fbaaae8c5a604323f0', 'ee3420cecaa4a5b58eda97f68c1e516feee616cee5cc8cdddb1adca80f7ba92f', 2, CAST('2026-11-26 00:18:16.820716' AS TIMESTAMP)),
    ('songplays', '2018-12', 'bf79cbe538b30c0d4c351d9b05a23569ab62cefc3d04ad4a701d58846928395e', '1a0bfbc5a145e7ddc72a10da16c50bc397221d057bd5d65805bf10975d1222fc', '4def0d9f0bb0450b6cd1f5b77893947194779600e622ddd5c562ac6ea6158772', 2, CAST('2026-11-26 00:18:16.827528' AS TIMESTAMP)),
    ('songs', 'all', 'f432f33024f20d5ef5a5e8121e6fadbdce7a6fc92f678045e5cae94437887339', 'f432f33024f20d5ef5a5e8121e6fadbdce7a6fc92f678045e5cae94437887339', 'e0cfc1b03a69f1812ada9e602d47ea310d6f94e85ce48c7a90c04ea296e4cdbe', 2, CAST('2026-11-26 00:18:16.650026' AS TIMESTAMP)),
    ('songs_to_acquire', 'all', '4970439751df2c6d4afa37993901e94d64e6dc826704d3641897011a5180bbde', '4970439751df2c6d4afa37993901e94d64e6dc826704d3641897011a5180bbde', 'b9aa5b62da1f92e95623666351994a6bdc0d9b165075764f963bb88f6c25d677', 1, CAST('2026-11-26 00:18:18.001967' AS TIMESTAMP)),
    ('staging_events', '2018-11', '1a15fb755ff4e06c47f6c741bbf8abd8819a2d71fdb94fb4e561ce97f8499b11', 'f5f93406046a9a5ab4285fbd4ec6140d42fe499766afbdc714e04d805f8b6dc9', 'b2bf2373555f1d122d3d414bcd749a6f076b828472bc5405a7964c21ee56d09a', 3, CAST('2026-11-26 00:18:15.639153' AS TIMESTAMP)),
    ('staging_events', '2018-12', '1a15fb755ff4e06c47f6c741bbf8abd8819a2d71fdb94fb4e561ce97f8499b11', '7ab93258865c8081726860018bf400b6ca9d36909c07326eac500076731018fe', '2bbd9686143f4d3fe4c3512632e6bbf9e05341a83cc90bca7ca09747890c4bf4', 2, CAST('2026-11-26 00:18:15.637969' AS TIMESTAMP)),
    ('staging_songs', 'all', 'e065ce20c3c908011beeab7b7d9a06d183db7841a0b75962d232df1eafe6b343', '6193462c0a920c97663bc0cb5f9bcfaf2747ffd34af087d6d1c9b6100cf62b12', 'b47b6ac6cd2b455ec28b8b33db6c73eac3fce4f0713bcb91cfdd84d1105c73e7', 2, CAST('2026-11-26 00:18:15.766229' AS TIMESTAMP)),
    ('time', '2018-11', 'a84722dc059acba894f708ee91f1b843d3489f2aab6d7338f29497263a50729c', 'a84722dc059acba894f708ee91f1b843d3489f2aab6d7338f29497263a50729c', 'e213b91ec058b3eaa748451fc89f35038e3fdf19267cca92fd932ea7d2abc56f', 2, CAST('2026-11-26 00:18:15.966078' AS TIMESTAMP)),
    ('time', '2018-12', '9e4f0f2b73e0b0ef202c2078aaced40167fd8eb8900293b85db52b7ee370c0c0', '9e4f0f2b73e0b0ef202c2078aaced40167fd8eb8900293b85db52b7ee370c0c0', '66180136dce166e207a0bb488837ed7a3f8977083e51f0e21b57bdf94fa356ad', 2, CAST('2026-11-26 00:18:15.961112' AS TIMESTAMP)),
    ('user_days', '2018-11', 'baca8f70eec57a27f165fa30c26dfda50ee0332ef2a6bc018ac50379e50726a4', 'baca8f70eec57a27f165fa30c26dfda50ee0332ef2a6bc018ac50379e50726a4', 'ce83d3eb5cf48f2606725229af6ca879f6664cc47c089b823cd8d671580336a3', 2, CAST('2026-11-26 00:18:17.459666' AS TIMESTAMP)),
    ('user_days', '2018-12', '548a9410b7ce16ecc1eee016559fc93b0d4c438278ac2a798384c759d459aa96', '548a9410b7ce16ecc1eee016559fc93b0d4c438278ac2a798384c759d459aa96', '727eab78ffb12ec33f3338008cf09a9e46c6b2b06541300722c22a894b230771', 1, CAST('2026-11-26 00:18:17.458816' AS TIMESTAMP)),
    ('user_levels', '2018-11', 'bdaa18171767e4c32f96baecf83db633ee191137d7dcff992fd077ff10c6ad47', 'bdaa18171767e4c32f96baecf83db633ee191137d7dcff992fd077ff10c6ad47', '9179b484d4cc0418ad20ebc6dfc267c4508e849688304afae03b220854666fc1', 2, CAST('2026-11-26 00:18:16.081605' AS TIMESTAMP)),
    ('user_levels', '2018-12', 'ae5e2a71167f4f9453ffe6f6a61cfd039dbac695fcc1cf227ed8359d7274c061', 'ae5e2a71167f4f9453ffe6f6a61cfd039dbac695fcc1cf227ed8359d7274c061', 'c1b994c0ad3902499d35f26c80a0eee721e14453e1fc6ffb2c123309bdf5a37d', 1, CAST('2026-11-26 00:18:16.079641' AS TIMESTAMP)),
    ('users', '2018-11', 'b5177e29c5536b9c83af20e9478a8a3a1be749993d119201b977782f8983cd24', 'b5177e29c5536b9c83af20e9478a8a3a1be749993d119201b977782f8983cd24', 'c08fbfc73ec41af7ec7b46e72c41333e440c62fa1ff53f7bf44461fc658efa63', 2, CAST('2026-11-26 00:18:16.184304' AS TIMESTAMP)),
    ('users', '2018-12', 'a12581d552338575e312b29a2c2ba5c55ff495624d11421f91c71d550ba18756', 'a12581d552338575e312b29a2c2ba5c55ff495624d11421f91c71d550ba18756', '158c5a91db21afc97d2cb6db13518064ee47c1350c7eb31fb06904e6bc5a3a60', 1, CAST('2026-11-26 00:18:16.221454' AS TIMESTAMP)),
    ('weekly_retention', 'all', 'e2f2a3aaf7cb06cbce4943c24c5665d3a5df658180d5e08e5930a421e2263744', 'e2f2a3aaf7cb06cbce4943c24c5665d3a5df658180d5e08e5930a421e2263744', '6a03ea7c886642f5e47e617021bd92905e7795421e130a6b718caec8fb32f3c6', 2, CAST('2026-11-26 00:18:18.171007' AS TIMESTAMP));

CREATE TABLE "time"(start_time TIMESTAMP NOT NULL, "hour" INTEGER NOT NULL, "day" INTEGER NOT NULL, "week" INTEGER NOT NULL, "month" INTEGER NOT NULL, "year" INTEGER NOT NULL, weekday INTEGER NOT NULL);
INSERT INTO time VALUES
    (CAST('2018-11-05 10:00:00' AS TIMESTAMP), 10, 5, 45, 11, 2018, 1),
    (CAST('2018-11-05 10:04:00' AS TIMESTAMP), 10, 5, 45, 11, 2018, 1),
    (CAST('2018-12-01 00:01:00' AS TIMESTAMP), 0, 1, 48, 12, 2018, 6),
    (CAST('2018-12-02 11:00:00' AS TIMESTAMP), 11, 2, 48, 12, 2018, 0);

CREATE TABLE user_days(user_id BIGINT NOT NULL, "day" DATE NOT NULL, plays BIGINT NOT NULL, paid_plays BIGINT NOT NULL, opened_upgrade INTEGER NOT NULL, opened_downgrade INTEGER NOT NULL, opened_cancel INTEGER NOT NULL, cancelled INTEGER NOT NULL);
INSERT INTO user_days VALUES
    (1, CAST('2018-11-05' AS DATE), 2, 0, 0, 0, 0, 0),
    (2, CAST('2018-11-06' AS DATE), 0, 0, 0, 0, 0, 0),
    (2, CAST('2018-12-01' AS DATE), 1, 1, 0, 0, 0, 0);

CREATE TABLE user_levels(user_id BIGINT NOT NULL, log_month VARCHAR NOT NULL, event_number INTEGER NOT NULL, ts BIGINT NOT NULL, "level" VARCHAR NOT NULL);
INSERT INTO user_levels VALUES
    (1, '2018-11', 1, 1541412000000, 'free'),
    (2, '2018-11', 1, 1541494800000, 'paid'),
    (2, '2018-12', 1, 1543622460000, 'paid');

CREATE TABLE user_months(user_id BIGINT NOT NULL, log_month VARCHAR NOT NULL, first_name VARCHAR, last_name VARCHAR, gender VARCHAR, "level" VARCHAR);
INSERT INTO user_months VALUES
    (1, '2018-11', NULL, NULL, NULL, 'free'),
    (2, '2018-11', 'Ann', NULL, NULL, 'paid'),
    (2, '2018-12', NULL, NULL, NULL, 'paid');

CREATE TABLE users(user_id BIGINT NOT NULL, first_name VARCHAR, last_name VARCHAR, gender VARCHAR, "level" VARCHAR);
INSERT INTO users VALUES
    (1, NULL, NULL, NULL, 'free'),
    (2, NULL, NULL, NULL, 'paid');

CREATE TABLE warehouse_state("name" VARCHAR NOT NULL, "value" VARCHAR NOT NULL);
INSERT INTO warehouse_state VALUES
    ('source', '{source}'),
    ('table:artist_popularity', '39115038019bb56f3ddd5fb78c76601f015dc8f9fd336c31f6fa66d070ff7942'),
    ('table:artists', '489f71192ecea5f12e6f6f7265fc4fe10e5c35f3fc5d9040052743960de81ecc'),
    ('table:daily_plays', 'b250e89af5a8a11b150bc585e3d72a001a2338cd70878ebc5c931fbb175ec948'),
    ('table:daily_users', '8798de106f2bf7f3abf07b7a4a85916a921e9bd620b55112c6772e81ac0a78d2'),
    ('table:favourite_songs', 'a48fd2b15d8fb47b168a515ad947fa73b8f28991824207f19eb25ed2adc2325f'),
    ('table:level_changes', '0083bcc4376c99f07d7ccee63c2499861d1459f34615b152d726e42fe56d6a14'),
    ('table:listening_hours', '4c3facab928fc97a985b06a2b89dc17c172c5aecb73f94e1275ec20c3535ecb9'),
    ('table:listens', '2d50768669296d77e99cd0212705fc172cbed47c071f27b6568a0f85d5a7e7f3'),
    ('table:loaded_files', 'acdf7ab1145878054bafb504239dbcf016a339f3728c3bdaca6dab60a674f5c2'),
    ('table:monthly_users', '1dce65357a8521fbd0a9a4981019c75018f8e34fe30d61e431839cd0a5fb0ab3'),
    ('table:recommendations', '7777efe1d801f464479f0ff3d7cdb53d032204edcf7ca6984d892fed6794a113'),
    ('table:rejected_records', '8a4e3c8823868a91027a0ce6026ee6c86b913e6e6d426662e4390aebf9d0a1a4'),
    ('table:sessions', '572bfb982a73b23eb1d8fd017a61a965640953cc80845f81b9d0a6aca98118a9'),
    ('table:similar_songs', '917a70e34a8e8cff878eb18b967c06a9b75e76e94f520bd52b38fa1b647b456b'),
    ('table:songplays', '0fc8f2697f768c138700339927950e576268900179c484759829896f8e045379'),
    ('table:songs', '78230983b1d3a2b1c9e733a20d26fba563fbbf5a32246c3f91fb7098d83ae117'),
    ('table:songs_to_acquire', '6ac4d16c0439db4936b310341777c47aad651612109c66d6335b80415d4904c5'),
    ('table:staging_events', 'ddc48e88ae50e5769af6849b05e462de8434b7b10d25fb9fcc079152347b902a'),
    ('table:staging_songs', '09c8927c8fa717101d178394e873a6da66d754d4605b6966029219c6e268f8a2'),
    ('table:table_builds', '03651b93bfb414c0537c182cea9e4c42a84ca716ce3cf64a577870274d590131'),
    ('table:time', '066ee9b584830cb22b9108d94c0d14088943e1430934ef2e654917bee3552642'),
    ('table:user_days', '04c604ad3cc406e1f68b02cdabd7bb06d74ab124b83de1dcee9fcd1778ab3b5f'),
    ('table:user_levels', '99a56a291b81d64c00ff32c50e0071fb2a6eddefbc4040364983b2c24daee58d'),
    ('table:user_months', '8a762cee0a4aa22947dced523715b11fcc14491ed541cee7e8008077a4b5a6f8'),
    ('table:users', '2e548f61b8e2bc85478484d3a60a7baa65ef9c45d9a5face0278be56391c99fd'),
    ('table:warehouse_state', 'c39566df354b329d0416249007aa2517825479e5d314cc69c7a1de224b2f0190'),
    ('table:weekly_retention', 'c903304a6ab7443ef97c2c6c061ed3c1fb900e185917775b02aeb2db5cd831ac');

CREATE TABLE weekly_retention(cohort_week DATE NOT NULL, weeks_later INTEGER NOT NULL, cohort_users BIGINT NOT NULL, retained_users BIGINT NOT NULL, retention DOUBLE NOT NULL);
INSERT INTO weekly_retention VALUES
    (CAST('2018-11-05' AS DATE), 0, 2, 2, 1.0),
    (CAST('2018-11-05' AS DATE), 3, 2, 1, 0.5);

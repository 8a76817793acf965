-- chart: bars "Plays by device and browser"
SELECT device, browser, SUM(plays) AS plays
FROM sessions
GROUP BY device, browser
ORDER BY plays DESC, device, browser
LIMIT 9

-- title = "Confidence: histogram"
-- description = "How sure the model was of its verdicts, in equal bins from 0 to 1 that are always there; a bin has its lower end, the last one its upper end too."
-- columns = ["bin", "confidence_from", "confidence_to", "images", "normal", "anomalies"]
-- parameters = ["bins"]
, counted AS (
  SELECT
    least(CAST(floor(confidence * {bins}) AS integer), {bins} - 1) AS bin,
    count(*) AS images,
    count_if(verdict = 'normal') AS normal,
    count_if(verdict = 'anomalous') AS anomalies
  FROM latest
  WHERE confidence IS NOT NULL
  GROUP BY 1
)
SELECT
  bins.bin,
  CAST(bins.bin AS double) / {bins} AS confidence_from,
  CAST(bins.bin + 1 AS double) / {bins} AS confidence_to,
  coalesce(counted.images, 0) AS images,
  coalesce(counted.normal, 0) AS normal,
  coalesce(counted.anomalies, 0) AS anomalies
FROM UNNEST(sequence(0, {bins} - 1)) AS bins (bin)
LEFT JOIN counted ON counted.bin = bins.bin
ORDER BY bins.bin

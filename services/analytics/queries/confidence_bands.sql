-- title = "Confidence: low, medium, high"
-- description = "How sure the model was of its verdicts, in three bands that are always there."
-- columns = ["band", "confidence_from", "confidence_to", "images", "normal", "anomalies"]
-- parameters = ["medium_from", "high_from"]
, counted AS (
  SELECT
    CASE
      WHEN confidence < {medium_from} THEN 'low'
      WHEN confidence < {high_from} THEN 'medium'
      ELSE 'high'
    END AS band,
    count(*) AS images,
    count_if(verdict = 'normal') AS normal,
    count_if(verdict = 'anomalous') AS anomalies
  FROM latest
  WHERE confidence IS NOT NULL
  GROUP BY 1
)
SELECT
  bands.band,
  bands.confidence_from,
  bands.confidence_to,
  coalesce(counted.images, 0) AS images,
  coalesce(counted.normal, 0) AS normal,
  coalesce(counted.anomalies, 0) AS anomalies
FROM (
  VALUES
    ('low', 0e0, {medium_from}),
    ('medium', {medium_from}, {high_from}),
    ('high', {high_from}, 1e0)
) AS bands (band, confidence_from, confidence_to)
LEFT JOIN counted ON counted.band = bands.band
ORDER BY bands.confidence_from

-- title = "Defect types"
-- description = "The kinds of defects that anomalous images show, most frequent first; an image may show several. Unlabelled are those whose model names none."
-- columns = ["defect_type", "images", "anomalies", "anomaly_share"]
-- parameters = []
, named AS (
  SELECT
    CASE WHEN cardinality(defect_types) > 0 THEN defect_types ELSE ARRAY['unlabelled'] END AS types
  FROM latest
  WHERE verdict = 'anomalous'
),
counted AS (
  -- The type '' counts all anomalous images, without reading them a second time.
  SELECT defect_type, count(*) AS images
  FROM named
  CROSS JOIN UNNEST(concat(types, ARRAY[''])) AS each_type (defect_type)
  GROUP BY defect_type
),
compared AS (
  SELECT
    defect_type,
    images,
    max(CASE WHEN defect_type = '' THEN images END) OVER () AS anomalies
  FROM counted
)
SELECT defect_type, images, anomalies
FROM compared
WHERE defect_type <> ''
ORDER BY images DESC, defect_type

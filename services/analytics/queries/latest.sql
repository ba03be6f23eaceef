-- What every query begins with: the latest form of each image. All forms of an image have the same
-- capture time and place, so these may be chosen first; a verdict or a review may not.
WITH latest AS (
  SELECT *
  FROM (
    SELECT *, row_number() OVER (PARTITION BY image ORDER BY sequence DESC) AS newness
    FROM inspections
    WHERE dt BETWEEN :from_day AND :to_day
      AND captured_at >= CAST(:from AS timestamp)
      AND captured_at < CAST(:to AS timestamp)
      AND (:project = '' OR project = :project)
      AND (:facility = '' OR facility = :facility)
      AND (:line = '' OR line = :line)
      AND (:camera = '' OR camera = :camera)
  )
  WHERE newness = 1
)

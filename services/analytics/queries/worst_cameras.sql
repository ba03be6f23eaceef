-- title = "Worst cameras"
-- description = "The cameras with the highest anomaly rate that is certain: the lower end of its 95 % interval, so that a few images do not make a camera the worst."
-- columns = ["rank", "facility", "facility_name", "line", "line_name", "camera", "camera_name", "images", "inspected", "anomalies", "not_inspected", "anomaly_rate"]
-- parameters = ["limit", "at_least"]
, counted AS (
  SELECT
    facility,
    max_by(facility_name, captured_at) AS facility_name,
    line,
    max_by(line_name, captured_at) AS line_name,
    camera,
    max_by(camera_name, captured_at) AS camera_name,
    count(*) AS images,
    count_if(verdict <> 'not_inspected') AS inspected,
    count_if(verdict = 'anomalous') AS anomalies,
    count_if(verdict = 'not_inspected') AS not_inspected
  FROM latest
  GROUP BY facility, line, camera
),
shared AS (
  SELECT *, CAST(anomalies AS double) / inspected AS share
  FROM counted
  WHERE inspected >= {at_least}
),
ranked AS (
  SELECT
    *,
    row_number() OVER (
      ORDER BY
        -- The lower end of Wilson's interval, as answers have it; 3.841459 is 1.959964 squared.
        (
          share + 3.841459e0 / (2 * inspected)
          - 1.959964e0 * sqrt(
            share * (1 - share) / inspected + 3.841459e0 / (4e0 * inspected * inspected)
          )
        ) / (1 + 3.841459e0 / inspected) DESC,
        anomalies DESC, facility, line, camera
    ) AS rank
  FROM shared
)
SELECT
  rank, facility, facility_name, line, line_name, camera, camera_name,
  images, inspected, anomalies, not_inspected
FROM ranked
WHERE rank <= {limit}
ORDER BY rank

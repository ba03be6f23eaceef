-- title = "Line by hour of the day"
-- description = "Images and anomalies of every line in each hour of the day, on the clocks of a time zone: 24 rows for each line."
-- columns = ["facility", "facility_name", "line", "line_name", "hour", "images", "inspected", "anomalies", "not_inspected", "anomaly_rate"]
-- parameters = ["zone"]
, placed AS (
  SELECT *, hour(date_add('minute', {zone}, captured_at)) AS local_hour
  FROM latest
),
counted AS (
  SELECT
    facility,
    max_by(facility_name, captured_at) AS facility_name,
    line,
    max_by(line_name, captured_at) AS line_name,
    max(captured_at) AS last_captured_at,
    local_hour,
    count(*) AS images,
    count_if(verdict = 'anomalous') AS anomalies,
    count_if(verdict = 'not_inspected') AS not_inspected
  FROM placed
  GROUP BY facility, line, local_hour
)
SELECT
  facility,
  max_by(facility_name, last_captured_at) AS facility_name,
  line,
  max_by(line_name, last_captured_at) AS line_name,
  clock.hour,
  sum(CASE WHEN local_hour = clock.hour THEN images ELSE 0 END) AS images,
  sum(CASE WHEN local_hour = clock.hour THEN images - not_inspected ELSE 0 END) AS inspected,
  sum(CASE WHEN local_hour = clock.hour THEN anomalies ELSE 0 END) AS anomalies,
  sum(CASE WHEN local_hour = clock.hour THEN not_inspected ELSE 0 END) AS not_inspected
FROM counted
CROSS JOIN UNNEST(sequence(0, 23)) AS clock (hour)
GROUP BY facility, line, clock.hour
ORDER BY facility, line, clock.hour

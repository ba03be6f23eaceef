-- title = "Over time"
-- description = "Images and anomalies step by step, on the clocks of a time zone. Every step of the time asked is there, those without images too."
-- columns = ["start", "images", "inspected", "anomalies", "not_inspected", "anomaly_rate"]
-- parameters = ["bucket", "zone"]
, placed AS (
  SELECT
    verdict,
    captured_at,
    {zone} AS minutes_ahead
  FROM latest
)
SELECT
  -- A moment within the step: when the step itself began, the service works out.
  min(captured_at) AS start,
  count(*) AS images,
  count_if(verdict <> 'not_inspected') AS inspected,
  count_if(verdict = 'anomalous') AS anomalies,
  count_if(verdict = 'not_inspected') AS not_inspected
FROM placed
GROUP BY
  date_trunc({bucket}, date_add('minute', minutes_ahead, captured_at)),
  -- Clocks that are set back show an hour twice; it is two hours.
  CASE WHEN {bucket} IN ('minute', 'hour') THEN minutes_ahead END
ORDER BY start

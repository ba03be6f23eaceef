-- title = "Totals"
-- description = "All images of the time asked: how many, how many anomalies, how many without a verdict."
-- columns = ["images", "inspected", "anomalies", "not_inspected", "defects", "first_captured_at", "last_captured_at", "anomaly_rate"]
-- parameters = []
SELECT
  count(*) AS images,
  count_if(verdict <> 'not_inspected') AS inspected,
  count_if(verdict = 'anomalous') AS anomalies,
  count_if(verdict = 'not_inspected') AS not_inspected,
  coalesce(sum(defect_count), 0) AS defects,
  min(captured_at) AS first_captured_at,
  max(captured_at) AS last_captured_at
FROM latest

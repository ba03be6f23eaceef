-- title = "By facility"
-- description = "Images and anomalies of every facility, most anomalies first."
-- columns = ["facility", "facility_name", "images", "inspected", "anomalies", "not_inspected", "anomaly_rate"]
-- parameters = []
SELECT
  facility,
  max_by(facility_name, captured_at) AS facility_name,
  count(*) AS images,
  count_if(verdict <> 'not_inspected') AS inspected,
  count_if(verdict = 'anomalous') AS anomalies,
  count_if(verdict = 'not_inspected') AS not_inspected
FROM latest
GROUP BY facility
ORDER BY anomalies DESC, facility

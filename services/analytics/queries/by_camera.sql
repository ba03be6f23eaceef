-- title = "By camera"
-- description = "Images and anomalies of every camera on every line it was on, most anomalies first."
-- columns = ["facility", "facility_name", "line", "line_name", "camera", "camera_name", "images", "inspected", "anomalies", "not_inspected", "anomaly_rate"]
-- parameters = []
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
ORDER BY anomalies DESC, facility, line, camera

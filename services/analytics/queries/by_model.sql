-- title = "By model version"
-- description = "Images and anomalies by the version of the model that inspected them; no version where no model was running."
-- columns = ["project", "model_version", "images", "inspected", "anomalies", "not_inspected", "anomaly_rate"]
-- parameters = []
SELECT
  project,
  model_version,
  count(*) AS images,
  count_if(verdict <> 'not_inspected') AS inspected,
  count_if(verdict = 'anomalous') AS anomalies,
  count_if(verdict = 'not_inspected') AS not_inspected
FROM latest
GROUP BY project, model_version
ORDER BY project, model_version NULLS LAST

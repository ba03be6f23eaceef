-- title = "Review outcomes"
-- description = "How often people overrule the model, by line: false alarms and missed defects."
-- columns = ["facility", "facility_name", "line", "line_name", "anomalies", "reviewed", "confirmed", "overruled", "false_alarms", "missed", "overruled_rate"]
-- parameters = []
SELECT
  facility,
  max_by(facility_name, captured_at) AS facility_name,
  line,
  max_by(line_name, captured_at) AS line_name,
  count_if(verdict = 'anomalous') AS anomalies,
  count(review_outcome) AS reviewed,
  count_if(review_outcome = 'confirmed') AS confirmed,
  count_if(review_outcome = 'overruled') AS overruled,
  count_if(verdict = 'anomalous' AND review_verdict = 'normal') AS false_alarms,
  count_if(verdict = 'normal' AND review_verdict = 'anomalous') AS missed
FROM latest
GROUP BY facility, line
ORDER BY overruled DESC, facility, line

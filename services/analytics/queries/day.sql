-- title = "The table of a day"
-- description = "Every image of a day in its latest form, in order of capture: what is downloaded as CSV or Parquet."
-- columns = ["image", "camera", "camera_name", "image_id", "project", "facility", "facility_name", "line", "line_name", "captured_at", "recorded_at", "hour", "weekday", "shift", "verdict", "reason", "severity", "confidence", "score", "threshold", "model_version", "width", "height", "defect_count", "defect_types", "defect_area", "detect_ms", "latency_ms", "reviewed_at", "reviewed_by", "review_outcome", "review_verdict", "metadata", "bucket", "object_key", "map_key", "sequence"]
-- parameters = []
SELECT
  image, camera, camera_name, image_id, project, facility, facility_name, line, line_name,
  captured_at, recorded_at, hour, weekday, shift,
  verdict, reason, severity, confidence, score, threshold, model_version,
  width, height, defect_count, array_join(defect_types, ', ') AS defect_types, defect_area,
  detect_ms, latency_ms,
  reviewed_at, reviewed_by, review_outcome, review_verdict,
  metadata, bucket, object_key, map_key, sequence
FROM latest
ORDER BY captured_at, image

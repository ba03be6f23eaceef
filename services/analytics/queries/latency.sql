-- title = "Latency"
-- description = "How long it took from capture to verdict, and the model alone, by line. Percentiles are approximate, as Athena works them out."
-- columns = ["facility", "facility_name", "line", "line_name", "images", "latency_p50", "latency_p90", "latency_p99", "latency_max", "detect_p50", "detect_p99"]
-- parameters = []
SELECT
  facility,
  max_by(facility_name, captured_at) AS facility_name,
  line,
  max_by(line_name, captured_at) AS line_name,
  count(latency_ms) AS images,
  approx_percentile(latency_ms, 0.5) AS latency_p50,
  approx_percentile(latency_ms, 0.9) AS latency_p90,
  approx_percentile(latency_ms, 0.99) AS latency_p99,
  max(latency_ms) AS latency_max,
  approx_percentile(detect_ms, 0.5) AS detect_p50,
  approx_percentile(detect_ms, 0.99) AS detect_p99
FROM latest
GROUP BY facility, line
ORDER BY facility, line

"""The report for people who do not look at dashboards: one page for a day, a week or a line."""

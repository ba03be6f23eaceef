"""Made-up parts, drawn by formula."""

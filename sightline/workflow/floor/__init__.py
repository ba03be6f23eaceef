"""What people on the shop floor look at and decide: inspections, lines, cameras, alerts."""

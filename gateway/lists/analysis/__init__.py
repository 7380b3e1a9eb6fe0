"""What happened in a period, counted: reports, incidents, minutes, reach, sources."""

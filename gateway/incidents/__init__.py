"""What happened: which reports tell of one event, how sure we are, what coordinators judged."""

"""Settings, clock, logs, resources and keys: what every room stands on and none is about."""

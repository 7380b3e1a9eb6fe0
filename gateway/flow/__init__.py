"""The order of the rooms: what happens to a message, an incident, an alert, a delivery."""

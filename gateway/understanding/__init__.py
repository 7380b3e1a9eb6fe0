"""The understanding room: a text and a gazetteer in, a frozen reading out; pure and clock-free."""

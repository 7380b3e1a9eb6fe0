"""Rows for the pages: each function reads what one page shows, in a few queries."""

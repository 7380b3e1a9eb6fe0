"""Warnings from their first draft to their last word: texts, checks, approval, expiry."""

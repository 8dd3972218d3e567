"""Reporting: an analysis in, text and HTML out. Nothing here prints or writes files."""

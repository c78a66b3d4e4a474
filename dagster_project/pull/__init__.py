"""Fetching deliveries from paged HTTP APIs into the landing folder."""

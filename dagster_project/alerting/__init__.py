"""Telling those who answer for something that it is broken, through the channel that they chose."""

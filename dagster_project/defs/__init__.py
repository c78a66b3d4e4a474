"""The assets, checks, jobs and schedules of one product, one file per concern; each is a function of the product."""

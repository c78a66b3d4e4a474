"""The `forecast` command line: the outermost command, the only place that reads the clock."""

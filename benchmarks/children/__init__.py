"""What speed cases run in cold processes; each module writes a JSON answer to the path given last."""

"""Which raw, clean and feature data a run was made of, and how any of it is built again."""

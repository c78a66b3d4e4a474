"""Other libraries, each in a virtual environment of its own: their pins must not decide ours."""

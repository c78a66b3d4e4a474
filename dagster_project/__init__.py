"""When things run: products, deliveries, the working warehouse, publishing and the command line."""

import os

# LightGBM's threads wait for one another by spinning; beside other work on the same cores that costs more than the
# training itself (measured on two shared cores: 70 CPU seconds spinning, 9 waiting). Read when OpenMP is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

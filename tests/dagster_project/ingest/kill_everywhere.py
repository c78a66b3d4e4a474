"""Run one delivery again and again, each time killed (SIGKILL) a step later; prints how each ended.

usage: kill_everywhere.py PRODUCT.json HOMES INBOX AS_OF

A step is any call that changes what a reader, or the next ingest, could see: sync, rename, write, removal.
"""

import datetime as dt
import json
import os
import pathlib
import shutil
import signal
import sys

from dagster_project.ingest import deliver
from dagster_project.paths import ProductPaths
from dagster_project.product import Product


def killed_at(step):
    """Count the calls, and die instead of making call number `step`."""
    made = [0]

    def watched(function):
        def call(*args, **kwargs):
            made[0] += 1
            if made[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return call

    os.fsync = watched(os.fsync)
    pathlib.Path.rename = watched(pathlib.Path.rename)
    pathlib.Path.write_text = watched(pathlib.Path.write_text)
    pathlib.Path.chmod = watched(pathlib.Path.chmod)
    shutil.rmtree = watched(shutil.rmtree)


def main(settings, homes, inbox, as_of):
    product = Product.model_validate(json.loads(pathlib.Path(settings).read_text()))
    for step in range(1, 200):
        home = pathlib.Path(homes) / f"{step:03d}"
        shutil.copytree(pathlib.Path(homes) / "before", home)
        child = os.fork()
        if child == 0:
            killed_at(step)
            deliver(product, ProductPaths(home, product.name), pathlib.Path(inbox), dt.datetime.fromisoformat(as_of))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}\n")
        sys.stdout.flush()
        if not os.WIFSIGNALED(status):
            return


if __name__ == "__main__":
    main(*sys.argv[1:])

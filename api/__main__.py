"""`python -m api`: serve the published snapshots below `FORECAST_HOME`."""

from __future__ import annotations

import argparse
import sys

import uvicorn
from pydantic import ValidationError

from api.main import create_app
from api.server import server_config
from api.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; exit code 2 and one line per wrong setting when the environment is wrong."""
    parser = argparse.ArgumentParser(prog="python -m api", description="The REST API over published snapshots.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 takes a free one")
    options = parser.parse_args(arguments)
    try:
        settings = Settings()
        app = create_app(settings)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            name = f"FORECAST_{fault['loc'][0]}".upper()
            sys.stderr.write(f"{name}: {fault['msg']}\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    server = uvicorn.Server(server_config(app, settings, options.host, options.port))
    sys.stderr.write(f"listening on http://{options.host}:{options.port} (docs at /docs); stop with Ctrl+C\n")
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

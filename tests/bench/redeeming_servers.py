"""One side of `./mall bench redeem` in a process of its own: the product, Strawberry as it comes, or the limit."""

import sys

import uvicorn

from backend.app import create_app
from backend.serving import configuration
from tests.bench import redeeming_limit
from tests.bench.home_servers import stock

SIDES = {"ours": create_app, "stock": stock, "limit": redeeming_limit.app}


if __name__ == "__main__":
    settled = configuration(SIDES[sys.argv[1]](), lifespan="on")
    settled.port = int(sys.argv[2])
    uvicorn.Server(settled).run()

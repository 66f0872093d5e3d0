"""Serve the application by one of several servers: `servers.py NAME PORT`; what `connections.py` compares."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


def waitress(port):
    """As it was: a hundred connections at most."""
    from waitress import serve

    from warehouse.wsgi import application

    serve(application(), host="127.0.0.1", port=port, _quiet=True)


def warehouse(port):
    """As it is: waitress with `warehouse/connections.py`."""
    from warehouse.cli import main

    main(["serve", f"--port={port}"])


def gunicorn(port):
    """Threads that take a connection when something came."""
    from gunicorn.app.wsgiapp import run

    sys.argv = [
        "gunicorn",
        "-k",
        "gthread",
        "--threads",
        "8",
        "-w",
        "1",
        "--worker-connections",
        "5000",
        "-b",
        f"127.0.0.1:{port}",
        "--keep-alive",
        "60",
        "warehouse.wsgi:application()",
    ]
    run()


def granian(port):
    """Rust's hyper, with threads for Python."""
    from granian import Granian

    Granian(
        "warehouse.wsgi:application",
        address="127.0.0.1",
        port=port,
        interface="wsgi",
        factory=True,
        blocking_threads=8,
        backlog=4096,
        backpressure=5000,
    ).serve()


def uvicorn(port):
    """asyncio on uvloop, with a2wsgi's threads."""
    import uvicorn
    from a2wsgi import WSGIMiddleware

    from warehouse.wsgi import application

    uvicorn.run(
        WSGIMiddleware(application(), workers=8),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        backlog=4096,
        timeout_keep_alive=60,
    )


if __name__ == "__main__":
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    globals()[sys.argv[1]](int(sys.argv[2]))

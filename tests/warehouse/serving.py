"""An application behind a real socket, for tests whose client is another program."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import waitress
from waitress.wasyncore import close_all

from warehouse.cli.serve import listen
from warehouse.config import main
from warehouse.connections import limited
from warehouse.settings import Settings


@contextmanager
def serving(settings: Settings, most: int = 100, **options: int) -> Iterator[str]:
    """Serve the application on a free port, to so many connections, and yield its address; options are waitress's."""
    with listen("127.0.0.1", 0) as listener:
        server = limited(waitress.create_server(main(settings), sockets=[listener], **options), most)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        host, port = listener.getsockname()
        yield f"http://{host}:{port}"
        server.task_dispatcher.shutdown()
        # In the server's own thread: it selects on the descriptors that are closed here. It may find this before it is
        # woken, and has closed what wakes it by then.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: close_all(server._map))
        thread.join(timeout=10)
        assert not thread.is_alive()

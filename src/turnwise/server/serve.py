"""One server process: listen, answer, and on the way out let the turns in progress end."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from sanic.application.state import ApplicationServerInfo
from sanic.http.constants import HTTP

from turnwise.errors import UsageError
from turnwise.server.answers import App
from turnwise.server.settings import ServerSettings, Tls

log = logging.getLogger(__name__)
Result = TypeVar("Result")


def run_until_done(main: Coroutine[Any, Any, Result]) -> Result:
    """Runs `main` in an event loop, that of uvloop where it is installed."""
    try:
        import uvloop

        factory: Callable[[], asyncio.AbstractEventLoop] | None = uvloop.new_event_loop
    except ModuleNotFoundError:
        factory = None
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


def listening_socket(interface: str, port: int, *, backlog: int) -> socket.socket:
    """A socket on which connections are waiting already, before anybody accepts them.

    Raises:
        UsageError: the port is taken, or the interface is none of this machine.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"--port: {port} is no port\n  fix: choose one from 1 to 65535")
    family = socket.AF_INET6 if ":" in interface else socket.AF_INET
    try:
        return socket.create_server((interface, port), family=family, backlog=backlog)
    except OSError as error:
        raise UsageError(_why_not(error, interface, port)) from error


def _why_not(error: OSError, interface: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"--port: another program listens on port {port}\n  fix: end it, or choose another: -p {port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"--port: this user may not listen on port {port}\n  fix: choose a port above 1023"
    return f"--interface: cannot listen on '{interface}', port {port}: {error.strerror or error}"


async def serve(
    app: App,
    settings: ServerSettings,
    listener: socket.socket,
    *,
    until: Callable[[], Awaitable[object]],
) -> None:
    """Answers requests on `listener` until `until()` returns, then lets what is in progress end."""
    # Else every response carries an empty header that may name an HTTP/3 server, and there is none.
    app.state.server_info.append(ApplicationServerInfo(settings={"version": HTTP.VERSION_1}))
    server: Any = await app.create_server(
        sock=listener, ssl=_tls_context(settings.tls), return_asyncio_server=True, access_log=False
    )
    await server.startup()
    await server.before_start()
    await server.start_serving()
    log.info("server.ready interface=%s port=%s", *listener.getsockname()[:2])
    try:
        await until()
    finally:
        log.info("server.stopping")
        app.ctx.stopping = True
        await server.before_stop()
        server.close()
        await _drain(server.connections, settings.drain)
        await server.after_stop()


async def _drain(connections: set[Any], patience: float) -> None:
    """Closes idle connections at once, and busy ones after their response or `patience` seconds."""
    deadline = asyncio.get_running_loop().time() + patience
    while connections and asyncio.get_running_loop().time() < deadline:
        for connection in list(connections):
            connection.close_if_idle()
        await asyncio.sleep(0.02)
    if connections:
        log.warning("server.requests_cut_off count=%s", len(connections))
    for connection in list(connections):
        connection.abort()


async def told_to_stop() -> None:
    """Returns when the process gets SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def _tls_context(tls: Tls | None) -> ssl.SSLContext | None:
    """
    Raises:
        UsageError: a file is missing, or is not what it should be.
    """
    if tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls.ca_file)
    try:
        context.load_cert_chain(tls.certificate, tls.keyfile, password=tls.password)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"--ssl-certificate {tls.certificate}: {error}") from error
    if tls.ca_file is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context

"""Commands that run something, and those about what a running one has left behind."""

from __future__ import annotations

import argparse

from turnwise.cli import parser_options as options
from turnwise.cli.parser_options import Commands, add_command, add_subcommands

SHELL = "turnwise.cli.run:run_shell"
TELEMETRY = "turnwise.cli.telemetry:run"


def add_serving_commands(commands: Commands) -> None:
    """Adds the commands that start a server, and those about what a running one has left behind."""
    run = add_command(commands, "run", "serve a trained model", handler="turnwise.cli.run:run")
    add_server_options(run)
    _add_run_actions(add_subcommands(run))
    _add_shell(commands)
    _add_x(commands)
    _add_export(commands)
    _add_erase(commands)
    _add_telemetry(commands)


def _add_run_actions(parts: Commands) -> None:
    actions = add_command(
        parts, "actions", "serve the custom actions", handler="turnwise.cli.run_actions:run"
    )
    options.add_port(actions, default=5055)
    _add_cors(actions)
    actions.add_argument(
        "--actions",
        type=_module_name,
        help="dotted name of the module with the actions; 'actions' unless given",
    )
    _add_tls(actions)
    actions.add_argument(
        "--auto-reload", action="store_true", help="read the actions again when their files change"
    )


def _module_name(word: str) -> str:
    if "/" in word:
        raise argparse.ArgumentTypeError(
            f"'{word}' is a path; write a module name, such as 'my_folder.actions'"
        )
    return word


def _add_shell(commands: Commands) -> None:
    shell = add_command(commands, "shell", "talk with a trained model in the terminal", handler=SHELL)
    options.add_conversation_id(shell)
    add_server_options(shell)
    nlu = add_command(
        add_subcommands(shell), "nlu", "see how messages are understood", handler=SHELL, subcommand="nlu"
    )
    options.add_model(nlu)
    nlu.add_argument("--explain", action="store_true", help="say also what decided")


def _add_x(commands: Commands) -> None:
    x = add_command(commands, "x", "serve a model for a Rasa X server", handler="turnwise.cli.x:run")
    x.add_argument("--production", action="store_true", help="fetch the configuration from --config-endpoint")
    x.add_argument(
        "--config-endpoint", metavar="URL", help="where endpoints and credentials are fetched from"
    )
    x.add_argument("--no-prompt", action="store_true", help="ask nothing")
    add_server_options(x)


def _add_export(commands: Commands) -> None:
    export = add_command(
        commands,
        "export",
        "publish stored conversations to the event broker",
        handler="turnwise.cli.export:run",
    )
    options.add_endpoints(export)
    export.add_argument(
        "--minimum-timestamp", type=float, metavar="SECONDS", help="events from then on (Unix time)"
    )
    export.add_argument(
        "--maximum-timestamp", type=float, metavar="SECONDS", help="events before then (Unix time)"
    )
    export.add_argument(
        "--offset-timestamps-by-seconds", type=int, metavar="SECONDS", help="added to the time of each event"
    )
    export.add_argument("--conversation-ids", metavar="IDS", help="only these, separated by commas")


def _add_erase(commands: Commands) -> None:
    erase = add_command(
        commands, "erase", "erase stored conversations for good", handler="turnwise.cli.erase:run"
    )
    options.add_endpoints(erase)
    erase.add_argument(
        "--days",
        type=float,
        metavar="N",
        help="those in which nothing has happened for so long; 'retention' in the endpoints unless given",
    )
    erase.add_argument("--conversation-ids", metavar="IDS", help="these, separated by commas, however old")
    erase.add_argument("--dry-run", action="store_true", help="only say how many that would be")


def _add_telemetry(commands: Commands) -> None:
    telemetry = add_command(commands, "telemetry", "show or set the switch for telemetry", handler=TELEMETRY)
    parts = add_subcommands(telemetry)
    for name in ("enable", "disable"):
        add_command(parts, name, f"{name} telemetry", handler=TELEMETRY, subcommand=name)


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """All flags of `rasa run`."""
    options.add_model(parser)
    _add_log_destination(parser)
    options.add_endpoints(parser)
    parser.add_argument("-i", "--interface", default="0.0.0.0", help="network interface to listen on")
    options.add_port(parser)
    parser.add_argument("-t", "--auth-token", metavar="TOKEN", help="token the HTTP API asks for")
    _add_cors(parser)
    parser.add_argument(
        "--enable-api", action="store_true", help="serve the whole HTTP API, not only the channels"
    )
    parser.add_argument(
        "--response-timeout", type=int, default=3600, help="seconds until a request is given up"
    )
    parser.add_argument("--request-timeout", type=int, default=300, help="seconds an action server may take")
    parser.add_argument("--workers", type=int, metavar="N", help="processes that serve; SANIC_WORKERS, or 1")
    parser.add_argument("--remote-storage", metavar="NAME", help="aws, gcs, azure or a class by dotted path")
    _add_tls(parser)
    parser.add_argument(
        "--ssl-ca-file", metavar="FILE", help="certificates of the authorities that are trusted"
    )
    _add_channels(parser)
    _add_jwt(parser)


def _add_log_destination(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log-file", metavar="FILE", help="write the log to this file too")
    parser.add_argument("--use-syslog", action="store_true", help="write the log to a syslog server too")
    parser.add_argument("--syslog-address", default="localhost", help="host of the syslog server")
    parser.add_argument("--syslog-port", type=int, default=514, help="port of the syslog server")
    parser.add_argument("--syslog-protocol", default="UDP", help="UDP or TCP")


def _add_cors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cors", nargs="*", metavar="ORIGIN", help="origins browsers may call from; * for all"
    )


def _add_tls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ssl-certificate", metavar="FILE", help="certificate for TLS")
    parser.add_argument("--ssl-keyfile", metavar="FILE", help="private key for TLS")
    parser.add_argument("--ssl-password", metavar="WORD", help="password of the private key")


def _add_channels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--credentials", metavar="FILE", help="the channels; credentials.yml if there is one")
    parser.add_argument("--connector", metavar="NAME", help="open only this channel")


def _add_jwt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jwt-secret", metavar="KEY", help="shared secret, or public key, that tokens are checked by"
    )
    parser.add_argument("--jwt-method", default="HS256", help="algorithm of the tokens")
    parser.add_argument("--jwt-private-key", metavar="KEY", help="private key, for asymmetric algorithms")

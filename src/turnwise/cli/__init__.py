"""The command line: one file per command, each with `run(args) -> exit code`, imported only when chosen."""

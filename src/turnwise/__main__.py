"""`python -m turnwise`: the command, where its script is not on the PATH."""

from __future__ import annotations

import sys

from turnwise.cli.main import main

sys.exit(main())

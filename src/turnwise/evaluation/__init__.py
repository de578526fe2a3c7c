"""How good an assistant is: tests of understanding and dialogue, reports, pictures, markers, story graphs."""

from __future__ import annotations

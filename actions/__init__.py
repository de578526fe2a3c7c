"""Wayfare's action server: one module per desk, over a small SQL service layer.

Modules at this level hold what Rasa calls (actions and form validation); `services` answers questions with
SQL; `reading` turns words into dates, numbers and places; `db` keeps the tables and the demo data.
"""

from __future__ import annotations

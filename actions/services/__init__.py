"""Questions and changes in SQL, one module per subject.

Each function takes a session, and today's date or the moment where it matters; none knows Rasa.
"""

from __future__ import annotations

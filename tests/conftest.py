"""What holds of every test: property tests draw the same examples on every run, however slowly.

``GSH_EXPLORE=1000`` draws that many new ones instead; what they find becomes an example of its own.
"""

import os

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "same", deadline=None, derandomize=True, database=None, suppress_health_check=SLOW
)
settings.register_profile(
    "explore", deadline=None, database=None, suppress_health_check=SLOW, print_blob=True
)
settings.load_profile("explore" if "GSH_EXPLORE" in os.environ else "same")

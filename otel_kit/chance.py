"""The kit's own source of chance: ids, what is sampled, how long a retry waits.

Not ``random``'s shared one: ``random.seed`` in an application would make it repeat itself, and what the kit draws on
its threads would change what the application draws after its seed. Not the operating system's either, which costs a
system call each time. A forked child seeds anew.
"""

from __future__ import annotations

import os
import random
from typing import Final

generator: Final = random.Random()  # noqa: S311 - ids must differ, they are no secrets; seeded by the operating system
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=generator.seed)

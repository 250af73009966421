"""Whether configurations of the Collector go together: own rules first, then the real binary.

The Collector itself merges several files key by key and replaces lists, silently. So an overlay can switch the guard
off, take a pipeline past redaction or drop the queue, and `validate` finds nothing wrong with it. These rules do.
"""

from otel_kit.stack.check.examine import Findings, check, examine

__all__ = ["Findings", "check", "examine"]

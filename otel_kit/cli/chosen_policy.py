"""The policy that a command works with: the one of the settings, as the application has it, or one that is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from otel_kit.errors import PolicyError
from otel_kit.settings import load_leniently

if TYPE_CHECKING:
    from otel_kit.redaction.redactor import Redactor

SHIPPED: Final = "default"
HELP: Final = "your policy file; 'default' is the shipped policy alone (default: redaction.policy of the settings)"


def chosen_redactor(name: str | None) -> Redactor:
    """Return the redactor of the policy file ``name``, None for that of the settings, ``default`` for the shipped one.

    Keys of pseudonyms and the minimum class are those of the settings. What is wrong elsewhere in the settings does not
    matter here.

    Raises:
        PolicyError: the policy or the file of keys cannot be used.
    """
    from otel_kit.compiled_policy import compiled_policy  # loads the engine, which other commands do not need

    settings = replace(load_leniently().settings, redaction=True)
    if name is not None:
        settings = replace(settings, policy_file=None if name == SHIPPED else name)
    compiled = compiled_policy(settings)
    if compiled.faults:
        raise PolicyError(compiled.faults)
    return compiled.redactor

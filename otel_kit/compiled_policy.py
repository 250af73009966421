"""Settings become the redactor in force: the shipped policy, the user's layer over it, the keys of pseudonyms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from otel_kit.errors import Fault, PolicyError
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy
from otel_kit.redaction.pseudonyms import PseudonymKeys, load_pseudonym_keys
from otel_kit.redaction.redactor import Redactor, compile_policy, default_redactor
from otel_kit.settings import Settings


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A redactor and what it was made from; ``faults`` say what of the settings could not be used."""

    redactor: Redactor
    pseudonyms: PseudonymKeys | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def without_key(self) -> tuple[str, ...]:
        """The rules and key classes that ask for a pseudonym and fall back, because there is no key."""
        if self.pseudonyms is not None:
            return ()
        policy = self.redactor.policy
        rules = [rule.id for rule in policy.rules if rule.action == "pseudonym"]
        return (*rules, *(key.id for key in policy.keys if key.action == "pseudonym"))

    def is_like(self, other: CompiledPolicy) -> bool:
        """Whether both do the same to every value."""
        return self.redactor.policy == other.redactor.policy and self.pseudonyms == other.pseudonyms


def compiled_policy(settings: Settings) -> CompiledPolicy:
    """Return what the settings ask for, compiled. Reads files; never raises.

    What cannot be used is among the faults: without a policy of the user's own the shipped one holds, without usable
    keys the rules that ask for a pseudonym fall back.
    """
    if not settings.redaction:
        return CompiledPolicy(compile_policy(Policy(rules=())))
    faults: list[Fault] = []
    pseudonyms = _pseudonyms(settings.pseudonym_keys_file, faults)
    layer = settings.policy_file
    try:
        if layer is not None:
            return CompiledPolicy(_compiled(settings, pseudonyms, Path(layer)), pseudonyms, tuple(faults))
    except Exception as error:
        faults += _faults_of(error, layer)
    return CompiledPolicy(_compiled(settings, pseudonyms), pseudonyms, tuple(faults))


def _compiled(settings: Settings, pseudonyms: PseudonymKeys | None, layer: Path | None = None) -> Redactor:
    if (layer, settings.minimum_class, pseudonyms) == (None, None, None):
        return default_redactor()
    return compile_policy(load_policy(layer, minimum_class=settings.minimum_class), pseudonyms)


def _pseudonyms(path: str | None, faults: list[Fault]) -> PseudonymKeys | None:
    if path is None:
        return None
    try:
        return load_pseudonym_keys(Path(path))
    except Exception as error:
        faults += _faults_of(error, path)
        return None


def _faults_of(error: Exception, path: str | None) -> tuple[Fault, ...]:
    """Return a fault for whatever came out of a file; an error that nobody expected must not leave raw data either."""
    if isinstance(error, PolicyError):
        return error.faults
    return (Fault(str(path), f"cannot be used: {type(error).__name__}"),)

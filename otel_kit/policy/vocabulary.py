"""The words a policy file may use: actions, validators, scopes, data classes and structured kinds.

The redaction package implements each of them; a test holds the two sides together.
"""

from __future__ import annotations

from typing import Final

# From the weakest to the strictest; within one rank neither is stricter than the other.
ACTION_RANKS: Final = (
    ("keep",),
    ("truncate",),
    ("scheme", "email", "card", "phone", "ssn", "iban", "last4", "ip", "pseudonym"),
    ("replace",),
    ("drop",),
)
ACTIONS: Final = tuple(action for rank in ACTION_RANKS for action in rank)
RULE_ACTIONS: Final = ACTIONS[1:]
FALLBACKS: Final = ("replace", "keep")
MODES: Final = ("enforce", "report")
DATA_CLASSES: Final = ("public", "internal", "confidential", "restricted")
MINIMUM_CLASSES: Final = DATA_CLASSES[1:]
VALIDATORS: Final = (
    "email", "ip", "basic", "random", "card", "card_long", "card_near_word", "iban", "routing_number", "bank_account",
    "phone", "phone_national", "phone_spoken", "ssn", "itin", "ein", "npi", "dea", "document_number", "coordinates",
    "degrees", "mrz_names", "mrz_numbers", "de_tax_id", "de_identity_card", "de_pension", "fr_nir", "gb_nino",
    "gb_nhs", "es_dni", "es_cif", "it_codice_fiscale", "nl_bsn", "be_national_number", "pt_nif", "ie_ppsn", "at_svnr",
    "ch_ahv", "gr_amka", "gr_afm", "pl_pesel", "pl_nip", "se_personnummer", "no_fodselsnummer", "dk_cpr", "fi_hetu",
    "cz_rodne_cislo", "ro_cnp", "bg_egn", "hr_oib", "hu_taj", "hu_tax_id", "baltic_code", "lv_personas_kods", "emso",
    "lu_matricule", "vat_number",
)  # fmt: skip
# What stands for a value that is gone, with the id of its rule or key class.
MARKER_PATTERN: Final = r"\[REDACTED:[a-z0-9_.-]{1,64}\]"
ENCODINGS: Final = ("base64",)
SCOPES: Final = ("any", "query")
STRUCTURED: Final = ("url", "query", "path", "sql", "cookie", "set_cookie", "address")


def action_rank(action: str) -> int:
    """Return how strict an action is, from 0 up."""
    return next(rank for rank, actions in enumerate(ACTION_RANKS) if action in actions)

"""What a board can be narrowed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from grafana_foundation_sdk.builders.dashboard import QueryVariable, TextBoxVariable
from grafana_foundation_sdk.models.dashboard import VariableModel, VariableOption, VariableRefresh, VariableSort

from dashboards.queries import Source, reference


@dataclass(frozen=True, slots=True)
class Choice:
    """Values of a label of Prometheus; several or all may be chosen, all is ``.*`` and means also those without."""

    name: str
    label: str
    query: str
    """``label_values(metric{matchers}, label)``"""
    source: Source = "prometheus"
    regex: str = ""

    def model(self) -> VariableModel:
        """Return it as Grafana has it."""
        asked = {"qryType": 1, "query": self.query, "refId": "PrometheusVariableQueryEditor-VariableQuery"}
        made = QueryVariable(self.name).label(self.label).query(asked).definition(self.query)
        made = made.datasource(reference(self.source)).multi(True).include_all(True).all_value(".*").regex(self.regex)
        made = made.current(VariableOption(selected=True, text=["All"], value=["$__all"]))
        # By time range: services come and go.
        made = made.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
        return made.build()


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody types; empty at first."""

    name: str
    label: str
    description: str

    def model(self) -> VariableModel:
        """Return it as Grafana has it."""
        made = TextBoxVariable(self.name).label(self.label).description(self.description).default_value("")
        return made.current(VariableOption(selected=True, text="", value="")).build()


Variable: TypeAlias = Choice | Text

ENVIRONMENT: Final = Choice(
    "environment", "Environment", "label_values(target_info, deployment_environment_name)", regex="/.+/"
)
SERVICE: Final = Choice(
    "service", "Service", 'label_values(target_info{deployment_environment_name=~"$environment"}, service_name)'
)
VERSION: Final = Choice(
    "version",
    "Version",
    'label_values(target_info{deployment_environment_name=~"$environment",service_name=~"$service"}, service_version)',
    regex="/.+/",
)
COMMON: Final[Sequence[Variable]] = (ENVIRONMENT, SERVICE, VERSION)

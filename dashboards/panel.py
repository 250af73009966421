"""The kinds of panels. Each takes its facts and queries and returns a panel with a size, not yet placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    heatmap,
    logs,
    nodegraph,
    stat,
    statetimeline,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.models import common as models
from grafana_foundation_sdk.models.dashboard import FieldColorModeId, Panel
from grafana_foundation_sdk.models.nodegraph import ZoomMode
from grafana_foundation_sdk.models.text import TextMode

from dashboards import appearance, columns
from dashboards.appearance import Mapped
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.queries import Query

LEVELS: Final[Mapping[str, str]] = {
    "critical": "purple",
    "fatal": "purple",
    "error": "red",
    "warn": "orange",
    "info": "green",
    "debug": "blue",
    "trace": "light-blue",
    "unknown": "gray",
}
"""Colours of log levels, by the values of ``detected_level``."""


@dataclass(frozen=True, slots=True)
class Sized:
    """A panel and how many of the 24 columns and how many lines it takes."""

    panel: Panel
    width: int
    height: int


def figure(facts: Facts, *queries: Query, width: int = 4, height: int = 4, mapped: Mapped | None = None) -> Sized:
    """Return a stat: one number, with its line behind it when the query is one over time."""
    made = stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    made = made.color_mode(models.BigValueColorMode.VALUE if not mapped else models.BigValueColorMode.BACKGROUND)
    return _finished(made.build(), facts, queries, (width, height), mapped=mapped)


def time_series(
    facts: Facts,
    *queries: Query,
    width: int = 12,
    height: int = 8,
    stacked: bool = False,
    colours: Mapping[str, str] | None = None,
    lowest: float | None = 0,
    highest: float | None = None,
) -> Sized:
    """Return lines over time, or stacked areas; limits as dashed lines; ``colours`` by the legend's text."""
    legend = common.VizLegendOptions().show_legend(True).display_mode(models.LegendDisplayMode.TABLE)
    legend = legend.placement(models.LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"])
    tooltip = common.VizTooltipOptions().mode(models.TooltipDisplayMode.MULTI).sort(models.SortOrder.DESCENDING)
    made = timeseries.Panel().legend(legend).tooltip(tooltip).line_width(1).show_points(models.VisibilityMode.AUTO)
    # A gap of one interval is a sample that came late, not an outage.
    made = made.span_nulls(180_000).fill_opacity(60 if stacked else 8)
    if stacked:
        made = made.stacking(common.StackingConfig().mode(models.StackingMode.NORMAL))
    if facts.limits.names:
        style = common.GraphThresholdsStyleConfig().mode(models.GraphThresholdsStyleMode.DASHED)
        made = made.thresholds_style(style)
    panel = _finished(made.build(), facts, queries, (width, height), colours=colours)
    defaults = appearance.defaults(panel.panel)
    defaults.min_val, defaults.max_val = lowest, highest
    defaults.color = appearance.colour_by(FieldColorModeId.PALETTE_CLASSIC)
    return panel


def distribution(facts: Facts, query: Query, *, width: int = 12, height: int = 8) -> Sized:
    """Return a heatmap of a histogram (``queries.buckets``), with exemplars as points that lead to traces."""
    made = heatmap.Panel().calculate(False).cell_gap(1).show_legend()
    made = made.color(heatmap.HeatmapColorOptions().scheme("Blues").steps(32))
    made = made.y_axis(heatmap.YAxisConfig().axis_placement(models.AxisPlacement.LEFT))
    made = made.tooltip(heatmap.HeatmapTooltip().mode(models.TooltipDisplayMode.SINGLE).y_histogram(True))
    made = made.exemplars_color("rgba(255,120,10,0.9)")
    panel = _finished(made.build(), facts, (query,), (width, height))
    options = appearance.options(panel.panel)
    options["yAxis"] = {"axisPlacement": "left", "unit": facts.unit}
    return panel


def listing(
    facts: Facts,
    *queries: Query,
    columns_: Sequence[Column],
    sort: str | None = None,
    descending: bool = True,
    width: int = 24,
    height: int = 8,
) -> Sized:
    """Return a table. Rows of several queries with equal labels become one; only ``columns_`` are shown, in order."""
    made = table.Panel().show_header(True).cell_height(models.TableCellHeight.SM)
    if sort is not None:
        made = made.sort_by([common.TableSortByFieldState().display_name(sort).desc(descending)])
    panel = _finished(made.build(), facts, queries, (width, height))
    panel.panel.transformations = columns.transformations(columns_, merged=len(queries) > 1)
    config = appearance.config(panel.panel)
    config.overrides = [override for one in columns_ for override in columns.overrides(one)]
    said = (one.limits.sentence(one.title) for one in columns_ if one.limits is not None)
    panel.panel.description = "\n\n".join(filter(None, (panel.panel.description, *said)))
    # Links of a table belong to columns: a link of every cell would be in the way.
    appearance.defaults(panel.panel).links = None
    return panel


def log_list(facts: Facts, *queries: Query, width: int = 24, height: int = 10) -> Sized:
    """Return log records; opened, each leads to its trace by the derived fields of the data source."""
    made = logs.Panel().show_time(True).wrap_log_message(True).enable_log_details(True).show_labels(False)
    made = made.sort_order(models.LogsSortOrder.DESCENDING).dedup_strategy(models.LogsDedupStrategy.NONE)
    return _finished(made.build(), facts, queries, (width, height))


def trace_list(facts: Facts, *queries: Query, sort: str | None = None, width: int = 12, height: int = 9) -> Sized:
    """Return the traces or spans that are found; the id leads to the trace, the trace to its logs.

    ``sort``: the attribute by which they stand, the highest first; else the newest do.
    """
    made = table.Panel().show_header(True).cell_height(models.TableCellHeight.SM)
    if sort is not None:
        made = made.sort_by([common.TableSortByFieldState().display_name(sort).desc(True)])
    panel = _finished(made.build(), facts, queries, (width, height))
    appearance.config(panel.panel).overrides = columns.trace_overrides()
    appearance.defaults(panel.panel).links = None
    return panel


def states(facts: Facts, *queries: Query, mapped: Mapped, width: int = 12, height: int = 8) -> Sized:
    """Return a state timeline: one bar a series, coloured by what its values mean."""
    legend = common.VizLegendOptions().show_legend(False).display_mode(models.LegendDisplayMode.LIST)
    made = statetimeline.Panel().legend(legend.placement(models.LegendPlacement.BOTTOM)).merge_values(True)
    made = made.show_value(models.VisibilityMode.NEVER).row_height(0.8)
    return _finished(made.build(), facts, queries, (width, height), mapped=mapped)


def bars(facts: Facts, *queries: Query, width: int = 8, height: int = 8, highest: float | None = None) -> Sized:
    """Return horizontal bars, one a series, of values at the end of the time range."""
    made = bargauge.Panel().orientation(models.VizOrientation.HORIZONTAL)
    made = made.display_mode(models.BarGaugeDisplayMode.BASIC).value_mode(models.BarGaugeValueMode.TEXT)
    made = made.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    panel = _finished(made.build(), facts, queries, (width, height))
    defaults = appearance.defaults(panel.panel)
    defaults.min_val, defaults.max_val = 0, highest
    if not facts.limits.names:
        defaults.color = appearance.colour_by(FieldColorModeId.PALETTE_CLASSIC_BY_NAME)
    return panel


def graph(
    facts: Facts,
    edges: Query,
    nodes: Query,
    second: Query,
    *,
    units: tuple[str, str],
    width: int = 12,
    height: int = 12,
) -> Sized:
    """Return a node graph.

    ``edges`` has the labels ``id``, ``source``, ``target``; ``nodes`` has ``id`` and ``title``; ``second`` has ``id``
    and is the lower figure of a node. ``units`` are those of a node's two figures; the first is that of edges, too.
    """
    made = nodegraph.Panel().zoom_mode(ZoomMode.COOPERATIVE).build()
    panel = _finished(made, facts, (edges, nodes, second), (width, height))
    panel.panel.transformations = columns.graph_transformations()
    appearance.config(panel.panel).overrides = columns.graph_overrides(units)
    return panel


def words(facts: Facts, markdown: str, *, width: int = 24, height: int = 4) -> Sized:
    """Return a panel of text; a board has at most one."""
    made = text.Panel().content(markdown).mode(TextMode.MARKDOWN).build()
    return _finished(made, facts, (), (width, height))


def _finished(
    panel: Panel,
    facts: Facts,
    queries: Sequence[Query],
    size: tuple[int, int],
    *,
    mapped: Mapped | None = None,
    colours: Mapping[str, str] | None = None,
) -> Sized:
    appearance.state(panel, facts)
    panel.targets = [query.target for query in queries]
    panel.datasource = appearance.source_of(queries)
    if mapped:
        appearance.defaults(panel).mappings = appearance.mappings(mapped)
    if colours:
        appearance.config(panel).overrides = appearance.coloured(colours)
    return Sized(panel, *size)

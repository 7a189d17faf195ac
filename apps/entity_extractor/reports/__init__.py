"""How well names were found: scores by four schemes, two models side by side, as tables.

pairing.py   which mention answers which; scores.py: the counts, by nervaluate, with intervals
report.py    one model; compare.py: two; tables.py: as JSON, Markdown and HTML
"""

from entity_extractor.reports.compare import Agreement, Comparison, agreement, compare
from entity_extractor.reports.report import Report, report
from entity_extractor.reports.tables import to_html, to_json, to_markdown

__all__ = ["Agreement", "Comparison", "Report", "agreement", "compare", "report", "to_html", "to_json", "to_markdown"]

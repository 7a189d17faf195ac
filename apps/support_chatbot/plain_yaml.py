"""YAML that people write, read as words, lists and tables alone."""

from typing import Any

import yaml

__all__ = ["PlainLoader"]


class PlainLoader(yaml.BaseLoader):
    """`no` stays a word and a tag makes no object; an alias, which can blow a small file up to gigabytes, is refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not read; write the value out", problem_mark=mark)
        return super().compose_node(parent, index)

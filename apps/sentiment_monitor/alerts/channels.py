"""Where alerts go: channels by name, each one or more Apprise addresses (webhook, e-mail, Slack, ...).

    language = "en"                                    # or "zh"
    [channels]
    desk = "jsons://hooks.example.com/news"            # a JSON POST; see https://github.com/caronc/apprise
    mail = ["mailtos://user:password@example.com"]

Addresses hold passwords, so they stand in this file or in the environment (HEADWATER_ALERT_CHANNEL_DESK=...), and never
in the store, a log or an error. They may lie in the own network, which `headwater.scoring.web` refuses for feeds: whoever
runs the monitor sets them, and no feed does. Redirects are not followed.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headwater.errors import InputError, ServerError
from headwater.ui.texts import LANGUAGES
from sentiment_monitor.alerts.wording import Note

__all__ = ["Channels", "channels_from", "send"]

FILE, PREFIX = "HEADWATER_ALERT_CHANNELS", "HEADWATER_ALERT_CHANNEL_"
KINDS = {1: "info", 2: "warning", 3: "failure"}  # Apprise's kinds of message, by severity
SECONDS = 20  # for one message to one channel, within the lease of the outbox


@dataclass(frozen=True)
class Channels:
    """Addresses by the names that rules use, small letters; and the language that is spoken there."""

    addresses: Mapping[str, tuple[str, ...]] = field(repr=False)
    language: str = "en"


def channels_from(path: Path | str | None = None, environment: Mapping[str, str] = os.environ) -> Channels:
    """The channels of a file (else the one in HEADWATER_ALERT_CHANNELS, else none) and of the environment, which wins.

    Raises InputError for a file that cannot be read and for addresses that Apprise does not know, without quoting them.
    """
    path = path or environment.get(FILE, "").strip() or None
    language, given = ("en", {}) if path is None else _read(Path(path))
    for name, address in environment.items():
        if name.startswith(PREFIX) and address.strip():
            given[name.removeprefix(PREFIX).lower()] = (address.strip(),)
    for name, addresses in given.items():
        _apprise(name, addresses)
    return Channels(given, language)


def send(channels: Channels, name: str, note: Note, severity: int) -> None:
    """Send a note to a channel. Raises ServerError where not every address took it, InputError for an unknown name."""
    addresses = channels.addresses.get(name.lower())
    if addresses is None:
        known = ", ".join(sorted(channels.addresses)) or "none"
        raise InputError(f"expected a channel of the channels file, got {name!r}: there are {known}")
    result = _apprise(name, addresses).notify(
        title=note.title, body=note.body, notify_type=KINDS[severity], body_format="text", timeout=SECONDS
    )
    if not result:
        status = getattr(getattr(result, "status", None), "name", "FAILURE").lower()
        raise ServerError(f"channel {name}: expected every address to take the message, and one did not ({status})")


def _read(path: Path) -> tuple[str, dict[str, tuple[str, ...]]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path}: expected a file of channels: {fault}") from fault
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"{path}: expected TOML: {fault}") from fault
    language, table = document.get("language", "en"), document.get("channels", {})
    if not isinstance(language, str) or language not in LANGUAGES:
        raise InputError(f"{path}: language: expected one of {', '.join(LANGUAGES)}")
    if not isinstance(table, dict):
        raise InputError(f"{path}: channels: expected a table of names and addresses")
    return language, {name.lower(): _addresses(path, name, value) for name, value in table.items()}


def _addresses(path: Path, name: str, given: Any) -> tuple[str, ...]:
    listed = given if isinstance(given, list) else [given]
    if not re.fullmatch(r"[\w-]{1,64}", name):
        raise InputError(f"{path}: channels.{name}: expected a name of up to 64 letters, digits, - and _")
    if not listed or not all(isinstance(one, str) and one.strip() for one in listed):
        raise InputError(f"{path}: channels.{name}: expected an address or a list of them")
    return tuple(one.strip() for one in listed)


def _apprise(name: str, addresses: tuple[str, ...]) -> Any:
    try:
        from apprise import Apprise, AppriseAsset
    except ModuleNotFoundError as fault:
        raise InputError("alerts are sent by Apprise, which is not here: pip install 'headwater[alerts]'") from fault
    asset = AppriseAsset(app_id="Headwater", app_desc="Headwater sentiment monitor", async_mode=False)
    asset.http_redirects = False
    service = Apprise(asset=asset)
    for number, address in enumerate(addresses, start=1):
        if not service.add(address):
            raise InputError(f"channel {name}: expected an address that Apprise knows, number {number} is none")
    return service

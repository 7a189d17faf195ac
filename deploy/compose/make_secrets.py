"""Make the keys and the password that compose.yaml asks for, once: files that are there stay as they are."""

import secrets
from pathlib import Path

__all__ = ["make"]


def make(folder: Path) -> list[str]:
    """Write what is missing into `folder`, which only its owner may enter; return the names of what was written.

    The files themselves may be read by everybody, since compose gives them as they are to users of other numbers.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    wanted = dict.fromkeys(("dashboards_key", "prometheus_key", "postgres_password"), "")
    held = {name: _kept(folder / name) or secrets.token_urlsafe(32) for name in wanted}
    held["api_keys"] = f"{held['dashboards_key']}\n{held['prometheus_key']}"
    held["store_url"] = f"postgresql://headwater:{held['postgres_password']}@postgres:5432/headwater"
    written = [name for name in sorted(held) if not (folder / name).exists()]
    for name in written:
        (folder / name).write_text(held[name] + "\n", encoding="utf-8")
        (folder / name).chmod(0o644)
    return written


def _kept(file: Path) -> str | None:
    return file.read_text(encoding="utf-8").strip() if file.exists() else None


if __name__ == "__main__":
    made = make(Path(__file__).parent / "secrets")
    print("wrote " + ", ".join(made) if made else "every secret was there already")  # noqa: T201

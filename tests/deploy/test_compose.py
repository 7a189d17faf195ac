"""The compose file: read as its specification has it, and every name in it looked up where it leads."""

import importlib.util
import re
import stat
from pathlib import Path
from typing import Any

import compose_spec
import httpx
import pytest
import yaml
from fastapi.testclient import TestClient

from headwater.api.key_file import read_key_file
from headwater.api.keys import Keys
from sentiment_monitor.intake.feedlist import read_feeds
from tests.deploy.reading import DEPLOY, known_variable, parse, routes

FOLDER = DEPLOY / "compose"
TEXT = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = FILE["services"]
OURS = sorted(name for name, each in SERVICES.items() if each["image"].startswith("headwater-"))
service = pytest.mark.parametrize("name", sorted(SERVICES))


def test_it_is_a_compose_file() -> None:
    options = compose_spec.PyOptions(apply_merge=True)
    read = options.from_yaml(TEXT)
    read.validate()  # every network, volume, secret and config that a service names is there
    assert sorted(read.service_names()) == sorted(SERVICES)
    with pytest.raises(Exception, match="sekrets|secret"):
        options.from_yaml(TEXT.replace("    secrets: [api_keys]", "    secrets: [sekrets]")).validate()


@service
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    held = SERVICES[name]
    assert held["read_only"] is True
    assert held["cap_drop"] == ["ALL"]
    assert held["security_opt"] == ["no-new-privileges:true"]
    assert int(held["user"].split(":")[0]) > 0
    assert set(held["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "healthcheck" in held
    assert "privileged" not in held
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\w.-]*", held["image"]), "a version, not latest"
    assert all(port.startswith("127.0.0.1:") for port in held.get("ports", ()))
    assert set(held.get("depends_on", ())) <= set(SERVICES)


@service
def test_secrets_come_as_files_that_the_service_was_given(name: str) -> None:
    held = SERVICES[name]
    environment = held.get("environment", {})
    assert not [key for key in environment if re.search("PASSWORD|KEY|SECRET|STORE", key) and not key.endswith("_FILE")]
    words = " ".join([*environment.values(), *held.get("command", ())])
    assert set(re.findall(r"/run/secrets/(\w+)", words)) <= set(held.get("secrets", ()))


@pytest.mark.parametrize("name", OURS)
def test_our_commands_and_variables_are_read(name: str) -> None:
    held = SERVICES[name]
    options = parse(held["command"])
    for port in held.get("ports", ()):
        assert str(options["port"]) == port.split(":")[-1]
        assert options["host"] == "0.0.0.0"
    assert all(known_variable(key) for key in held.get("environment", {}) if key.startswith("HEADWATER_"))


def test_our_services_are_the_suite() -> None:
    assert OURS == ["api", "dashboards", "deliver", "upgrade", "watch"]
    server = httpx.URL(SERVICES["dashboards"]["environment"]["HEADWATER_ENDPOINT"])
    assert SERVICES[server.host]["command"][1] == "serve"
    assert str(server.port) in SERVICES[server.host]["command"]
    assert set(SERVICES["dashboards"]["networks"]) >= {"front", "store"}
    assert FILE["networks"]["store"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == ["store"]
    asking = [name for name in OURS if "dashboards_key" in SERVICES[name].get("secrets", ())]
    assert asking == ["dashboards"], "whoever else works has its own models, and needs neither the address nor the key"


@pytest.mark.parametrize("name", ["api", "dashboards"])
def test_health_checks_ask_for_what_answers(name: str, api: Any) -> None:
    test = SERVICES[name]["healthcheck"]["test"]
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+(?:/\w+)?)'", test[-1])
    assert asked and asked[2] in routes(api)
    assert asked[1] in SERVICES[name]["command"]
    compile(test[-1], name, "exec")


def test_the_files_it_names_are_there() -> None:
    for held in FILE["configs"].values():
        assert (FOLDER / held["file"]).is_file()
    assert len(read_feeds(FOLDER / "feeds.toml")) == 2
    for name in OURS:
        build = SERVICES[name]["build"]
        assert (FOLDER / build["context"] / build["dockerfile"]).resolve().is_file()


def make_secrets() -> Any:
    spec = importlib.util.spec_from_file_location("make_secrets", FOLDER / "make_secrets.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make


def test_secrets_are_made_once_and_fit_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = make_secrets()(folder)
    wanted = {Path(held["file"]).name for held in FILE["secrets"].values()} - {"alert_channels.toml"}
    assert set(made) == wanted
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    held = {name: (folder / name).read_text(encoding="utf-8") for name in made}
    assert make_secrets()(folder) == []
    assert held == {name: (folder / name).read_text(encoding="utf-8") for name in made}
    book = Keys(read_key_file(folder / "api_keys"))
    assert book.admit(held["dashboards_key"].strip(), "predict").may("metrics")
    assert book.admit(held["prometheus_key"].strip(), "metrics")
    url = httpx.URL(held["store_url"].strip())
    assert url.password == held["postgres_password"].strip()
    assert url.host in SERVICES
    assert url.path == "/" + SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    (folder / "store_url").unlink()
    assert make_secrets()(folder) == ["store_url"]
    assert (folder / "store_url").read_text(encoding="utf-8") == held["store_url"]


def test_prometheus_reads_a_service_and_its_rules_name_metrics_that_are_told(api: Any) -> None:
    folder = DEPLOY / "prometheus"
    config = yaml.safe_load((folder / "prometheus.yml").read_text(encoding="utf-8"))
    ours = config["scrape_configs"][0]
    (target,) = ours["static_configs"][0]["targets"]
    host, _, port = target.partition(":")
    assert port in SERVICES[host]["command"]
    assert ours["metrics_path"] in routes(api)
    assert ours["authorization"]["credentials_file"] == "/run/secrets/prometheus_key"
    assert all((folder / name).is_file() for name in config["rule_files"])
    rules = yaml.safe_load((folder / "rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 6
    told = TestClient(api).get("/metrics").text
    types = dict(re.findall(r"(?m)^# TYPE (\w+) (\w+)$", told))
    known = set(types) | {f"{name}_bucket" for name, kind in types.items() if kind == "histogram"} | {"up"}
    for rule in rules:
        assert rule["annotations"]["summary"] and rule["annotations"]["action"]
        named = set(re.findall(r"headwater_\w+|\bup\b", rule["expr"]))
        assert named and named <= known, rule["alert"]


def test_the_rule_on_slow_answers_leaves_out_files_that_take_as_long_as_they_are_large(api: Any) -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    (slow,) = [rule["expr"] for rule in rules if rule["alert"] == "HeadwaterSlow"]
    counted = re.search(r'route=~"([^"]+)"', slow)
    assert counted
    assert {route for route in routes(api) if re.fullmatch(counted[1], route)} == {
        "/v1/classify", "/v1/extract", "/v1/embed",
        "/v2/models/{name}/infer", "/v2/models/{name}/versions/{version}/infer",
    }  # fmt: skip

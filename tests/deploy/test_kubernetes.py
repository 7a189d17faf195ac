"""The manifests: held against Kubernetes' own schemas, and every name in them looked up where it leads."""

import inspect
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml
from fastapi.testclient import TestClient

from headwater.api.service import Limits
from headwater.cli.serve import run_server
from headwater.store.retention import read_retention
from sentiment_monitor.intake.feedlist import read_feeds
from tests.deploy.manifests import FOLDER, containers, mounted, pods, rendered, settings_files
from tests.deploy.reading import DEPLOY, ROOT, documents, known_variable, parse, routes, walk

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
MINOR = "1.34"


KINDS = {name: rendered(name) for name in ("base", "queue", "gpu")}
every = pytest.mark.parametrize("name", KINDS)


@every
def test_schemas_of_kubernetes_hold(name: str) -> None:
    assert len(KINDS[name]) > 12
    news = [each for each in KINDS[name] if name == "base" or each not in KINDS["base"]]
    for each in news:  # a schema takes a moment to read: what an overlay leaves as it was is not read again
        kubernetes_validate.validate(each, MINOR, strict=True)
    broken = {**KINDS[name][1], "automountServiceAccountTokens": False}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, MINOR, strict=True)


@every
@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kustomize_gives_the_same(name: str) -> None:
    folder = FOLDER / ("base" if name == "base" else f"overlays/{name}")
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    given = list(yaml.safe_load_all(done.stdout))
    assert len(given) == len(KINDS[name]) + 1, "and the ConfigMap that it makes"
    want = sorted((each["name"], each["image"] + ":" + VERSION, each["command"]) for each in containers(KINDS[name]))
    assert sorted((each["name"], each["image"], each["command"]) for each in containers(given)) == want
    for kind, part in (("HorizontalPodAutoscaler", "metrics"), ("Deployment", "replicas")):
        found, wanted = (
            {each["metadata"]["name"]: each["spec"].get(part) for each in some if each["kind"] == kind}
            for some in (given, KINDS[name])
        )
        assert found == wanted


@every
def test_pods_keep_to_the_restricted_profile(name: str) -> None:
    names = ("api", "dashboards", "watch", "deliver", "expire")
    assert set(pods(KINDS[name])) == {f"headwater-{each}" for each in names}
    for _, spec in pods(KINDS[name]).values():
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for each in containers(KINDS[name]):
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert {"cpu", "memory"} <= set(each["resources"]["requests"]) & set(each["resources"]["limits"])
        assert {"name": "tmp", "mountPath": "/tmp"} in each["volumeMounts"]


@every
def test_commands_variables_and_probes_are_the_codes(name: str, api: Any) -> None:
    for each in containers(KINDS[name]):
        options = parse(each["command"])
        ports = {port["name"]: port["containerPort"] for port in each.get("ports", ())}
        assert all(options["port"] == port and options["host"] == "0.0.0.0" for port in ports.values())
        assert all(known_variable(variable["name"]) for variable in each.get("env", ()))
        probes = [value for key, value in each.items() if key.endswith("Probe")]
        assert len(probes) == (3 if ports else 0)
        for probe in probes:
            assert probe["httpGet"]["path"] in routes(api)
            assert probe["httpGet"]["port"] in ports
        written = {mount["mountPath"] for mount in each["volumeMounts"] if not mount.get("readOnly")}
        homes = [variable["value"] for variable in each["env"] if variable["name"] == "HEADWATER_HOME"]
        assert set(homes) <= written, "the home must be a place that can be written"


@every
def test_every_volume_leads_somewhere(name: str) -> None:
    held = {(each["kind"], each["metadata"]["name"]) for each in KINDS[name]}
    told = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert all((FOLDER / "base" / file).is_file() for files in settings_files().values() for file in files)
    for _, spec in pods(KINDS[name]).values():
        assert ("ServiceAccount", spec["serviceAccountName"]) in held
        for volume in spec["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                assert ("PersistentVolumeClaim", claim["claimName"]) in held
            if "configMap" in volume:
                assert volume["configMap"]["name"] in settings_files()
            if "secret" in volume:
                assert f"secret generic {volume['secret']['secretName']}" in told, "the README says how to make it"


@every
def test_every_file_of_a_command_is_mounted(name: str) -> None:
    told = (DEPLOY / "README.md").read_text(encoding="utf-8")
    seen = set()
    for each, volumes in mounted(KINDS[name]):
        words = [*each["command"], *(variable["value"] for variable in each["env"])]
        for path in (Path(word) for word in words if word.startswith(("/run/secrets/", "/etc/"))):
            source = volumes[str(path.parent)]
            seen.add(path.name)
            if "configMap" in source:
                assert path.name in settings_files()[source["configMap"]["name"]]
            else:
                assert f"--from-file={path.name}=" in told
    assert seen == {
        "api_keys", "dashboards_key", "store_url", "alert_channels.toml", "feeds.toml", "retention.toml",
    }  # fmt: skip


@every
def test_the_dashboards_ask_a_service_that_is_there(name: str) -> None:
    services = {each["metadata"]["name"]: each["spec"] for each in KINDS[name] if each["kind"] == "Service"}
    urls = [httpx.URL(each["value"]) for each in walk(KINDS[name]) if each.get("name") == "HEADWATER_ENDPOINT"]
    assert len(urls) == 1, "whoever else works has its own models, and needs neither the address nor the key"
    for url in urls:
        assert url.port in [port["port"] for port in services[url.host]["ports"]]


@every
def test_selectors_find_pods_and_ports(name: str) -> None:
    labels = [labels for labels, _ in pods(KINDS[name]).values()]
    for each in KINDS[name]:
        spec = each.get("spec", {})
        if each["kind"] == "Service":
            goal = next(spec_ for held, spec_ in pods(KINDS[name]).values() if spec["selector"].items() <= held.items())
            known = {port["name"] for container in goal["containers"] for port in container.get("ports", ())}
            assert {port["targetPort"] for port in spec["ports"]} <= known
        for part in walk(spec):
            wanted = part.get("matchLabels", {}).get("app.kubernetes.io/name")
            assert wanted is None or {"app.kubernetes.io/name": wanted} in labels
            if part.get("key") == "app.kubernetes.io/name":
                assert all({"app.kubernetes.io/name": value} in labels for value in part["values"])
    policies = {each["metadata"]["name"]: each["spec"] for each in KINDS[name] if each["kind"] == "NetworkPolicy"}
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@every
def test_the_scaler_asks_for_a_metric_that_is_told(name: str, api: Any) -> None:
    (scaler,) = [each["spec"] for each in KINDS[name] if each["kind"] == "HorizontalPodAutoscaler"]
    kinds = [metric["type"] for metric in scaler["metrics"]]
    assert kinds == {"base": ["Resource"], "queue": ["Resource", "Pods"], "gpu": ["Pods"]}[name], (
        "with a metric that nobody serves it would never scale down: the base asks for none"
    )
    if name != "base":
        metric = scaler["metrics"][-1]["pods"]
        told = TestClient(api).get("/metrics").text
        assert re.search(rf"(?m)^# TYPE {metric['metric']['name']} gauge$", told)
        assert int(metric["target"]["averageValue"]) < Limits().capacity
        rules = documents(FOLDER / "adapter-values.yaml")[0]["rules"]["custom"]
        assert metric["metric"]["name"] in [rule["name"]["as"] for rule in rules]
    (goal,) = [
        each
        for each in KINDS[name]
        if each["metadata"]["name"] == scaler["scaleTargetRef"]["name"] and each["kind"] == "Deployment"
    ]
    assert "replicas" not in goal["spec"], "else every apply would undo what the scaler chose"
    (budget,) = [each["spec"] for each in KINDS[name] if each["kind"] == "PodDisruptionBudget"]
    assert budget["minAvailable"] < scaler["minReplicas"]


@every
def test_a_pod_waits_longer_than_the_server_does(name: str) -> None:
    _, spec = pods(KINDS[name])["headwater-api"]
    graceful = re.search(r"timeout_graceful_shutdown=(\d+)", inspect.getsource(run_server))
    assert graceful
    before = int(spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["terminationGracePeriodSeconds"] > before + int(graceful[1])


def allowed(workload: str) -> dict[int, dict[str, Any]]:
    """{port: block of addresses} that a workload may reach outside the cluster."""
    found = {}
    for each in KINDS["base"]:
        if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] == workload:
            for rule in each["spec"]["egress"]:
                blocks = [goal["ipBlock"] for goal in rule["to"] if "ipBlock" in goal]
                found |= {port["port"]: block for port in rule["ports"] for block in blocks}
    return found


def test_the_world_is_reached_where_it_must_be_and_no_private_network() -> None:
    ports = {"headwater-dashboards": {443}, "headwater-watch": {80, 443}, "headwater-deliver": {443, 465, 587}}
    for workload, wanted in ports.items():
        assert set(allowed(workload)) == wanted
        for block in allowed(workload).values():
            assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(block["except"])


def test_people_sign_in_by_a_secret_where_streamlit_looks_for_it() -> None:
    (found,) = [(each["env"], volumes) for each, volumes in mounted(KINDS["base"]) if each["name"] == "dashboards"]
    image = (DEPLOY / "containers" / "cpu.Dockerfile").read_text(encoding="utf-8")
    homes = re.findall(r"(?m)^ +HOME=(\S+)", image)
    (volume,) = [found[1][f"{home}/.streamlit"] for home in homes]
    assert volume["secret"]["optional"] is True
    assert {"name": "HEADWATER_ROLES", "value": f"{homes[0]}/.streamlit/roles.toml"} in found[0]


def test_there_is_no_courier_until_there_are_channels() -> None:
    kinds = {(each["kind"], each["metadata"]["name"]): each for each in KINDS["base"]}
    assert kinds["Deployment", "headwater-deliver"]["spec"]["replicas"] == 0


def test_prometheus_finds_the_pods_of_the_api_and_brings_a_key(api: Any) -> None:
    (job,) = documents(DEPLOY / "prometheus" / "kubernetes.yml")[0]["scrape_configs"]
    told = (DEPLOY / "README.md").read_text(encoding="utf-8")
    rules = (DEPLOY / "prometheus" / "rules.yml").read_text(encoding="utf-8")
    assert f'up{{job="{job["job_name"]}"}}' in rules
    assert job["metrics_path"] in routes(api)
    *_, secret, file = job["authorization"]["credentials_file"].split("/")
    assert f"secret generic {secret} --from-file={file}=" in told
    (found,) = job["kubernetes_sd_configs"]
    kustomized = documents(FOLDER / "base" / "kustomization.yaml")[0]
    assert found["namespaces"] == {"names": [kustomized["namespace"]]}
    label, _, value = found["selectors"][0]["label"].partition("=")
    (spec,) = [spec for labels, spec in pods(KINDS["base"]).values() if labels.get(label) == value]
    kept = [rule["regex"] for rule in job["relabel_configs"] if rule.get("action") == "keep"]
    assert spec["containers"][0]["ports"][0]["name"] in kept
    given = {rule["target_label"] for rule in job["relabel_configs"] if "target_label" in rule}
    (rule,) = documents(FOLDER / "adapter-values.yaml")[0]["rules"]["custom"]
    assert given == set(rule["resources"]["overrides"])
    assert not [each for each in walk(KINDS["base"]) for key in each if key.startswith("prometheus.io/")]


def test_one_poller_at_a_time_and_settings_that_are_read() -> None:
    for each in KINDS["base"]:
        if each["metadata"]["name"] in ("headwater-watch", "headwater-dashboards") and each["kind"] == "Deployment":
            assert each["spec"]["replicas"] == 1
            assert each["spec"]["strategy"] == {"type": "Recreate"}
    assert read_retention(FOLDER / "base" / "retention.toml").states == 7
    assert read_feeds(FOLDER / "base" / "feeds.toml")


def test_images_are_those_that_are_built() -> None:
    built = {f"headwater-{path.name.split('.')[0]}" for path in (DEPLOY / "containers").glob("*.Dockerfile")}
    used = {each["image"] for name in KINDS for each in containers(KINDS[name])}
    assert used == {"headwater-cpu", "headwater-gpu"} <= built
    set_ = [
        image
        for kind in ("base", "overlays/queue", "overlays/gpu")
        for image in documents(FOLDER / kind / "kustomization.yaml")[0].get("images", ())
    ]
    assert {image["name"]: image["newTag"] for image in set_} == dict.fromkeys(used, VERSION)
    composed = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert f"headwater-cpu:{VERSION}" in {each["image"] for each in composed.values()}


def test_the_gpu_overlay_asks_for_a_gpu_and_says_so_to_the_server() -> None:
    _, spec = pods(KINDS["gpu"])["headwater-api"]
    assert parse(spec["containers"][0]["command"])["device"] == "cuda"
    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert "nvidia.com/gpu" not in pods(KINDS["base"])["headwater-api"][1]["containers"][0]["resources"]["limits"]

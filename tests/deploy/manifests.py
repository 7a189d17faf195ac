"""The manifests of deploy/kubernetes as kustomize would render them, in as much of it as they use."""

from typing import Any

import yaml

from tests.deploy.reading import DEPLOY, documents

__all__ = ["FOLDER", "Manifest", "containers", "mounted", "pods", "rendered", "settings_files"]

FOLDER = DEPLOY / "kubernetes"
Manifest = dict[str, Any]


def patched(target: Any, change: Manifest) -> None:
    """One step of RFC 6902, in place."""
    *path, last = [part.replace("~1", "/") for part in change["path"].split("/")[1:]]
    for part in path:
        target = target[int(part) if isinstance(target, list) else part]
    if isinstance(target, list) and last == "-":
        target.append(change["value"])
    elif change["op"] == "remove":
        target.pop(int(last) if isinstance(target, list) else last)
    else:
        assert change["op"] == "add" or last in target, change
        target[last] = change["value"]


def rendered(name: str) -> list[Manifest]:
    """The manifests of base, or of an overlay of it; images and namespaces as they are written."""
    if name == "base":
        settings = documents(FOLDER / "base" / "kustomization.yaml")[0]
        found = [each for file in settings["resources"] for each in documents(FOLDER / "base" / file)]
        for given in settings["replicas"]:
            (goal,) = [
                each for each in found if (each["kind"], each["metadata"]["name"]) == ("Deployment", given["name"])
            ]
            goal["spec"]["replicas"] = given["count"]
        return found
    found, overlay = rendered("base"), FOLDER / "overlays" / name
    settings = documents(overlay / "kustomization.yaml")[0]
    parts = [documents(overlay / part / "kustomization.yaml")[0] for part in settings.get("components", ())]
    for patch in [patch for part in [*parts, settings] for patch in part.get("patches", ())]:
        goals = [
            each for each in found
            if (each["kind"], each["metadata"]["name"]) == (patch["target"]["kind"], patch["target"]["name"])
        ]  # fmt: skip
        assert len(goals) == 1
        for change in yaml.safe_load(patch["patch"]):
            patched(goals[0], change)
    return found


def pods(manifests: list[Manifest]) -> dict[str, tuple[Manifest, Manifest]]:
    """{workload: (labels, spec of its pods)}"""
    found = {}
    for each in manifests:
        if each["kind"] in ("Deployment", "CronJob"):
            spec = each["spec"] if each["kind"] == "Deployment" else each["spec"]["jobTemplate"]["spec"]
            found[each["metadata"]["name"]] = (spec["template"]["metadata"]["labels"], spec["template"]["spec"])
    return found


def containers(manifests: list[Manifest]) -> list[Manifest]:
    return [
        each for _, spec in pods(manifests).values() for each in [*spec.get("initContainers", ()), *spec["containers"]]
    ]


def settings_files() -> dict[str, set[str]]:
    """{ConfigMap: files in it}"""
    made = documents(FOLDER / "base" / "kustomization.yaml")[0]["configMapGenerator"]
    return {each["name"]: set(each["files"]) for each in made}


def mounted(manifests: list[Manifest]) -> list[tuple[Manifest, dict[str, Manifest]]]:
    """Each container with its volumes by the folder where they are mounted."""
    found = []
    for _, spec in pods(manifests).values():
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for each in [*spec.get("initContainers", ()), *spec["containers"]]:
            found.append((each, {mount["mountPath"]: volumes[mount["name"]] for mount in each["volumeMounts"]}))
    return found

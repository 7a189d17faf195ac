"""The models that ship with Headwater, as a package: `models/<name>/bundle` beside this file, found by `headwater.ui.shelf`."""

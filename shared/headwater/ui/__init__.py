"""What the three dashboards and the hub share: texts, colours, blocks, the shelf of bundles, the frame of a page."""

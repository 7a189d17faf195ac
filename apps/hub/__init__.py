"""The hub: one navigation over the three apps, batch scoring of files, and the models behind them."""

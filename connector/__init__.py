"""A daemon that turns Facebook leads into CRM contacts and keeps the accounts behind them connected."""

__version__ = "0.1.0"

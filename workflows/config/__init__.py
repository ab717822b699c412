"""Settings: config.toml read into frozen models; secrets only from the environment."""

from workflows.config.reading import ConfigError, load, parse
from workflows.config.secrets import Secrets
from workflows.config.settings import Settings

__all__ = ["ConfigError", "Secrets", "Settings", "load", "parse"]

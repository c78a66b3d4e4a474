"""One's own data becomes a product in one command: what the file says is inferred, explained, and written as YAML."""

from dagster_project.init.given import Given
from dagster_project.init.inference import Explanation, Inference, infer

__all__ = ["Explanation", "Given", "Inference", "infer"]

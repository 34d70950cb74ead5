"""Device models: one YAML file each: what commands a device on the wire and what proves it.

A new model is a new file beside this one; nothing else changes. `load_models()` lists them. A site may have
models of its own beside its file (`config.site_models`).
"""

from devices.models.schema import (
    ModbusModel,
    Model,
    ModelError,
    MqttModel,
    Proof,
    load_model,
    load_models,
)

__all__ = [
    "ModbusModel",
    "Model",
    "ModelError",
    "MqttModel",
    "Proof",
    "load_model",
    "load_models",
]

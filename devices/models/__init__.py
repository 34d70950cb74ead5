"""Device models: one YAML file each, saying which register, coil or topic commands a device and which proves it.

A new model is a new file beside this one; nothing else changes. `load_models()` lists them.
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

"""The policies of `infra.policies` for the Pulumi engine: `make preview STACK=dev`."""

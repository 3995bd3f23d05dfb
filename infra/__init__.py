"""The Pulumi components, and the pure functions that they stand on."""

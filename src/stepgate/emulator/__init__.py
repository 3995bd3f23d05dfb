"""Code that runs in the emulator's own environment, and the lock of that environment."""

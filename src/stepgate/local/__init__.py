"""The embedded emulator, and the program deployed onto it without the Pulumi CLI."""

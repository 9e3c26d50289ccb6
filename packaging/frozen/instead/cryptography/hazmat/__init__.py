"""As in the package: holds what follows."""

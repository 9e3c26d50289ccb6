"""The window that shows what came to the webhook."""
